/*
 * guess.c -- the known word that a typing error is nearest to.
 *
 * Distance counts letters put in, left out, changed or swapped with their
 * neighbour (optimal string alignment). Words that LiteLLM uses for the same
 * thing are known too, whatever their distance.
 */
#include "conf/guess.h"

#include <stdio.h>

#define LONGEST 48

static const struct {
	const char *theirs, *ours;
} other_words[] = {
	{ "api_base", "base_url" },
	{ "context_window", "context" },
	{ "drop_params", "unsupported" },
	{ "general_settings", "gateway" },
	{ "input_cost_per_token", "input" },
	{ "litellm_settings", "policies" },
	{ "max_input_tokens", "context" },
	{ "max_output_tokens", "max_output" },
	{ "max_tokens", "max_output" },
	{ "model_group_alias", "aliases" },
	{ "model_list", "models" },
	{ "num_retries", "max_attempts" },
	{ "output_cost_per_token", "output" },
	{ "router_settings", "policies" },
	{ "stream_timeout", "first_byte_timeout" },
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(struct str a, struct str b)
{
	/* the last three rows of the table of all prefixes */
	size_t rows[3][LONGEST + 1];

	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i - 1) % 3];
		const size_t *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];

			row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

void guess_start(struct guess *g, struct str word)
{
	/* a third of the letters may be wrong, of short words one */
	*g = (struct guess){ .word = word, .distance = word.n / 3 + 1 };
	if (word.n < 3)
		g->distance = 2;
}

static bool is_other_word(struct str theirs, struct str ours)
{
	for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]); i++)
		if (str_is(theirs, other_words[i].theirs) && str_is(ours, other_words[i].ours))
			return true;
	return false;
}

void guess_offer(struct guess *g, struct str candidate)
{
	size_t d;

	if (g->word.n > LONGEST || candidate.n > LONGEST)
		return;
	d = is_other_word(g->word, candidate) ? 0 : distance(g->word, candidate);
	if (d < g->distance) {
		g->distance = d;
		g->best = candidate;
	}
}

const char *guess_text(const struct guess *g, char dst[GUESS_TEXT_MAX])
{
	dst[0] = '\0';
	if (!str_absent(g->best))
		snprintf(dst, GUESS_TEXT_MAX, "; did you mean \"%.*s\"?", STR_ARG(g->best));
	return dst;
}
