/* json_write.c -- text as a JSON string. */
#include "base/json.h"

static void escape_char(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	switch (c) {
	case '"': buf_adds(b, "\\\""); break;
	case '\\': buf_adds(b, "\\\\"); break;
	case '\n': buf_adds(b, "\\n"); break;
	case '\r': buf_adds(b, "\\r"); break;
	case '\t': buf_adds(b, "\\t"); break;
	default:
		buf_adds(b, "\\u00");
		buf_addc(b, hex[c >> 4]);
		buf_addc(b, hex[c & 15]);
	}
}

void json_escape(struct buf *b, struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t from = 0, i = 0;

	while (i < text.n) {
		size_t n = utf8_length(p + i, text.n - i);
		bool plain = n > 0 && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\' && p[i] != 0x7F;

		if (plain) {
			i += n;
			continue;
		}
		buf_add(b, str_sub(text, from, i));
		if (n == 0)
			buf_adds(b, "\xEF\xBF\xBD");
		else
			escape_char(b, p[i]);
		from = ++i;
	}
	buf_add(b, str_sub(text, from, text.n));
}

void json_quote(struct buf *b, struct str text)
{
	buf_addc(b, '"');
	json_escape(b, text);
	buf_addc(b, '"');
}
