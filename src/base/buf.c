/* buf.c -- growing bytes with a maximum. */
#include "base/buf.h"

#include <stdarg.h>

#define FIRST_SIZE 256

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void buf_release(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
}

bool buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : FIRST_SIZE;
	char *p;

	if (b->overflow || n > b->max - b->n) {
		b->overflow = true;
		return false;
	}
	if (n <= b->cap - b->n)
		return true;
	while (cap - b->n < n)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	p = realloc(b->p, cap);
	if (!p) {
		b->overflow = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_addi(struct buf *b, int64_t value)
{
	char digits[I64_DIGITS];

	buf_add(b, (struct str){ digits, i64_digits(digits, value) });
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	/* one byte more: vsnprintf ends with a NUL, which is then forgotten */
	if (n < 0 || !buf_grow(b, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

char *buf_take(struct buf *b, size_t *n_r)
{
	char *p = b->p;

	*n_r = b->n;
	buf_init(b, b->max);
	return p;
}

const char *buf_cstr(struct buf *b)
{
	if (!buf_grow(b, 1))
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
