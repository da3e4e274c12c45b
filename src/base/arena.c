/* arena.c -- bump allocation in chunks that double up to 64 KiB. */
#include "base/arena.h"

#include <stdarg.h>

#define FIRST_CHUNK 4096
#define LARGEST_CHUNK 65536

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	_Alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
	*a = (struct arena){ .max = max_bytes };
}

void arena_release(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	arena_init(a, a->max);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = a->chunks;

	if (keep) {
		a->chunks = keep->next;
		keep->next = NULL;
	}
	arena_release(a);
	if (keep) {
		a->chunks = keep;
		a->total = keep->size;
	}
}

static bool add_chunk(struct arena *a, size_t need)
{
	size_t size = a->chunks ? a->chunks->size * 2 : FIRST_CHUNK;
	struct arena_chunk *c;

	if (size > LARGEST_CHUNK)
		size = LARGEST_CHUNK;
	if (size < need)
		size = need;
	if (size > a->max - a->total)
		size = need;
	if (size > a->max - a->total || !(c = malloc(sizeof(*c) + size))) {
		a->full = true;
		return false;
	}
	c->next = a->chunks;
	c->size = size;
	a->chunks = c;
	a->used = 0;
	a->total += size;
	return true;
}

static char *take(struct arena *a, size_t n, size_t align)
{
	size_t from = a->chunks ? (a->used + align - 1) / align * align : 0;

	if (a->full)
		return NULL;
	if (!a->chunks || from > a->chunks->size || n > a->chunks->size - from) {
		if (!add_chunk(a, n))
			return NULL;
		from = 0;
	}
	a->used = from + n;
	return a->chunks->data + from;
}

void *arena_alloc(struct arena *a, size_t n)
{
	char *p = take(a, n, _Alignof(max_align_t));

	return p ? memset(p, 0, n) : NULL;
}

char *arena_chars(struct arena *a, size_t n)
{
	return take(a, n, 1);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_chars(a, s.n);

	if (!p)
		return STR_NONE;
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

const char *arena_cstr(struct arena *a, struct str s)
{
	char *p = arena_chars(a, s.n + 1);

	if (p)
		str_copy(p, s.n + 1, s);
	return p;
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !(p = arena_chars(a, (size_t)n + 1)))
		return STR_NONE;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){ p, (size_t)n };
}

bool arena_grow(struct arena *a, void **items, size_t size, size_t n, size_t *cap)
{
	size_t want = *cap ? *cap * 2 : 8;
	void *grown = arena_alloc(a, want * size);

	if (!grown)
		return false;
	if (n)
		memcpy(grown, *items, n * size);
	*items = grown;
	*cap = want;
	return true;
}
