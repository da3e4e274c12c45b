/*
 * features_parts.h -- what the files of core/features share: texts become tokens, tokens n-grams.
 *
 * A token here is a word, a character of a script without spaces, a number, a mark or a
 * line end, and only its hash is kept. What a text says at its head and tail decides what it
 * asks for, so of a long one only these are kept.
 */
#ifndef CORE_FEATURES_PARTS_H
#define CORE_FEATURES_PARTS_H

#include "core/features.h"

enum token_kind { TOKEN_WORD, TOKEN_CHAR, TOKEN_NUMBER, TOKEN_MARK, TOKEN_LINE, TOKEN_KINDS };

struct token {
	uint32_t hash;
	uint32_t stem; /* of a word: its first five letters; else the hash */
	uint8_t kind;  /* enum token_kind */
};

#define TOKENS_END 1024 /* kept of each end of a text; a power of two */

/* of one text */
struct tokens {
	struct token head[TOKENS_END];
	struct token tail[TOKENS_END]; /* a ring: the latest of those beyond the head */
	uint32_t n;                    /* how many the text had */
	uint32_t code, maths;          /* signs of the two */
};

enum glyph {
	GLYPH_OTHER,
	GLYPH_SPACE,
	GLYPH_LINE,
	GLYPH_DIGIT,
	GLYPH_MARK,
	GLYPH_IDEOGRAPH, /* from here on letters of a kind: Chinese */
	GLYPH_KANA,
	GLYPH_HANGUL,
	GLYPH_ASCII, /* from here on such as make words */
	GLYPH_LATIN,
	GLYPH_CYRILLIC,
	GLYPH_SEMITIC,
	GLYPH_WORD, /* another alphabet */
};

/* reads pieces of text one after another */
struct text_reader {
	int64_t counts[TEXT_CLASS_COUNT];
	struct tokens *tokens; /* (not owned) NULL: only count */
	enum glyph run;        /* what the run that goes on is made of */
	uint32_t run_n;
	uint32_t hash, stem, letters; /* of the word that goes on; no letters: none does */
	uint32_t mark, marks;         /* the mark that goes on, and how often it stands there */
	uint32_t before;              /* the latest token's kind and mark, for signs of code */
};

#define HASH_START 2166136261u /* FNV-1a */

static inline uint32_t hash_step(uint32_t hash, uint32_t c)
{
	return (hash ^ c) * 16777619u;
}

static inline uint32_t hash_of(uint32_t space, uint32_t c)
{
	return hash_step(hash_step(HASH_START, space), c);
}

/* the token of a mark that stands n times */
static inline uint32_t hash_of_mark(uint32_t c, uint32_t n)
{
	return hash_of(n > 3 ? 3 : n, c);
}

/* escaped: the bytes are the inside of a JSON string. Cut sequences at either end do no harm. */
void text_read(struct text_reader *r, struct str bytes, bool escaped);
/* ends what goes on: what follows is another text */
void text_break(struct text_reader *r);

/* the language of a text with these counts */
enum lang features_lang(const int64_t *counts);

/* of a long text the middle was not kept: ask token_is_lost() before */
static inline const struct token *token_at(const struct tokens *t, uint32_t i)
{
	return i < TOKENS_END ? &t->head[i] : &t->tail[i % TOKENS_END];
}

static inline bool token_is_lost(const struct tokens *t, uint32_t i)
{
	return i >= TOKENS_END && i + TOKENS_END < t->n;
}

static inline uint32_t token_mix(uint32_t a, uint32_t b)
{
	uint64_t x = ((uint64_t)a << 32 | b) * 0x9E3779B97F4A7C15u;

	return (uint32_t)(x >> 32) ^ (uint32_t)x;
}

/* the value as one of a name space: the upper bits are the best ones */
static inline uint32_t token_mix_space(uint32_t value, uint32_t space)
{
	return (uint32_t)(token_mix(value, space) * 0x9E3779B97F4A7C15u >> 32);
}

/* true the first time that it is asked of a bit */
static inline bool bit_is_first(uint64_t *bits, uint32_t i)
{
	uint64_t bit = (uint64_t)1 << (i % 64);
	bool first = !(bits[i / 64] & bit);

	bits[i / 64] |= bit;
	return first;
}

/* a copy in a, NULL when that is full */
const uint32_t *numbers_keep(struct arena *a, const uint32_t *numbers, uint32_t n) MUST_CHECK;

#define SHAPE_NUMBERS 13

/* each a number of its own: which number it is, and how large that is in rough steps */
void shape_of_tokens(const struct tokens *t, enum lang lang, uint32_t *steps_r);

/* of at least one token; false: no memory in a */
bool grams_of_tokens(const struct tokens *t, const uint32_t *shape, struct arena *a,
		     struct grams *grams_r) MUST_CHECK;
bool cues_of_tokens(const struct tokens *t, const uint32_t *shape, struct arena *a,
		    struct grams *grams_r) MUST_CHECK;

#endif
