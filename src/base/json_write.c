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
	const char *from = text.n ? text.p : "", *p = from, *end = from + text.n;

	while ((p = json_skip_plain(p, end)) < end) {
		unsigned char c = (unsigned char)*p;
		size_t n = c < 0x80 ? 0 : utf8_length((const unsigned char *)p, (size_t)(end - p));

		if (n > 0) {
			p += n;
			continue;
		}
		buf_add(b, (struct str){ from, (size_t)(p - from) });
		if (c < 0x80)
			escape_char(b, c);
		else
			buf_adds(b, "\xEF\xBF\xBD");
		from = ++p;
	}
	buf_add(b, (struct str){ from, (size_t)(end - from) });
}

void json_quote(struct buf *b, struct str text)
{
	buf_addc(b, '"');
	json_escape(b, text);
	buf_addc(b, '"');
}
