/* scripts_rates.c -- admit.lua: requests in flight, requests and tokens a minute. */
#include "lua/fixture.h"

START_TEST(concurrency_counts_requests_in_flight)
{
	enum scope s = (enum scope)_i;
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h[3];
	struct verdict v;

	fix_limit(s, "concurrency", "2");
	for (int i = 0; i < 2; i++) {
		h[i] = fix_open(i ? "r1" : "r0");
		ck_assert_int_eq(fix_admit(&h[i], &plan).kind, VERDICT_OK);
	}
	h[2] = fix_open("r2");
	v = fix_admit(&h[2], &plan);
	ck_assert_int_eq(v.kind, VERDICT_CONCURRENCY);
	ck_assert_int_eq(v.scope, s);
	ck_assert_int_eq(v.limit, 2);
	ck_assert_int_eq(fix_charge(&h[0], 1, 7).end, SETTLE_OK);
	ck_assert_int_eq(fix_admit(&h[2], &plan).kind, VERDICT_OK);
	fix_expect_live(2);
}
END_TEST

/* in flight is counted also where nothing limits it, so that a limit set later is right at once */
START_TEST(a_concurrency_set_later_knows_what_is_in_flight)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h = fix_open("r1"), next;

	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_limit(SCOPE_org, "concurrency", "1");
	next = fix_open("r2");
	ck_assert_int_eq(fix_admit(&next, &plan).kind, VERDICT_CONCURRENCY);
}
END_TEST

START_TEST(a_whole_minute_of_requests_may_come_at_once)
{
	static const char *const limits[] = { "1", "7", "60", "45007", "150000000" };
	static const int64_t numbers[] = { 1, 7, 60, 45007, 150000000 };
	struct plan plan = fix_plan(fix_candidate(0, 0, 1, 1));
	int64_t limit = numbers[_i], most = limit < 100 ? limit : 20;
	struct verdict v = { .kind = VERDICT_OK };
	struct held h;
	char rid[16];

	fix_limit(SCOPE_key, "rpm", limits[_i]);
	for (int64_t n = 1; n <= most; n++) {
		snprintf(rid, sizeof(rid), "r%lld", (long long)n);
		h = fix_open(rid);
		v = fix_admit(&h, &plan);
		ck_assert_int_eq(v.kind, VERDICT_OK);
		ck_assert_int_eq(v.rate[RATE_rpm].limit, limit);
		ck_assert_int_eq(v.rate[RATE_rpm].remaining, limit - n);
		ck_assert_int_eq(v.rate[RATE_rpm].reset_ms, (n * 60000 + limit - 1) / limit);
	}
	if (most < limit)
		return;
	h = fix_open("more");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_RATE);
	ck_assert_int_eq(v.scope, SCOPE_key);
	ck_assert_int_eq(v.rate_kind, RATE_rpm);
	ck_assert_int_eq(v.limit, limit);
	ck_assert_int_eq(v.retry_ms, (60000 + limit - 1) / limit);
	/* one microsecond before there is room, and then */
	fix.store.test_now_us = T0 + (MINUTE + limit - 1) / limit - 1;
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_RATE);
	fix.store.test_now_us++;
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

START_TEST(tokens_count_bound_and_allowance)
{
	struct plan plan = fix_plan(fix_candidate(0, 0, 20, 20)); /* and 10 of input */
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_team, "tpm", "59");
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.rate[RATE_tpm].remaining, 29);
	h = fix_open("r2");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_RATE);
	ck_assert_int_eq(v.rate_kind, RATE_tpm);
	ck_assert_int_eq(v.scope, SCOPE_team);
	/* one token has to drain: 60 s / 59 */
	ck_assert_int_eq(v.retry_ms, 1017);
	fix_limit(SCOPE_team, "tpm", "60");
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

START_TEST(tokens_count_every_choice)
{
	struct plan plan = fix_plan(fix_candidate(0, 0, 20, 20));
	struct held h;

	plan.candidates[0].choices = 3;
	fix_limit(SCOPE_key, "tpm", "69");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_RATE_SIZE);
	fix_limit(SCOPE_key, "tpm", "100");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).rate[RATE_tpm].remaining, 30);
}
END_TEST

START_TEST(what_is_larger_than_the_rate_never_fits)
{
	struct plan plan = fix_plan(fix_candidate(0, 0, 20, 20));
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_key, "tpm", "29");
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_RATE_SIZE);
	ck_assert_int_eq(v.limit, 29);
	ck_assert_int_eq(v.rate_kind, RATE_tpm);
	fix_limit(SCOPE_key, "tpm", "30");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_limit(SCOPE_key, "rpm", "0");
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_RATE_SIZE);
}
END_TEST

START_TEST(after_a_limit_was_lowered_a_minute_is_enough)
{
	struct plan plan = fix_plan(fix_candidate(0, 0, 20, 20));
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_key, "tpm", "30000");
	for (int i = 0; i < 100; i++) {
		char rid[16];

		snprintf(rid, sizeof(rid), "r%d", i);
		h = fix_open(rid);
		ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	}
	fix_limit(SCOPE_key, "tpm", "30");
	h = fix_open("more");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_RATE);
	ck_assert_int_eq(v.retry_ms, 60000);
	fix.store.test_now_us = T0 + MINUTE;
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

/* a bucket that does not drain is no division by zero */
START_TEST(a_limit_of_nothing_lets_nothing_through)
{
	struct plan plan = fix_plan(fix_candidate(0, 1, 20, 20));
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_key, "tpm", "100");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_limit(SCOPE_key, "tpm", "0");
	fix_limit(SCOPE_key, "budget:day", "10");
	h = fix_open("r2"); /* of which no candidate fits, so that it counts no tokens */
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_RATE_SIZE);
	ck_assert_int_eq(v.limit, 0);
	ck_assert_int_eq(v.retry_ms, 0);
}
END_TEST

START_TEST(the_longest_wait_is_told)
{
	struct plan plan = fix_plan(fix_candidate(0, 0, 1, 1));
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_key, "rpm", "6");
	fix_limit(SCOPE_team, "rpm", "1");
	fix_limit(SCOPE_org, "rpm", "3");
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.rate[RATE_rpm].limit, 1); /* the one that is closest to its end */
	ck_assert_int_eq(v.rate[RATE_rpm].remaining, 0);
	h = fix_open("r2");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_RATE);
	ck_assert_int_eq(v.scope, SCOPE_team);
	ck_assert_int_eq(v.retry_ms, 60000);
}
END_TEST

Suite *suite_rates(void)
{
	Suite *s = suite_create("rates");
	TCase *t = tcase_create("rates");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_loop_test(t, concurrency_counts_requests_in_flight, 0, SCOPE_COUNT);
	tcase_add_test(t, a_concurrency_set_later_knows_what_is_in_flight);
	tcase_add_loop_test(t, a_whole_minute_of_requests_may_come_at_once, 0, 5);
	tcase_add_test(t, tokens_count_bound_and_allowance);
	tcase_add_test(t, tokens_count_every_choice);
	tcase_add_test(t, what_is_larger_than_the_rate_never_fits);
	tcase_add_test(t, after_a_limit_was_lowered_a_minute_is_enough);
	tcase_add_test(t, a_limit_of_nothing_lets_nothing_through);
	tcase_add_test(t, the_longest_wait_is_told);
	suite_add_tcase(s, t);
	return s;
}
