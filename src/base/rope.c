/* rope.c -- a body made of pieces. */
#include "base/rope.h"

#include "base/json.h"

#define TAIL_SIZE 2048
/* below this a copy is cheaper than one more piece to walk */
#define WORTH_A_PIECE 1024

void rope_init(struct rope *r, struct arena *a)
{
	*r = (struct rope){ .a = a };
}

static void add_piece(struct rope *r, struct str s)
{
	struct str *piece = ARENA_PUSH(r->a, r->pieces, r->n, r->cap);

	if (!piece) {
		r->failed = true;
		return;
	}
	*piece = s;
}

static bool new_tail(struct rope *r, size_t need)
{
	size_t size = need > TAIL_SIZE ? need : TAIL_SIZE;

	r->tail = arena_chars(r->a, size);
	r->room = r->tail ? size : 0;
	if (!r->tail)
		r->failed = true;
	return r->tail != NULL;
}

void rope_add(struct rope *r, struct str s)
{
	if (s.n == 0 || r->failed)
		return;
	if (s.n > r->room && !new_tail(r, s.n))
		return;
	memcpy(r->tail, s.p, s.n);
	if (r->n && r->pieces[r->n - 1].p + r->pieces[r->n - 1].n == r->tail)
		r->pieces[r->n - 1].n += s.n;
	else
		add_piece(r, (struct str){ r->tail, s.n });
	r->tail += s.n;
	r->room -= s.n;
	r->bytes += s.n;
}

void rope_adds(struct rope *r, const char *cstr)
{
	rope_add(r, str_of(cstr));
}

void rope_addi(struct rope *r, int64_t value)
{
	char digits[I64_DIGITS];

	rope_add(r, (struct str){ digits, i64_digits(digits, value) });
}

void rope_ref(struct rope *r, struct str s)
{
	if (s.n < WORTH_A_PIECE) {
		rope_add(r, s);
		return;
	}
	if (r->failed)
		return;
	add_piece(r, s);
	r->bytes += s.n;
}

void rope_quote(struct rope *r, struct str text)
{
	struct buf b;

	buf_init(&b, text.n * 6 + 2);
	json_quote(&b, text);
	if (buf_ok(&b))
		rope_add(r, buf_str(&b));
	else
		r->failed = true;
	buf_release(&b);
}

size_t rope_read(const struct rope *r, size_t from, char *dst, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < r->n && done < n; i++) {
		struct str piece = r->pieces[i];

		if (from >= piece.n) {
			from -= piece.n;
			continue;
		}
		piece = str_sub(piece, from, from + (n - done));
		memcpy(dst + done, piece.p, piece.n);
		done += piece.n;
		from = 0;
	}
	return done;
}

struct str rope_flat(const struct rope *r)
{
	char *p = r->failed ? NULL : arena_chars(r->a, r->bytes);

	if (!p)
		return STR_NONE;
	return (struct str){ p, rope_read(r, 0, p, r->bytes) };
}
