/* terms_world.h -- three targets and a request, of which tests of terms know as much as they like.
 */
#ifndef UNIT_TERMS_WORLD_H
#define UNIT_TERMS_WORLD_H

#include <math.h>

#include "core/terms.h"
#include "unit.h"

#define NOW_S  1795392000 /* Monday, 2026-11-23 00:00 UTC */
#define PROMPT 2000       /* words: some 2,000 tokens */
#define PREFIX 77

/* dollars a million tokens: 2 in, 0.50 from the cache, 2.50 into it, 8 out */
static struct rate rates[3];
static struct price price = { .rates = rates, .n_rates = 1 };

static struct catalog *catalog;
static struct snapshot *snapshot;
static struct model *model;
static struct target *target; /* the model's first, of two; then that of a model that thinks */
static struct facts facts;
static struct candidate candidate;

static void set_rate(struct rate *r, double times)
{
	static const int64_t picos[USAGE_COUNT] = {
		[USAGE_input] = 2000000,       [USAGE_cache_read] = 500000,
		[USAGE_cache_write] = 2500000, [USAGE_cache_write_long] = 4000000,
		[USAGE_output] = 8000000,
	};

	*r = (struct rate){ .days = 0x7F, .to_minute = 1440, .above_input = -1 };
	for (int c = 0; c < USAGE_COUNT; c++)
		r->picos[c] = (int64_t)((double)picos[c] * times);
}

static void make_catalog(void)
{
	struct arena *a;

	catalog = catalog_new(1 << 20);
	a = &catalog->arena;
	catalog->n_models = 2;
	catalog->models = ARENA_ARRAY(a, struct model, 2);
	model = catalog->models;
	model[0] = (struct model){
		.id = STR("plain"), .context = 100000, .price = &price, .n_targets = 2
	};
	model[1] = (struct model){ .id = STR("thinker"),
				   .context = 100000,
				   .price = &price,
				   .thinking = THINKING_ALWAYS,
				   .first_target = 2,
				   .n_targets = 1 };
	catalog->n_endpoints = 2;
	catalog->endpoints = ARENA_ARRAY(a, struct endpoint, 2);
	catalog->endpoints[0] = (struct endpoint){ .dialect = DIALECT_anthropic };
	catalog->endpoints[1] = (struct endpoint){ .dialect = DIALECT_openai, .index = 1 };
	catalog->n_targets = 3;
	catalog->targets = ARENA_ARRAY(a, struct target, 3);
	target = catalog->targets;
	target[0] = (struct target){ &model[0], &catalog->endpoints[0] };
	target[1] = (struct target){ &model[0], &catalog->endpoints[1] };
	target[2] = (struct target){ &model[1], &catalog->endpoints[0] };
	catalog->n_tasks = 2;
	catalog->tasks = ARENA_ARRAY(a, struct str, 2);
	catalog->tasks[0] = STR("code");
	catalog->tasks[1] = STR("other");
}

static void setup(void)
{
	make_catalog();
	snapshot = snapshot_new(catalog, 1 << 20);
	price = (struct price){ .rates = rates, .n_rates = 1 };
	set_rate(&rates[0], 1);
	facts = (struct facts){ .features = { .messages = 1, .turns = 1 },
				.max_tokens = -1,
				.choices = 1,
				.at_s = NOW_S };
	facts.features.counts[TEXT_word] = PROMPT;
	candidate = (struct candidate){ .max_tokens = 4096, .input_bound = 100000, .choices = 1 };
}

static void teardown(void)
{
	snapshot_unref(snapshot);
	catalog_unref(catalog);
}

static struct terms terms_of(uint32_t at)
{
	candidate.target = &target[at];
	terms_fill(snapshot, &facts, 0, &candidate);
	return candidate.terms;
}

#define assert_near(got, want, share)                                                              \
	ck_assert_msg(fabs((got) - (want)) <= fabs((double)(want)) * (share), "%s is %g, want %g", \
		      #got, (double)(got), (double)(want))

#endif
