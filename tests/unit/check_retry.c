/* check_retry.c -- after a failed attempt: who is asked next, and when. */
#include "core/retry.h"
#include "unit.h"

#define TIMES 1000

static struct model model;
static struct target target = { .model = &model };
static struct policy policy;
static struct plan plan;
static struct vendor_fault fault;
static struct retry_ask ask;
static struct rnd rnd;

static void setup(void)
{
	policy = (struct policy){ .max_attempts = 3, .max_attempts_per_target = 2 };
	plan = (struct plan){ .n = 1 };
	plan.candidates[0].target = plan.candidates[1].target = &target;
	fault = (struct vendor_fault){ .retry = true, .failover = true, .retry_after_ms = -1 };
	ask = (struct retry_ask){ .policy = &policy,
				  .plan = &plan,
				  .fault = &fault,
				  .attempts = 1,
				  .attempts_here = 1,
				  .left_ms = 60000 };
	rnd = rnd_seed(1);
}

static struct retry_answer decided(void)
{
	return retry_decide(&ask, &rnd);
}

/* the shortest and the longest of many waits */
static void waits(int64_t *least_r, int64_t *most_r)
{
	*least_r = INT64_MAX;
	*most_r = 0;
	for (int i = 0; i < TIMES; i++) {
		struct retry_answer r = decided();

		ck_assert_int_eq(r.next, NEXT_AGAIN);
		*least_r = r.wait_ms < *least_r ? r.wait_ms : *least_r;
		*most_r = r.wait_ms > *most_r ? r.wait_ms : *most_r;
	}
}

START_TEST(another_is_asked_before_the_same_again)
{
	plan.n = 2;
	ck_assert_int_eq(decided().next, NEXT_OTHER);
	ck_assert_uint_eq(decided().candidate, 1);
	fault.failover = false;
	ck_assert_int_eq(decided().next, NEXT_AGAIN);
}
END_TEST

START_TEST(there_is_an_end)
{
	ask.attempts_here = 2;
	ck_assert_int_eq(decided().next, NEXT_STOP);
	setup();
	ask.attempts = 3;
	ck_assert_int_eq(decided().next, NEXT_STOP);
	setup();
	ask.left_ms = 0;
	ck_assert_int_eq(decided().next, NEXT_STOP);
	setup();
	fault.retry = false;
	ck_assert_int_eq(decided().next, NEXT_STOP);
}
END_TEST

START_TEST(a_wait_is_any_up_to_its_longest)
{
	int64_t least, most;

	waits(&least, &most);
	ck_assert_int_le(least, 5);
	ck_assert(most >= 45 && most <= 50);
}
END_TEST

/* Many were told the same: they come later than that, and not all at one moment. */
START_TEST(what_the_vendor_asked_for_is_waited_and_somewhat_more)
{
	int64_t least, most;

	fault.retry_after_ms = 2000;
	waits(&least, &most);
	ck_assert(least >= 2000 && least <= 2050);
	ck_assert(most >= 2200 && most <= 2250);
}
END_TEST

START_TEST(nobody_is_kept_waiting_for_long)
{
	fault.retry_after_ms = 5000;
	for (int i = 0; i < TIMES; i++)
		ck_assert_int_eq(decided().next, NEXT_AGAIN);
	fault.retry_after_ms = 5001;
	ck_assert_int_eq(decided().next, NEXT_STOP);
	fault.retry_after_ms = 2000;
	ask.left_ms = 2000;
	ck_assert_int_eq(decided().next, NEXT_STOP);
}
END_TEST

START_TEST(what_was_too_long_for_one_goes_to_a_larger_one_only)
{
	struct model larger = { .context = 1 };
	struct target other = { .model = &larger };

	plan.n = 2;
	fault.code = ERR_CONTEXT;
	fault.retry = false;
	ck_assert_int_eq(decided().next, NEXT_STOP);
	plan.candidates[1].target = &other;
	ck_assert_int_eq(decided().next, NEXT_OTHER);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("retry");
	TCase *t = tcase_create("retry");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, another_is_asked_before_the_same_again);
	tcase_add_test(t, there_is_an_end);
	tcase_add_test(t, a_wait_is_any_up_to_its_longest);
	tcase_add_test(t, what_the_vendor_asked_for_is_waited_and_somewhat_more);
	tcase_add_test(t, nobody_is_kept_waiting_for_long);
	tcase_add_test(t, what_was_too_long_for_one_goes_to_a_larger_one_only);
	suite_add_tcase(s, t);
	return unit_run(s);
}
