/*
 * arena.h -- memory that dies together: one arena per request.
 *
 * Allocation never frees one piece; arena_release() frees all. The arena has a
 * maximum, given at init; what would go over it gets NULL and the arena stays
 * marked `full`, so that a builder may run to its end and ask once.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/obj.h"
#include "base/str.h"

struct arena_chunk;

/*
 * Chunks that arenas gave back, for the next: requests come and go by the thousand, and malloc would
 * split and merge what each of them takes. Of one thread; all zero but for its maximum at first.
 */
#define ARENA_SIZES 5 /* 4 KiB, doubling up to 64 KiB */
struct arena_stock {
	struct arena_chunk *spare[ARENA_SIZES];
	size_t bytes, max_bytes; /* what waits, and how much may */
};

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t used;                /* of the newest chunk */
	size_t total;               /* bytes taken from malloc */
	size_t max;
	bool full;
	struct arena_stock *stock; /* (not owned) NULL: all is malloc's */
};

void arena_init(struct arena *a, size_t max_bytes);
/* an arena that takes its chunks from the stock, and gives them back to it */
void arena_init_from(struct arena *a, size_t max_bytes, struct arena_stock *stock);
/* frees everything; the arena may be used again */
void arena_release(struct arena *a);
/* frees what waits */
void arena_stock_release(struct arena_stock *s);
/* forgets everything but keeps the newest chunk for the next use */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type. NULL when the maximum would be passed (then a->full). */
void *arena_alloc(struct arena *a, size_t n) MUST_CHECK;
#define ARENA_NEW(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))

/* Not zeroed; aligned for any type. */
void *arena_room(struct arena *a, size_t n) MUST_CHECK;

/* Not zeroed and not aligned; for text. */
char *arena_chars(struct arena *a, size_t n) MUST_CHECK;

/* A copy; absent when there was no room. */
struct str arena_str(struct arena *a, struct str s);
/* A NUL-terminated copy; NULL when there was no room. */
const char *arena_cstr(struct arena *a, struct str s);
/* Pieces one behind the other, NUL-terminated; absent when there was no room. */
struct str arena_join(struct arena *a, size_t n, const struct str *pieces);
#define ARENA_JOIN(a, ...)                                                                        \
	arena_join((a), COUNT_OF(((const struct str[]){ __VA_ARGS__ })),                          \
		   (const struct str[]){ __VA_ARGS__ })
/* printf into the arena; absent when there was no room. */
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * A growing array in an arena: old copies stay behind, at most as much again.
 *   thing *items = NULL; size_t n = 0, cap = 0;
 *   thing *t = ARENA_PUSH(a, items, n, cap);    NULL when full
 */
#define ARENA_PUSH(a, items, n, cap)                                                              \
	(((n) < (cap) ||                                                                          \
	  arena_grow((a), (void **)&(items), sizeof(*(items)), (n), &(cap))) ? &(items)[(n)++]    \
									      : NULL)
bool arena_grow(struct arena *a, void **items, size_t size, size_t n, size_t *cap);

#endif
