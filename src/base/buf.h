/*
 * buf.h -- growing bytes with a maximum, given at init.
 *
 * Overflow is sticky: what does not fit is dropped, the mark stays, and the
 * builder asks buf_ok() once at the end. So no unbounded buffer can be written
 * by accident.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/obj.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max;
	bool overflow; /* something did not fit, or malloc failed */
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_release(struct buf *b);
/* empties it, keeps the memory, clears the mark */
void buf_reset(struct buf *b);

/* room for n more bytes; doubling keeps the copying linear. False, and the mark, when there is none. */
bool buf_grow(struct buf *b, size_t n) MUST_CHECK;

/* Most pieces are a few bytes, and find room: so both are here. */
static inline void buf_add(struct buf *b, struct str s)
{
	if (s.n == 0 || ((b->overflow || s.n > b->cap - b->n) && !buf_grow(b, s.n)))
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

static inline void buf_addc(struct buf *b, char c)
{
	if ((b->overflow || b->n == b->cap) && !buf_grow(b, 1))
		return;
	b->p[b->n++] = c;
}

/* what it is given is mostly a literal, whose length the compiler knows */
static inline void buf_adds(struct buf *b, const char *cstr)
{
	buf_add(b, str_of(cstr));
}

void buf_addi(struct buf *b, int64_t value);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* drops the first n bytes */
void buf_drop(struct buf *b, size_t n);
/* The bytes change owner: malloc'ed, not NUL-terminated; b is empty afterwards. NULL when empty. */
char *buf_take(struct buf *b, size_t *n_r);

static inline bool buf_ok(const struct buf *b)
{
	return !b->overflow;
}

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}

/* NUL-terminated view; "" when nothing fits */
const char *buf_cstr(struct buf *b);

#endif
