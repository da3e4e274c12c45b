/* front_words.c -- a format's words, with "..." for each of its values. */
#include "io/front_words.h"

static void add(struct str *words, char dst[FRONT_WORDS_MAX], struct str piece)
{
	struct str fits = str_sub(piece, 0, FRONT_WORDS_MAX - words->n);

	if (fits.n)
		memcpy(dst + words->n, fits.p, fits.n);
	words->n += fits.n;
}

/* behind '%': flags, width, precision and length, then the letter that ends it */
static struct str behind_directive(struct str s)
{
	size_t n = 0;

	while (n < s.n && str_chr(STR("0123456789.-+ #*hljztq"), s.p[n]) >= 0)
		n++;
	return str_sub(s, n + 1, s.n);
}

struct str front_words(const char *format, va_list values, char dst[FRONT_WORDS_MAX])
{
	struct str words = { dst, 0 }, rest = str_trim(str_of(format));

	if (str_is(rest, "%s")) {
		add(&words, dst, str_trim(str_of(va_arg(values, const char *))));
		return words;
	}
	add(&words, dst, str_cut(&rest, '%'));
	while (!str_absent(rest)) {
		rest = behind_directive(rest);
		add(&words, dst, STR("..."));
		add(&words, dst, str_cut(&rest, '%'));
	}
	return words;
}
