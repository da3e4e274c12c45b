/*
 * price_pipe.c -- what a configuration's prices make of usage, for tests that know better.
 *
 * usage: price_pipe CONFIG
 * Prints the catalog's canonical text as one line, then answers lines:
 *   cost MODEL TIME PERMILLE TOKENS...         -> nano-dollars (tokens by class, tbl/usage.h)
 *   worst MODEL PERMILLE INPUT MAX_TOKENS N    -> nano-dollars
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "core/price.h"
#include "tools/catalog_file.h"

#define TEXT_MAX (16u << 20)

static void print_catalog(const struct catalog *c)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	conf_write(c, &text);
	printf("%s\n", buf_cstr(&text));
	fflush(stdout);
	buf_release(&text);
}

static int64_t next(struct str *words)
{
	int64_t number;

	if (!str_i64(str_cut(words, ' '), &number)) {
		fprintf(stderr, "price_pipe: not a number\n");
		exit(EXIT_FAILURE);
	}
	return number;
}

static int64_t answer(const struct price *p, bool cost, struct str words)
{
	int64_t now_s = cost ? next(&words) : 0;
	int32_t permille = (int32_t)next(&words);
	struct usage u = { .seen = true };
	struct worst_price w;
	int64_t max_tokens;

	if (!cost) {
		w = price_worst(p, next(&words), permille, USAGE_ALL);
		max_tokens = next(&words);
		return price_worst_total(&w, max_tokens, next(&words));
	}
	for (int c = 0; c < USAGE_COUNT; c++)
		u.tokens[c] = next(&words);
	return price_cost(p, &u, now_s, permille);
}

int main(int argc, char **argv)
{
	struct catalog *c = argc == 2 ? catalog_load(argv[1]) : NULL;
	char line[1024];

	if (!c)
		return EXIT_FAILURE;
	print_catalog(c);
	while (fgets(line, sizeof(line), stdin)) {
		struct str words = str_trim(str_of(line));
		bool cost = str_is(str_cut(&words, ' '), "cost");
		const struct model *m = catalog_model(c, str_cut(&words, ' '));

		if (!m || !m->price) {
			fprintf(stderr, "price_pipe: no such model, or no price of it\n");
			return EXIT_FAILURE;
		}
		printf("%" PRId64 "\n", answer(m->price, cost, words));
	}
	catalog_unref(c);
	return EXIT_SUCCESS;
}
