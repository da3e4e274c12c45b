/* text.c -- text into room of a fixed size. */
#include "base/text.h"

struct text text_init(char *room, size_t cap)
{
	room[0] = '\0';
	return (struct text){ .p = room, .cap = cap };
}

void text_add(struct text *t, struct str s)
{
	t->overflow |= s.n >= t->cap - t->n;
	if (s.n == 0 || t->overflow)
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
	t->p[t->n] = '\0';
}

void text_adds(struct text *t, const char *cstr)
{
	text_add(t, str_of(cstr));
}

void text_addi(struct text *t, int64_t value)
{
	char digits[I64_DIGITS];

	text_add(t, (struct str){ digits, i64_digits(digits, value) });
}
