/*
 * pace.c -- budget pacing over days of changing load, by a virtual clock.
 *
 *   pace [--seed N] [--seeds N] [--load NAME]
 *
 * Prints a table, of each load the worst that happened with any seed, and ends with status 1 when
 * pacing misses its goals. What is paced is
 * the real thing: core/pace.c, and strategy `budget`. Around it: a world (sim/world.h), gateways
 * that know the multiplier of their last admission, answers that take seconds, worst cases
 * reserved and given back, and admission that refuses what the budget cannot pay for.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/obj.h"
#include "base/str.h"
#include "sim/contest.h"

static const char *const names[CONTESTANTS] = {
	[PACED] = "paced", [HINDSIGHT] = "hindsight", [TIERS] = "70/85/95", [CLIFF] = "cliff"
};

struct options {
	int64_t seed, seeds;
	const char *load; /* NULL = all */
};

/* of several seeds: mean quality, and the worst of everything else */
struct summary {
	double quality, spent, worst, ratio, refused;
};

static void add(struct summary *s, const struct result *r, int64_t seeds)
{
	s->quality += r->quality / (double)seeds;
	if (fabs(r->spent - 1) > fabs(s->spent - 1))
		s->spent = r->spent;
	s->worst = fmin(s->worst, r->worst);
	s->ratio = fmin(s->ratio, r->worst / r->quality);
	s->refused = fmax(s->refused, (double)r->refused / (double)r->n);
}

static void print(const char *load, const char *name, const struct summary *s)
{
	printf("%-8s %-10s %9.4f %14.4f %12.4f %10.1f %% %9.3f %%\n", load, name, s->quality,
	       s->spent, s->worst, 100 * s->ratio, 100 * s->refused);
}

static bool run(const struct load *load, const struct options *o)
{
	struct summary all[CONTESTANTS];
	struct result results[CONTESTANTS];
	bool good = true;

	for (int c = 0; c < CONTESTANTS; c++)
		all[c] = (struct summary){ .spent = 1, .worst = 1, .ratio = 1 };
	for (int64_t i = 0; i < o->seeds; i++) {
		if (!contest(load, (uint64_t)(o->seed + i), results)) {
			fputs("pace: out of memory\n", stderr);
			exit(1);
		}
		good = contest_is_good(load, &results[PACED]) && good;
		for (int c = 0; c < CONTESTANTS; c++)
			add(&all[c], &results[c], o->seeds);
	}
	for (int c = 0; c < CONTESTANTS; c++)
		print(c ? "" : load->name, names[c], &all[c]);
	if (!good)
		printf("MISSED: %s. Spent shall be from %.3f to 1, the worst hour at least %.0f "
		       "%%, "
		       "refused at most %.1f %%\n",
		       load->name, 1 - load->most_error, 100 * LEAST_WORST, 100 * MOST_REFUSED);
	return good;
}

static int usage(void)
{
	fputs("usage: pace [--seed N] [--seeds N] [--load NAME]\nloads:\n", stderr);
	for (size_t i = 0; i < N_LOADS; i++)
		fprintf(stderr, "  %-8s %s\n", loads[i].name, loads[i].text);
	return 2;
}

static bool read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i += 2) {
		struct str value = str_of(i + 1 < argc ? argv[i + 1] : "");

		if (strcmp(argv[i], "--load") == 0 && value.n > 0)
			o->load = value.p;
		else if (!(strcmp(argv[i], "--seed") == 0 && str_i64(value, &o->seed)) &&
			 !(strcmp(argv[i], "--seeds") == 0 && str_i64(value, &o->seeds)))
			return false;
	}
	return o->seeds > 0;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1, .seeds = 1 };
	int missed = 0, ran = 0;

	if (!read_options(argc, argv, &o))
		return usage();
	printf("%-8s %-10s %9s %14s %12s %12s %11s\n", "load", "", "quality", "spent/budget",
	       "worst hour", "of the mean", "refused");
	for (size_t i = 0; i < N_LOADS; i++) {
		if (o.load && strcmp(o.load, loads[i].name) != 0)
			continue;
		ran++;
		missed += !run(&loads[i], &o);
	}
	return ran == 0 ? usage() : missed > 0;
}
