/* check_terms.c -- what candidates would mean: tokens and cost, from nothing known to much. */
#include "terms_world.h"

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
	suite_add_tcase(s, t);
	return unit_run(s);
}
