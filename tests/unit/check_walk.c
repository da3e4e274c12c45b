/* check_walk.c -- what takes the place of Redis while it is away: the walk, the bucket, the demand. */
#include <check.h>
#include <string.h>

#include "base/rand.h"
#include "core/bucket.h"
#include "core/demand.h"
#include "core/walk.h"
#include "unit.h"

#define SECOND 1000000LL

/* prices in nano-dollars for each token; 10 tokens of prompt */
static void add(struct plan *plan, int64_t fixed, int64_t token, int64_t most, int64_t least)
{
	plan->candidates[plan->n++] = (struct candidate){ .fixed_nanos = fixed,
							  .output_picos = token * 1000,
							  .max_tokens = most,
							  .min_tokens = least,
							  .input_bound = 10,
							  .choices = 2 };
}

static struct plan plan_of_two(void)
{
	struct plan plan = { .n = 0 };

	add(&plan, 100, 5, 20, 4);
	add(&plan, 50, 1, 20, 20);
	return plan;
}

/* --- the walk --- */

static const struct {
	int64_t free;
	bool fits;
	uint32_t chosen;
	int64_t max_tokens, cost, tokens;
} walks[] = {
	{ 1000, true, 0, 20, 200, 50 }, { 200, true, 0, 20, 200, 50 },
	{ 199, true, 1, 20, 70, 50 },   { 70, true, 1, 20, 70, 50 },
	{ 69, false, 0, 0, 0, 0 },      { -5, false, 0, 0, 0, 0 },
};

START_TEST(the_first_that_fits_is_chosen)
{
	struct plan plan = plan_of_two();
	struct walk_grant g;

	ck_assert_int_eq(walk_choose(&plan, 0, walks[_i].free, &g), walks[_i].fits);
	if (!walks[_i].fits)
		return;
	ck_assert_uint_eq(g.chosen, walks[_i].chosen);
	ck_assert_int_eq(g.max_tokens, walks[_i].max_tokens);
	ck_assert_int_eq(g.cost_nanos, walks[_i].cost);
	ck_assert_int_eq(g.tokens, walks[_i].tokens);
}
END_TEST

START_TEST(when_none_fits_whole_one_is_clamped)
{
	struct plan plan = { .n = 0 };
	struct walk_grant g;

	add(&plan, 100, 5, 20, 4);
	ck_assert(walk_choose(&plan, 0, 134, &g));
	ck_assert_int_eq(g.max_tokens, 6);
	ck_assert_int_eq(g.cost_nanos, 130);
	ck_assert(walk_choose(&plan, 0, 120, &g));
	ck_assert_int_eq(g.max_tokens, 4);
	ck_assert(!walk_choose(&plan, 0, 119, &g));
}
END_TEST

START_TEST(those_before_are_left_out)
{
	struct plan plan = plan_of_two();
	struct walk_grant g;

	ck_assert(walk_choose(&plan, 1, 1000, &g));
	ck_assert_uint_eq(g.chosen, 1);
	ck_assert(walk_choose(&plan, 0, INT64_MAX, &g));
	ck_assert_uint_eq(g.chosen, 0);
}
END_TEST

START_TEST(a_grant_never_costs_more_than_there_is)
{
	struct rnd r = rnd_seed(3);

	for (int i = 0; i < 20000; i++) {
		struct plan plan = { .n = 0 };
		int64_t most = 1 + rnd_below(&r, 1000), free = rnd_below(&r, 100000);
		struct walk_grant g;

		add(&plan, rnd_below(&r, 50000), rnd_below(&r, 200), most, 1);
		plan.candidates[0].output_picos += rnd_below(&r, 1000);
		if (!walk_choose(&plan, 0, free, &g))
			continue;
		ck_assert_int_le(g.cost_nanos, free);
		ck_assert_int_ge(g.max_tokens, 1);
		ck_assert_int_le(g.max_tokens, most);
	}
}
END_TEST

/* --- the bucket --- */

START_TEST(a_minute_holds_the_limit)
{
	struct bucket b = { 0 };
	int64_t retry_us, now = 77 * SECOND;

	for (int i = 0; i < 30; i++) {
		ck_assert(bucket_fits(&b, 30, 1, now, &retry_us));
		bucket_add(&b, 30, 1, now);
	}
	ck_assert(!bucket_fits(&b, 30, 1, now, &retry_us));
	ck_assert_int_eq(retry_us, 2 * SECOND);
	ck_assert(!bucket_fits(&b, 30, 1, now + 2 * SECOND - 1, &retry_us));
	ck_assert(bucket_fits(&b, 30, 1, now + 2 * SECOND, &retry_us));
	ck_assert(bucket_fits(&b, 30, 30, now + 60 * SECOND, &retry_us));
	ck_assert(!bucket_fits(&b, 30, 31, now + 60 * SECOND, &retry_us));
	ck_assert_int_eq(retry_us, -1);
}
END_TEST

START_TEST(a_limit_of_nothing_lets_nothing_through)
{
	struct bucket b = { 0 };
	int64_t retry_us;

	ck_assert(!bucket_fits(&b, 0, 1, SECOND, &retry_us));
}
END_TEST

/* --- the demand --- */

START_TEST(what_is_wanted_follows_what_is_spent)
{
	struct demand d = { 0 };

	ck_assert_int_eq(demand_wanted(&d, 60), 0);
	demand_admitted(&d, 100);
	ck_assert_int_eq(demand_least(&d), 100);
	ck_assert_int_eq(demand_wanted(&d, 60), 400);
	for (int i = 0; i < 10; i++)
		demand_admitted(&d, 100);
	demand_charged(&d, 50);
	demand_tick(&d, 1);
	/* 50 a second for a minute, and 1100 a second for as long as a request takes */
	ck_assert_int_eq(demand_wanted(&d, 60), 50 * 60 + 4 * 1100);
}
END_TEST

START_TEST(what_is_over_is_forgotten_slowly)
{
	struct demand d = { 0 };
	int64_t then;

	demand_admitted(&d, 100);
	demand_charged(&d, 50);
	demand_tick(&d, 1);
	then = demand_wanted(&d, 60);
	demand_tick(&d, 10);
	ck_assert_int_ge(demand_wanted(&d, 60), then / 2);
	ck_assert_int_lt(demand_wanted(&d, 60), then * 6 / 10);
	demand_tick(&d, 600);
	ck_assert_int_le(demand_wanted(&d, 60), 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("walk");
	TCase *t = tcase_create("walk");

	tcase_add_loop_test(t, the_first_that_fits_is_chosen, 0, COUNT_OF(walks));
	tcase_add_test(t, when_none_fits_whole_one_is_clamped);
	tcase_add_test(t, those_before_are_left_out);
	tcase_add_test(t, a_grant_never_costs_more_than_there_is);
	tcase_add_test(t, a_minute_holds_the_limit);
	tcase_add_test(t, a_limit_of_nothing_lets_nothing_through);
	tcase_add_test(t, what_is_wanted_follows_what_is_spent);
	tcase_add_test(t, what_is_over_is_forgotten_slowly);
	suite_add_tcase(s, t);
	return unit_run(s);
}
