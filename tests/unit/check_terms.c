/* check_terms.c -- what candidates would mean, from nothing known to much. */
#include <math.h>

#include "base/rand.h"
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

/* --- nothing known --- */

START_TEST(a_cold_start_is_sane)
{
	struct terms t = terms_of(0);

	ck_assert_uint_eq(t.known, KNOWN_PRICE);
	assert_near(t.input, 2030, 0.02);
	assert_near(t.first_ms, 1200, 0.01);
	assert_near(t.first_high_ms, 3600, 0.01);
	assert_near(t.failure, 0.01, 0.001);
	ck_assert_double_gt(t.output, 200);
	ck_assert_double_lt(t.output, 1500);
	ck_assert_double_gt(t.total_ms, t.first_ms);
	assert_near(t.cost_nanos, t.input * 2000 + t.output * 8000, 1e-6);
}
END_TEST

START_TEST(without_a_price_the_cost_is_not_known)
{
	struct terms t;

	model[0].price = NULL;
	t = terms_of(0);
	ck_assert_uint_eq(t.known, 0);
	ck_assert_double_eq(t.cost_nanos, 0);
	ck_assert_double_gt(t.output, 0);
}
END_TEST

START_TEST(who_thinks_answers_longer_and_later)
{
	struct terms plain = terms_of(0), thinker = terms_of(2);

	ck_assert_double_gt(thinker.output, 1.5 * plain.output);
	ck_assert_double_gt(thinker.cost_nanos, plain.cost_nanos);
	ck_assert_double_gt(thinker.first_ms, 3 * plain.first_ms);
	ck_assert_double_gt(thinker.total_ms, plain.total_ms);
	facts.effort = EFFORT_HIGH;
	ck_assert_double_gt(terms_of(2).output, thinker.output);
	assert_near(terms_of(0).output, plain.output, 1e-9);
}
END_TEST

START_TEST(a_long_prompt_begins_later)
{
	double first = terms_of(0).first_ms;

	facts.features.counts[TEXT_word] = 20 * PROMPT;
	ck_assert_double_gt(terms_of(0).first_ms, 2 * first);
}
END_TEST

/* --- tokens --- */

START_TEST(input_is_calibrated_by_kind_then_by_model)
{
	double expected = terms_of(0).input;

	facts.kind = 9;
	snapshot->models[0].calibration = 1.2;
	assert_near(terms_of(0).input, 1.2 * expected, 1e-9);
	snapshot->models[0].calibrations[9] = 0.8;
	assert_near(terms_of(0).input, 0.8 * expected, 1e-9);
	assert_near(terms_of(0).input_high, 1.25 * 0.8 * expected, 1e-9);
	facts.kind = 8;
	assert_near(terms_of(0).input, 1.2 * expected, 1e-9);
}
END_TEST

START_TEST(input_is_not_above_its_bound)
{
	candidate.input_bound = 2100;
	ck_assert_double_eq(terms_of(0).input_high, 2100);
	candidate.input_bound = 50;
	ck_assert_double_eq(terms_of(0).input, 50);
}
END_TEST

START_TEST(no_answer_is_longer_than_it_may_be)
{
	candidate.max_tokens = 16;
	ck_assert_double_le(terms_of(0).output, 16);
	ck_assert_double_gt(terms_of(0).output, 15);
	ck_assert_double_le(terms_of(0).output_high, 16);
	candidate.max_tokens = 400;
	ck_assert_double_lt(terms_of(0).output, 320); /* some are shorter */
}
END_TEST

START_TEST(each_choice_costs_and_all_come_at_once)
{
	struct terms one = terms_of(0), three;

	facts.choices = 3;
	three = terms_of(0);
	assert_near(three.output, 3 * one.output, 1e-9);
	assert_near(three.total_ms, one.total_ms, 1e-9);
}
END_TEST

static struct length seen_lengths(double n, double tokens)
{
	return (struct length){ n, log(tokens + 1), log(2 * tokens + 1) };
}

START_TEST(lengths_of_the_task_go_before_those_of_the_model)
{
	struct model_view *v = &snapshot->models[0];

	v->length = seen_lengths(1000, 100);
	assert_near(terms_of(0).output, 116, 0.05);
	ck_assert(terms_of(0).known & KNOWN_LENGTH);
	v->lengths = ARENA_ARRAY(&snapshot->arena, struct length, 2);
	v->lengths[0] = seen_lengths(1000, 1000);
	assert_near(terms_of(0).output, 1130, 0.05);
	v->lengths[0].n = 1;
	ck_assert(terms_of(0).known & KNOWN_LENGTH);
	v->lengths[0].n = 0;
	assert_near(terms_of(0).output, 116, 0.05);
}
END_TEST

START_TEST(a_few_answers_do_not_swing_it)
{
	double prior = terms_of(0).output, one;

	snapshot->models[0].length = seen_lengths(1, 10);
	one = terms_of(0).output;
	ck_assert_double_lt(one, prior);
	ck_assert_double_gt(one, prior / 3);
	ck_assert(!(terms_of(0).known & KNOWN_LENGTH));
}
END_TEST

START_TEST(how_long_all_answers_are_says_something_of_a_new_model)
{
	double prior = terms_of(0).output, thinker = terms_of(2).output;

	snapshot->length = seen_lengths(100000, 20);
	ck_assert_double_lt(terms_of(0).output, prior / 2);
	ck_assert_double_lt(terms_of(2).output, thinker);
	ck_assert_double_gt(terms_of(2).output, 1.2 * terms_of(0).output);
}
END_TEST

/* --- cost --- */

START_TEST(the_hour_has_its_price)
{
	double cost;

	set_rate(&rates[0], 0.5);
	rates[0].to_minute = 60;
	set_rate(&rates[1], 1);
	price.n_rates = 2;
	cost = terms_of(0).cost_nanos;
	facts.at_s = NOW_S + 3600;
	assert_near(terms_of(0).cost_nanos, 2 * cost, 1e-6);
}
END_TEST

START_TEST(long_prompts_have_their_price)
{
	set_rate(&rates[0], 3);
	rates[0].above_input = 2500;
	set_rate(&rates[1], 1);
	price.n_rates = 2;
	assert_near(terms_of(0).cost_nanos, terms_of(0).input * 2000 + terms_of(0).output * 8000,
		    1e-6);
	snapshot->models[0].calibration = 1.5;
	assert_near(terms_of(0).cost_nanos,
		    3 * (terms_of(0).input * 2000 + terms_of(0).output * 8000), 1e-6);
}
END_TEST

START_TEST(a_service_tier_has_its_price)
{
	double cost = terms_of(0).cost_nanos;

	candidate.tier_permille = 500;
	assert_near(terms_of(0).cost_nanos, cost / 2, 1e-9);
}
END_TEST

static void warm(uint64_t prefix, uint32_t at, int64_t until_s)
{
	static struct warm list[4];

	list[snapshot->n_warm++] = (struct warm){ .prefix = prefix,
						  .target = at,
						  .until_s = until_s };
	snapshot->warm = list;
	snapshot_sort(snapshot);
}

static void talk(void)
{
	facts.n_prefixes = 2;
	facts.prefixes[0] = (struct prefix){ PREFIX, 1200 };
	facts.prefixes[1] = (struct prefix){ PREFIX + 1, 2000 };
}

START_TEST(a_warm_beginning_is_cheaper)
{
	double cold = terms_of(0).cost_nanos;
	struct terms t;

	talk();
	warm(PREFIX, 0, NOW_S + 10);
	t = terms_of(0);
	assert_near(t.warm, 0.6, 0.01);
	ck_assert_double_lt(t.cost_nanos, cold);
	/* what is not warm is written to the cache */
	assert_near(t.cost_nanos, t.input * (0.6 * 500 + 0.4 * 2500) + t.output * 8000, 0.01);
	ck_assert_double_eq(terms_of(1).warm, 0);
}
END_TEST

START_TEST(the_longest_warm_beginning_counts)
{
	talk();
	warm(PREFIX, 0, NOW_S + 10);
	warm(PREFIX + 1, 0, NOW_S + 10);
	assert_near(terms_of(0).warm, 1, 0.01);
}
END_TEST

START_TEST(what_is_cold_or_too_short_is_not_warm)
{
	talk();
	warm(PREFIX, 0, NOW_S);
	ck_assert_double_eq(terms_of(0).warm, 0);
	warm(PREFIX + 1, 0, NOW_S + 1);
	ck_assert_double_gt(terms_of(0).warm, 0.9);
	facts.features.counts[TEXT_word] = 500;
	ck_assert_double_eq(terms_of(0).warm, 0);
}
END_TEST

START_TEST(caches_have_steps)
{
	catalog->endpoints[0].dialect = DIALECT_deepseek;
	facts.features.counts[TEXT_word] = 300;
	talk();
	facts.prefixes[0].tokens = 1400;
	warm(PREFIX, 0, NOW_S + 10);
	assert_near(terms_of(0).warm * terms_of(0).input, 128, 1e-6);
}
END_TEST

START_TEST(vendors_that_cache_unasked_charge_for_the_writing)
{
	struct terms t = terms_of(1);

	assert_near(t.cost_nanos, t.input * 2500 + t.output * 8000, 1e-6);
	facts.features.counts[TEXT_word] = 500;
	t = terms_of(1);
	assert_near(t.cost_nanos, t.input * 2000 + t.output * 8000, 1e-6);
}
END_TEST

/* --- latency --- */

static struct latency seen_times(double n, double first_ms, double token_ms)
{
	return (struct latency){ .n = n,
				 .first_p50_ms = first_ms,
				 .first_p95_ms = 2 * first_ms,
				 .first_mean_ms = 1.1 * first_ms,
				 .first_var = first_ms * first_ms / 4,
				 .token_mean_ms = token_ms,
				 .token_var = token_ms * token_ms / 16 };
}

START_TEST(what_was_seen_of_an_endpoint_counts)
{
	struct terms t;

	snapshot->targets[0].latency[SIZE_4k] = seen_times(1e6, 300, 5);
	t = terms_of(0);
	ck_assert(t.known & KNOWN_LATENCY);
	assert_near(t.first_ms, 300, 0.01);
	assert_near(t.first_high_ms, 600, 0.01);
	ck_assert_double_gt(t.total_ms, 300 + 0.5 * t.output * 5);
	ck_assert_double_lt(t.total_ms, 330 + t.output * 5);
	ck_assert_double_gt(t.total_high_ms, 330 + t.output * 5);
}
END_TEST

START_TEST(one_answer_does_not_swing_it)
{
	double prior = terms_of(0).first_ms;

	snapshot->targets[0].latency[SIZE_4k] = seen_times(1, 60, 1);
	ck_assert_double_gt(terms_of(0).first_ms, 0.7 * prior);
	ck_assert_double_lt(terms_of(0).first_ms, prior);
	ck_assert(!(terms_of(0).known & KNOWN_LATENCY));
}
END_TEST

START_TEST(other_sizes_and_other_endpoints_of_the_model_say_something)
{
	double prior = terms_of(0).first_ms, sizes;

	snapshot->targets[0].latency[SIZE_1k] = seen_times(100, 100, 2);
	sizes = terms_of(0).first_ms;
	ck_assert_double_lt(sizes, 0.3 * prior);
	snapshot->targets[0].latency[SIZE_1k].n = 0;
	snapshot->targets[1].latency[SIZE_4k] = seen_times(100, 100, 2);
	ck_assert_double_lt(terms_of(0).first_ms, 0.3 * prior);
	ck_assert(!(terms_of(0).known & KNOWN_LATENCY));
	snapshot->targets[0].latency[SIZE_4k] = seen_times(1e6, 900, 9);
	assert_near(terms_of(0).first_ms, 900, 0.01);
}
END_TEST

START_TEST(thinking_that_was_silent_is_not_waited_for_twice)
{
	struct terms silent, aloud;

	snapshot->targets[2].latency[SIZE_4k] = seen_times(1e6, 8000, 10);
	silent = terms_of(2);
	snapshot->targets[2].latency[SIZE_4k] = seen_times(1e6, 500, 10);
	aloud = terms_of(2);
	ck_assert_double_lt(silent.total_ms, 8800 + silent.output * 10 / 2);
	ck_assert_double_gt(aloud.total_ms, 500 + aloud.output * 10 / 2);
}
END_TEST

START_TEST(failures_are_shrunk)
{
	snapshot->targets[0].attempts = 1;
	snapshot->targets[0].failure = 1;
	ck_assert_double_lt(terms_of(0).failure, 0.12);
	snapshot->targets[0].attempts = 1000;
	ck_assert_double_gt(terms_of(0).failure, 0.95);
	snapshot->targets[0].failure = 0;
	ck_assert_double_lt(terms_of(0).failure, 0.001);
}
END_TEST

/* --- whatever was seen --- */

static double share(struct rnd *r)
{
	return (double)(rnd_u64(r) >> 11) / 9007199254740992.0;
}

static void know_anything(struct rnd *r)
{
	for (int t = 0; t < 3; t++)
		for (int b = 0; b < SIZE_BUCKET_COUNT; b++)
			snapshot->targets[t].latency[b] = seen_times(
				100 * share(r) - 20, exp(15 * share(r)), exp(8 * share(r)));
	for (int m = 0; m < 2; m++)
		snapshot->models[m].length = (struct length){ 100 * share(r), 12 * share(r),
							      14 * share(r) };
	facts.features.counts[TEXT_word] = (int64_t)exp(13 * share(r));
	facts.effort = (enum effort)rnd_below(r, EFFORT_MAX + 1);
	candidate.max_tokens = (int64_t)exp(12 * share(r));
	candidate.input_bound = 1 << 24;
}

START_TEST(terms_are_numbers_in_their_order)
{
	struct rnd r = rnd_seed((uint64_t)_i);
	struct terms t;

	know_anything(&r);
	t = terms_of(rnd_below(&r, 3));
	ck_assert(isfinite(t.cost_nanos) && t.cost_nanos > 0);
	ck_assert(isfinite(t.total_high_ms));
	ck_assert_double_ge(t.input, 1);
	ck_assert_double_ge(t.input_high, t.input);
	ck_assert_double_gt(t.output, 0);
	ck_assert_double_ge(t.output_high, t.output);
	ck_assert_double_le(t.output_high, (double)candidate.max_tokens + 1e-6);
	ck_assert_double_gt(t.first_ms, 0);
	ck_assert_double_ge(t.first_high_ms, t.first_ms);
	ck_assert_double_gt(t.total_ms, 0);
	ck_assert_double_ge(t.total_high_ms, t.total_ms);
	ck_assert_double_ge(t.total_high_ms, t.first_high_ms);
	ck_assert(t.failure > 0 && t.failure < 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("terms");
	TCase *t = tcase_create("terms");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_cold_start_is_sane);
	tcase_add_test(t, without_a_price_the_cost_is_not_known);
	tcase_add_test(t, who_thinks_answers_longer_and_later);
	tcase_add_test(t, a_long_prompt_begins_later);
	tcase_add_test(t, input_is_calibrated_by_kind_then_by_model);
	tcase_add_test(t, input_is_not_above_its_bound);
	tcase_add_test(t, no_answer_is_longer_than_it_may_be);
	tcase_add_test(t, each_choice_costs_and_all_come_at_once);
	tcase_add_test(t, lengths_of_the_task_go_before_those_of_the_model);
	tcase_add_test(t, a_few_answers_do_not_swing_it);
	tcase_add_test(t, how_long_all_answers_are_says_something_of_a_new_model);
	tcase_add_test(t, the_hour_has_its_price);
	tcase_add_test(t, long_prompts_have_their_price);
	tcase_add_test(t, a_service_tier_has_its_price);
	tcase_add_test(t, a_warm_beginning_is_cheaper);
	tcase_add_test(t, the_longest_warm_beginning_counts);
	tcase_add_test(t, what_is_cold_or_too_short_is_not_warm);
	tcase_add_test(t, caches_have_steps);
	tcase_add_test(t, vendors_that_cache_unasked_charge_for_the_writing);
	tcase_add_test(t, what_was_seen_of_an_endpoint_counts);
	tcase_add_test(t, one_answer_does_not_swing_it);
	tcase_add_test(t, other_sizes_and_other_endpoints_of_the_model_say_something);
	tcase_add_test(t, thinking_that_was_silent_is_not_waited_for_twice);
	tcase_add_test(t, failures_are_shrunk);
	tcase_add_loop_test(t, terms_are_numbers_in_their_order, 0, 500);
	suite_add_tcase(s, t);
	return unit_run(s);
}
