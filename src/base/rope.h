/*
 * rope.h -- a body made of pieces, so that a 20 MB image is never copied.
 *
 * Small pieces are copied behind each other; large ones are only pointed at and
 * must outlive the rope. Lives wholly in an arena; running out of room is
 * sticky (rope_ok), so builders ask once.
 */
#ifndef BASE_ROPE_H
#define BASE_ROPE_H

#include "base/arena.h"

struct rope {
	struct arena *a;
	struct str *pieces;
	size_t n, cap;
	size_t bytes;   /* of all pieces */
	char *tail;     /* where the last piece may still grow */
	size_t room;    /* bytes left there */
	bool failed;
};

void rope_init(struct rope *r, struct arena *a);

/* copied */
void rope_add(struct rope *r, struct str s);
void rope_adds(struct rope *r, const char *cstr);
void rope_addi(struct rope *r, int64_t value);
/* pointed at when large: s must live as long as the rope */
void rope_ref(struct rope *r, struct str s);
/* text as a JSON string with quotes, copied */
void rope_quote(struct rope *r, struct str text);

static inline bool rope_ok(const struct rope *r)
{
	return !r->failed;
}

/* Copy up to n bytes that start at byte `from` of the whole; returns how many there were. */
size_t rope_read(const struct rope *r, size_t from, char *dst, size_t n);

/* All of it in one piece, in the rope's arena; absent when there was no room. */
struct str rope_flat(const struct rope *r);

#endif
