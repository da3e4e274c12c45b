/* check_latency.c -- when candidates would answer, and that terms are sane whatever was seen. */
#include "base/rand.h"
#include "terms_world.h"

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
	Suite *s = suite_create("latency");
	TCase *t = tcase_create("latency");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_seen_of_an_endpoint_counts);
	tcase_add_test(t, one_answer_does_not_swing_it);
	tcase_add_test(t, other_sizes_and_other_endpoints_of_the_model_say_something);
	tcase_add_test(t, thinking_that_was_silent_is_not_waited_for_twice);
	tcase_add_test(t, failures_are_shrunk);
	tcase_add_loop_test(t, terms_are_numbers_in_their_order, 0, 500);
	suite_add_tcase(s, t);
	return unit_run(s);
}
