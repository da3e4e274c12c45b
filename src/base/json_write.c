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

/* how many bytes from here on are one character that may stand as it is; 0: it may not */
static size_t plain_length(const unsigned char *p, size_t n)
{
	if (*p >= 0x80)
		return utf8_length(p, n);
	return *p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7F;
}

void json_escape(struct buf *b, struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t from = 0, i = 0;

	while (i < text.n) {
		size_t n = plain_length(p + i, text.n - i);

		if (n > 0) {
			i += n;
			continue;
		}
		buf_add(b, str_sub(text, from, i));
		if (p[i] < 0x80)
			escape_char(b, p[i]);
		else
			buf_adds(b, "\xEF\xBF\xBD");
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
