/*
 * features_shape.c -- the shape of a text in a few small numbers.
 *
 * How long it is, how many lines, questions and choices it has, whether it looks like code,
 * in which language it is: what can be told of a prompt without knowing one word.
 */
#include "core/features_parts.h"

struct tally {
	uint32_t words, chars, numbers, lines, asks, quotes, choices, fields;
};

/* small steps where little is, large ones where much is */
static uint32_t step_of(uint64_t n)
{
	return n < 4 ? (uint32_t)n : 2 + (uint32_t)(63 - __builtin_clzll(n));
}

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

static void note_token(struct tally *s, const struct token *t, uint32_t since_line)
{
	s->words += t->kind == TOKEN_WORD;
	s->chars += t->kind == TOKEN_CHAR;
	s->numbers += t->kind == TOKEN_NUMBER;
	s->lines += t->kind == TOKEN_LINE;
	s->asks += t->hash == hash_of_mark('?', 1);
	s->quotes += t->hash == hash_of_mark('"', 1);
	s->fields += t->hash == hash_of_mark(':', 1) && since_line <= 5;
}

static struct tally tally_of(const struct tokens *t)
{
	struct tally s = { 0 };
	uint32_t since_line = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct token *now = token_at(t, i);

		if (token_is_lost(t, i))
			continue;
		since_line = now->kind == TOKEN_LINE ? 0 : since_line + 1;
		note_token(&s, now, since_line);
		if (i + 1 < t->n && !token_is_lost(t, i + 1))
			s.choices += is_choice(now, token_at(t, i + 1));
	}
	return s;
}

void shape_of_tokens(const struct tokens *t, enum lang lang, uint32_t *steps_r)
{
	struct tally s = tally_of(t);
	uint32_t size = s.words + s.chars;
	uint64_t numbers[SHAPE_NUMBERS] = {
		size,
		s.numbers,
		s.lines,
		s.asks,
		s.quotes,
		s.choices,
		s.fields,
		t->code,
		t->maths,
		(uint64_t)lang,
		size ? 16 * s.numbers / size : 0,
		size ? 8 * s.chars / size : 0,
		s.lines ? size / s.lines : 0,
	};

	for (uint32_t i = 0; i < SHAPE_NUMBERS; i++)
		steps_r[i] = i << 16 | step_of(numbers[i]);
}
