/*
 * features_grams.c -- the tokens of a text as numbers that a linear model can weigh.
 *
 * What a prompt asks for stands at its head or its tail, so n-grams of these have name
 * spaces of their own, and what lies between is told by single words. A few numbers tell the shape
 * of the whole: length, lines, choices, who speaks.
 */
#include "core/features_parts.h"

#define GRAMS_MAX 8192
#define HEAD      56 /* tokens */
#define TAIL      40
#define GRAM_LONG 3
#define SEEN_BITS 18 /* one of two n-grams that share these bits of their hashes is dropped */

enum space {
	SPACE_ANY = 1,
	SPACE_STEM,
	SPACE_PAIR,
	SPACE_EDGE,
	SPACE_HEAD,
	SPACE_TAIL,
	SPACE_SHAPE
};

struct shape {
	uint32_t words, chars, numbers, lines, asks, quotes, choices, speakers, fields;
};

struct maker {
	uint64_t seen[(1 << SEEN_BITS) / 64];
	uint64_t known[(1 << GRAM_BITS) / 64];
	uint32_t hashes[GRAMS_MAX], at[GRAMS_MAX];
	uint32_t n_hashes, n;
};

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint64_t x = ((uint64_t)a << 32 | b) * 0x9E3779B97F4A7C15u;

	return (uint32_t)(x >> 32) ^ (uint32_t)x;
}

/* true the first time that it is asked of a bit */
static bool is_first(uint64_t *bits, uint32_t i)
{
	uint64_t bit = (uint64_t)1 << (i % 64);
	bool first = !(bits[i / 64] & bit);

	bits[i / 64] |= bit;
	return first;
}

static void add(struct maker *m, enum space space, uint32_t value)
{
	uint32_t hash = (uint32_t)((uint64_t)mix(value, space) * 0x9E3779B97F4A7C15u >> 32);
	uint32_t id = hash >> (32 - GRAM_BITS);

	if (m->n_hashes == GRAMS_MAX || !is_first(m->seen, hash >> (32 - SEEN_BITS)))
		return;
	m->hashes[m->n_hashes++] = hash;
	if (is_first(m->known, id))
		m->at[m->n++] = id;
}

/* small steps where little is, large ones where much is */
static uint32_t step_of(uint64_t n)
{
	return n < 4 ? (uint32_t)n : 2 + (uint32_t)(63 - __builtin_clzll(n));
}

static void add_shape(struct maker *m, uint32_t what, uint64_t n)
{
	add(m, SPACE_SHAPE, what << 16 | step_of(n));
}

/* of a long text the middle was not kept */
static const struct token *token_at(const struct tokens *t, uint32_t i)
{
	return i < TOKENS_END ? &t->head[i] : &t->tail[i % TOKENS_END];
}

static bool skips(const struct tokens *t, uint32_t i)
{
	return i >= TOKENS_END && i + TOKENS_END < t->n;
}

/* --- words and their neighbours --- */

static void add_alone(struct maker *m, const struct token *t)
{
	if (t->kind != TOKEN_CHAR)
		add(m, SPACE_ANY, t->hash);
	if (t->stem != t->hash)
		add(m, SPACE_STEM, t->stem);
}

/* the tokens [from, to) with their neighbours, as the space's own */
static void add_edge(struct maker *m, const struct tokens *t, uint32_t from, uint32_t to,
		     enum space space)
{
	for (uint32_t i = from; i < to; i++) {
		uint32_t hash = 0;

		for (uint32_t n = 0; n < GRAM_LONG && i >= from + n; n++) {
			hash = mix(hash, token_at(t, i - n)->hash);
			add(m, SPACE_EDGE, hash);
			add(m, space, hash);
		}
	}
}

static void add_words(struct maker *m, const struct tokens *t)
{
	const struct token *before = NULL;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct token *now = token_at(t, i);

		if (skips(t, i))
			continue;
		add_alone(m, now);
		if (before && before->kind == TOKEN_CHAR && now->kind == TOKEN_CHAR)
			add(m, SPACE_PAIR, mix(before->hash, now->hash));
		before = now;
	}
	add_edge(m, t, 0, t->n < HEAD ? t->n : HEAD, SPACE_HEAD);
	add_edge(m, t, t->n < TAIL ? 0 : t->n - TAIL, t->n, SPACE_TAIL);
}

/* --- the shape --- */

/* Is it the letter of a choice: "A." or "(B)"? */
static bool is_choice(const struct token *t, const struct token *after)
{
	bool letter = false;

	for (uint32_t c = 'a'; c <= 'e'; c++)
		letter |= t->hash == hash_step(HASH_START, c);
	return letter && t->kind == TOKEN_WORD && after->kind == TOKEN_MARK &&
	       (after->hash == hash_of_mark('.', 1) || after->hash == hash_of_mark(')', 1) ||
		after->hash == hash_of_mark(':', 1) || after->hash == hash_of_mark(',', 1));
}

static void note_token(struct shape *s, const struct token *t, uint32_t since_line)
{
	s->words += t->kind == TOKEN_WORD;
	s->chars += t->kind == TOKEN_CHAR;
	s->numbers += t->kind == TOKEN_NUMBER;
	s->lines += t->kind == TOKEN_LINE;
	s->asks += t->hash == hash_of_mark('?', 1);
	s->quotes += t->hash == hash_of_mark('"', 1);
	s->fields += t->hash == hash_of_mark(':', 1) && since_line <= 5;
}

static struct shape shape_of(const struct tokens *t)
{
	struct shape s = { 0 };
	uint32_t since_line = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct token *now = token_at(t, i);

		if (skips(t, i))
			continue;
		since_line = now->kind == TOKEN_LINE ? 0 : since_line + 1;
		note_token(&s, now, since_line);
		if (i + 1 < t->n && !skips(t, i + 1))
			s.choices += is_choice(now, token_at(t, i + 1));
	}
	return s;
}

static void add_shapes(struct maker *m, const struct tokens *t, const struct grams *g)
{
	struct shape s = shape_of(t);
	uint32_t size = s.words + s.chars;
	uint64_t shapes[] = {
		size,
		s.numbers,
		s.lines,
		s.asks,
		s.quotes,
		s.choices,
		s.fields,
		t->code,
		t->maths,
		(uint64_t)g->lang,
		size ? 16 * s.numbers / size : 0,
		size ? 8 * s.chars / size : 0,
		s.lines ? size / s.lines : 0,
	};

	for (uint32_t i = 0; i < COUNT_OF(shapes); i++)
		add_shape(m, i, shapes[i]);
	if (!t->n)
		return;
	add(m, SPACE_SHAPE, 64u << 16 ^ token_at(t, 0)->hash);
	add(m, SPACE_SHAPE, 65u << 16 ^ token_at(t, t->n - 1)->hash);
}

/* --- all --- */

static uint32_t marks_of(const struct tokens *t)
{
	return (t->code > 1 ? MARK_CODE : 0) | (t->maths > 1 ? MARK_MATHS : 0);
}

static const uint32_t *keep(struct arena *a, const uint32_t *numbers, uint32_t n)
{
	uint32_t *copy = ARENA_ARRAY(a, uint32_t, n + 1);

	if (copy)
		memcpy(copy, numbers, n * sizeof(*copy));
	return copy;
}

bool grams_of_tokens(const struct tokens *tokens, const int64_t *counts, struct arena *a,
		     struct grams *grams_r)
{
	struct maker m;

	memset(m.seen, 0, sizeof(m.seen));
	memset(m.known, 0, sizeof(m.known));
	m.n = m.n_hashes = 0;
	grams_r->lang = features_lang(counts);
	grams_r->marks = marks_of(tokens);
	if (tokens->n) {
		add_words(&m, tokens);
		add_shapes(&m, tokens, grams_r);
	}
	grams_r->n = m.n;
	grams_r->n_hashes = m.n_hashes;
	grams_r->at = keep(a, m.at, m.n);
	grams_r->hashes = keep(a, m.hashes, m.n_hashes);
	return grams_r->at && grams_r->hashes;
}
