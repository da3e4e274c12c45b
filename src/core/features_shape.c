/*
 * features_shape.c -- the shape of a text in a few small numbers.
 *
 * How long it is, how many lines, questions and choices it has, whether it looks like code,
 * in which language it is: what can be told of a prompt without knowing one word.
 */
#include "core/features_parts.h"

#define FIELD 5 /* tokens into a line a colon still ends the name of a field */

struct tally {
	uint32_t words, chars, numbers, lines, asks, quotes, choices, fields;
};

/* small steps where little is, large ones where much is */
static uint32_t step_of(uint64_t n)
{
	return n < 4 ? (uint32_t)n : 2 + (uint32_t)(63 - __builtin_clzll(n));
}

/* Is it the letter of a choice: "A." or "(B)"? The mark after it is asked by the caller. */
static bool is_choice_letter(const struct token *t)
{
	for (uint32_t c = 'a'; c <= 'e'; c++)
		if (t->hash == hash_step(HASH_START, c))
			return true;
	return false;
}

static bool ends_choice(const struct token *mark)
{
	return mark->hash == hash_of_mark('.', 1) || mark->hash == hash_of_mark(')', 1) ||
	       mark->hash == hash_of_mark(':', 1) || mark->hash == hash_of_mark(',', 1);
}

/* since_line: tokens since the line began, this one included; before: the one before it */
static void note_mark(struct tally *s, const struct token *t, uint32_t since_line,
		      const struct token *before)
{
	s->asks += t->hash == hash_of_mark('?', 1);
	s->quotes += t->hash == hash_of_mark('"', 1);
	s->fields += t->hash == hash_of_mark(':', 1) && since_line <= FIELD;
	s->choices += before && before->kind == TOKEN_WORD && ends_choice(t) &&
		      is_choice_letter(before);
}

static struct tally tally_of(const struct tokens *t)
{
	const struct token *before = NULL;
	uint32_t kinds[TOKEN_KINDS] = { 0 }, since_line = 0;
	struct tally s = { 0 };

	for (uint32_t i = 0; i < t->n; i++) {
		const struct token *now = token_at(t, i);

		if (token_is_lost(t, i))
			continue;
		kinds[now->kind]++;
		since_line = now->kind == TOKEN_LINE ? 0 : since_line + 1;
		if (now->kind == TOKEN_MARK)
			note_mark(&s, now, since_line, before);
		before = now;
	}
	s.words = kinds[TOKEN_WORD];
	s.chars = kinds[TOKEN_CHAR];
	s.numbers = kinds[TOKEN_NUMBER];
	s.lines = kinds[TOKEN_LINE];
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
