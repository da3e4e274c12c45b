/*
 * features_grams.c -- what a text is about, as numbers that a linear model can weigh.
 *
 * The words wherever they stand, and n-grams of its head and its tail in name spaces of their
 * own. For the quality model; what a text asks for is in features_cues.c.
 */
#include "core/features_parts.h"

#define GRAMS_MAX 8192
#define HEAD      56 /* tokens */
#define TAIL      40
#define GRAM_LONG 3

enum space {
	SPACE_ANY = 1,
	SPACE_STEM,
	SPACE_PAIR,
	SPACE_EDGE,
	SPACE_HEAD,
	SPACE_TAIL,
	SPACE_SHAPE,
};

struct maker {
	uint64_t known[(1 << GRAM_BITS) / 64];
	uint32_t at[GRAMS_MAX];
	uint32_t n;
};

static inline void add(struct maker *m, enum space space, uint32_t value)
{
	uint32_t id = token_mix_space(value, space) >> (32 - GRAM_BITS);

	if (m->n < GRAMS_MAX && bit_is_first(m->known, id))
		m->at[m->n++] = id;
}

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
			hash = token_mix(hash, token_at(t, i - n)->hash);
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

		if (token_is_lost(t, i))
			continue;
		add_alone(m, now);
		if (before && before->kind == TOKEN_CHAR && now->kind == TOKEN_CHAR)
			add(m, SPACE_PAIR, token_mix(before->hash, now->hash));
		before = now;
	}
	add_edge(m, t, 0, t->n < HEAD ? t->n : HEAD, SPACE_HEAD);
	add_edge(m, t, t->n < TAIL ? 0 : t->n - TAIL, t->n, SPACE_TAIL);
}

bool grams_of_tokens(const struct tokens *t, const uint32_t *shape, struct arena *a,
		     struct grams *grams_r)
{
	UNSET struct maker m;

	memset(m.known, 0, sizeof(m.known));
	m.n = 0;
	add_words(&m, t);
	for (uint32_t i = 0; i < SHAPE_NUMBERS; i++)
		add(&m, SPACE_SHAPE, shape[i]);
	add(&m, SPACE_SHAPE, 64u << 16 ^ token_at(t, 0)->hash);
	add(&m, SPACE_SHAPE, 65u << 16 ^ token_at(t, t->n - 1)->hash);
	grams_r->n = m.n;
	grams_r->at = numbers_keep(a, m.at, m.n);
	return grams_r->at != NULL;
}
