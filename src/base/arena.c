/* arena.c -- bump allocation in chunks that double up to 64 KiB, from the second on. */
#include "base/arena.h"

#include <stdarg.h>

#include "base/poison.h"

#define FIRST_CHUNK   4096
#define LARGEST_CHUNK (FIRST_CHUNK << (ARENA_SIZES - 1))

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	_Alignas(max_align_t) char data[];
};

/* --- the stock --- */

/* where chunks of that size wait; NULL: they do not */
static struct arena_chunk **waiting(struct arena_stock *s, size_t size)
{
	for (int i = 0; s && i < ARENA_SIZES; i++)
		if (size == (size_t)FIRST_CHUNK << i)
			return &s->spare[i];
	return NULL;
}

static struct arena_chunk *chunk_new(struct arena_stock *s, size_t size)
{
	struct arena_chunk **list = waiting(s, size), *c;

	if (!list || !*list) {
		c = malloc(sizeof(*c) + size);
		if (c)
			c->size = size;
		return c;
	}
	c = *list;
	*list = c->next;
	s->bytes -= size;
	UNPOISON(c->data, size);
	return c;
}

static void chunk_free(struct arena_stock *s, struct arena_chunk *c)
{
	struct arena_chunk **list = waiting(s, c->size);

	if (!list || c->size > s->max_bytes - s->bytes) {
		free(c);
		return;
	}
	POISON(c->data, c->size);
	c->next = *list;
	*list = c;
	s->bytes += c->size;
}

void arena_stock_release(struct arena_stock *s)
{
	for (int i = 0; i < ARENA_SIZES; i++) {
		while (s->spare[i]) {
			struct arena_chunk *c = s->spare[i];

			s->spare[i] = c->next;
			UNPOISON(c->data, c->size);
			free(c);
		}
	}
	s->bytes = 0;
}

/* --- arenas --- */

void arena_init_from(struct arena *a, size_t max_bytes, struct arena_stock *stock)
{
	*a = (struct arena){ .max = max_bytes, .stock = stock };
}

void arena_init(struct arena *a, size_t max_bytes)
{
	arena_init_from(a, max_bytes, NULL);
}

void arena_release(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->next;
		chunk_free(a->stock, c);
	}
	arena_init_from(a, a->max, a->stock);
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
	size_t size = a->chunks ? a->chunks->size << (a->chunks->next != NULL) : FIRST_CHUNK;
	struct arena_chunk *c;

	if (size > LARGEST_CHUNK)
		size = LARGEST_CHUNK;
	if (size < need)
		size = need;
	if (size > a->max - a->total)
		size = need;
	if (size > a->max - a->total || !(c = chunk_new(a->stock, size))) {
		a->full = true;
		return false;
	}
	c->next = a->chunks;
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

void *arena_room(struct arena *a, size_t n)
{
	return take(a, n, _Alignof(max_align_t));
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_room(a, n);

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

struct str arena_join(struct arena *a, size_t n, const struct str *pieces)
{
	size_t bytes = 0;
	char *p;

	for (size_t i = 0; i < n; i++)
		bytes += pieces[i].n;
	p = arena_chars(a, bytes + 1);
	if (!p)
		return STR_NONE;
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].n)
			memcpy(p, pieces[i].p, pieces[i].n);
		p += pieces[i].n;
	}
	*p = '\0';
	return (struct str){ p - bytes, bytes };
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
