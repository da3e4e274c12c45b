/*
 * text.h -- text into room of a fixed size, piece by piece: what a request writes hundreds of
 * times, and printf() would take longer for than for all else.
 *
 * Always NUL-terminated. Overflow is sticky, as with struct buf: what does not fit is left out, the
 * mark stays, and the builder asks text_ok() once.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/str.h"

struct text {
	char *p; /* (not owned) */
	size_t n, cap;
	bool overflow;
};

/* empty; cap is at least 1 */
struct text text_init(char *room, size_t cap);
/* in an array */
#define TEXT_IN(array) text_init((array), sizeof(array))

/* Most pieces are a few bytes, and many are literals: so both are here. */
static inline void text_add(struct text *t, struct str s)
{
	t->overflow |= s.n >= t->cap - t->n;
	if (s.n == 0 || t->overflow)
		return;
	memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
	t->p[t->n] = '\0';
}

static inline void text_adds(struct text *t, const char *cstr)
{
	text_add(t, str_of(cstr));
}

void text_addi(struct text *t, int64_t value);

static inline bool text_ok(const struct text *t)
{
	return !t->overflow;
}

static inline struct str text_str(const struct text *t)
{
	return (struct str){ t->p, t->n };
}

#endif
