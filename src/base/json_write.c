/* json_write.c -- text as a JSON string, doubles without loss. */
#include "base/json.h"

#include <math.h>

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

/* --- numbers --- */

#define EXACT_BELOW 9007199254740992.0 /* 2^53 */

/* .rest/scale, without the zeros at its end */
static void add_decimals(struct buf *b, int64_t rest, int64_t scale)
{
	if (rest > 0)
		buf_addc(b, '.');
	while (rest > 0) {
		scale /= 10;
		buf_addc(b, (char)('0' + rest / scale));
		rest %= scale;
	}
}

/*
 * Most figures were written by somebody with a few decimals. One is m / 10^k with both exact in a
 * double, and a division rounds as strtod() does: so when it gives the value again, so does the
 * text.
 */
static bool add_short(struct buf *b, double value)
{
	static const int64_t scales[] = { 1, 1000, 1000000 };
	double size = fabs(value);

	for (size_t i = 0; i < COUNT_OF(scales); i++) {
		double scale = (double)scales[i], m = size * scale;

		if (m >= EXACT_BELOW || m != floor(m) || m / scale != size)
			continue;
		if (signbit(value))
			buf_addc(b, '-');
		buf_addi(b, (int64_t)m / scales[i]);
		add_decimals(b, (int64_t)m % scales[i], scales[i]);
		return true;
	}
	return false;
}

void json_number(struct buf *b, double value)
{
	char text[32];

	if (isnan(value))
		buf_adds(b, "null");
	else if (isinf(value))
		buf_adds(b, value > 0 ? "\"inf\"" : "\"-inf\"");
	else if (!add_short(b, value)) {
		snprintf(text, sizeof(text), "%.17g", value);
		buf_adds(b, text);
	}
}
