/*
 * features_cues.c -- what a text asks for, as numbers that a linear model can weigh.
 *
 * That stands at its head or its tail, so pairs of words are told from there alone, and
 * of what lies between in a long text nothing is: it tells the subject, and a model that
 * learns subjects fails on prompts from elsewhere. For the same reason pairs are of stems,
 * and a cue is a whole hash: chance neighbours would be noise.
 */
#include "core/features_parts.h"

#define CUES_MAX  1024
#define SEEN_BITS 16 /* one of two cues that share these bits of their hashes is dropped */
#define HEAD      32 /* tokens whose pairs are told */
#define TAIL      28
#define ENDS      3   /* tokens that are told as how a text begins, or ends */
#define SHORT     200 /* tokens of a text of which every word is told; */
#define NEAR      60  /* of others only those so near to its ends */

enum space {
	SPACE_WORD = 1,
	SPACE_STEM,
	SPACE_PAIR,
	SPACE_EDGE,
	SPACE_FIRST,
	SPACE_LAST,
	SPACE_SHAPE,
};

struct maker {
	uint64_t seen[(1 << SEEN_BITS) / 64];
	uint32_t cues[CUES_MAX];
	uint32_t n;
};

static inline void add(struct maker *m, enum space space, uint32_t value)
{
	uint32_t cue = token_mix_space(value, space) | 1; /* 0 means none in a model's table */

	if (m->n < CUES_MAX && bit_is_first(m->seen, cue >> (32 - SEEN_BITS)))
		m->cues[m->n++] = cue;
}

/* Of a long text only what is near its ends is told. */
static bool is_near_end(const struct tokens *t, uint32_t i)
{
	return t->n < SHORT || i < NEAR || i + NEAR >= t->n;
}

/* the words wherever they stand; scripts without spaces: two characters at a time */
static void add_words(struct maker *m, const struct tokens *t)
{
	const struct token *before = NULL;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct token *now = token_at(t, i);

		if (!is_near_end(t, i))
			continue;
		if (now->kind != TOKEN_CHAR)
			add(m, SPACE_WORD, now->hash);
		else if (before && before->kind == TOKEN_CHAR)
			add(m, SPACE_PAIR, token_mix(before->hash, now->hash));
		if (now->stem != now->hash)
			add(m, SPACE_STEM, now->stem);
		before = now;
	}
}

/* the tokens [from, to), each alone and with the one before it */
static void add_edge(struct maker *m, const struct tokens *t, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		uint32_t hash = token_mix(0, token_at(t, i)->stem);

		add(m, SPACE_EDGE, hash);
		if (i > from)
			add(m, SPACE_EDGE, token_mix(hash, token_at(t, i - 1)->stem));
	}
}

/* how it begins and how it ends */
static void add_ends(struct maker *m, const struct tokens *t)
{
	uint32_t first = 0, last = 0;

	for (uint32_t i = 0; i < ENDS && i < t->n; i++) {
		first = token_mix(first, token_at(t, i)->hash);
		last = token_mix(last, token_at(t, t->n - 1 - i)->hash);
		add(m, SPACE_FIRST, first);
		add(m, SPACE_LAST, last);
	}
}

bool cues_of_tokens(const struct tokens *t, const uint32_t *shape, struct arena *a,
		    struct grams *grams_r)
{
	UNSET struct maker m;

	memset(m.seen, 0, sizeof(m.seen));
	m.n = 0;
	add_words(&m, t);
	add_edge(&m, t, 0, t->n < HEAD ? t->n : HEAD);
	add_edge(&m, t, t->n < TAIL ? 0 : t->n - TAIL, t->n);
	add_ends(&m, t);
	for (uint32_t i = 0; i < SHAPE_NUMBERS; i++)
		add(&m, SPACE_SHAPE, shape[i]);
	grams_r->n_cues = m.n;
	grams_r->cues = numbers_keep(a, m.cues, m.n);
	return grams_r->cues != NULL;
}
