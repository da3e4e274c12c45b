/* resp.c -- commands in Redis' protocol. */
#include "io/resp.h"

char *resp_count(char *to, char kind, size_t n)
{
	*to++ = kind;
	to += i64_digits(to, (int64_t)n);
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

char *resp_word(char *to, struct str word)
{
	to = resp_count(to, '$', word.n);
	if (word.n)
		memcpy(to, word.p, word.n);
	to += word.n;
	*to++ = '\r';
	*to++ = '\n';
	return to;
}

struct str resp_command(struct buf *b, size_t argc, const struct str *argv)
{
	size_t bytes = RESP_COUNT + argc * RESP_MORE;
	char *to;

	for (size_t i = 0; i < argc; i++)
		bytes += argv[i].n;
	if (!buf_grow(b, bytes))
		return STR_NONE;
	to = resp_count(b->p, '*', argc);
	for (size_t i = 0; i < argc; i++)
		to = resp_word(to, argv[i]);
	b->n = (size_t)(to - b->p);
	return buf_str(b);
}
