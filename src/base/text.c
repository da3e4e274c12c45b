/* text.c -- text into room of a fixed size. */
#include "base/text.h"

struct text text_init(char *room, size_t cap)
{
	room[0] = '\0';
	return (struct text){ .p = room, .cap = cap };
}

void text_addi(struct text *t, int64_t value)
{
	char digits[I64_DIGITS];

	text_add(t, (struct str){ digits, i64_digits(digits, value) });
}
