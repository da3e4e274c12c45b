/* headers.c -- the headers of an answer, and room for the values that are made for it. */
#include "io/headers.h"

void headers_add(struct headers *h, const char *name, struct str value)
{
	char *text = h->text + h->used;

	if (value.n >= sizeof(h->text) - h->used || h->n == HEADERS_MAX)
		return;
	str_copy(text, value.n + 1, value);
	h->list[h->n++] = (struct reply_header){ name, text };
	h->used += value.n + 1;
}

void headers_addi(struct headers *h, const char *name, int64_t value)
{
	char digits[I64_DIGITS];

	headers_add(h, name, (struct str){ digits, i64_digits(digits, value) });
}
