/* scripts_settle.c -- settle.lua through books_settle(): once, in any order, to the nano-dollar. */
#include "lua/fixture.h"

static struct plan plan;
static struct held h;

/* budgets of all scopes, of which a request holds 200 */
static void setup(void)
{
	fix_setup();
	fix_limit(SCOPE_key, "budget:day", "10000");
	fix_limit(SCOPE_team, "budget:week", "10000");
	fix_limit(SCOPE_org, "budget:total", "10000");
	fix_limit(SCOPE_team, "tpm", "1000");
	plan = fix_plan(fix_candidate(100, 5, 20, 20)); /* 30 tokens */
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}

static void expect_all(int64_t spent, int64_t reserved, int64_t suspense)
{
	fix_expect_budget(SCOPE_key, PERIOD_day, spent, reserved, suspense);
	fix_expect_budget(SCOPE_team, PERIOD_week, spent, reserved, suspense);
	fix_expect_budget(SCOPE_org, PERIOD_total, spent, reserved, suspense);
}

static void expect_state(const char *st)
{
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:%s st", h.rid), st);
}

static int64_t in_open(void)
{
	return fix_int("ZCARD sr:1:{o:acme}:open");
}

static int64_t in_suspense(void)
{
	return fix_int("ZCARD sr:1:{o:acme}:suspense");
}

static struct settled attempt(int32_t n, int64_t cost)
{
	return fix_settle(&h,
			  (struct charge){ .attempt = n, .cost_nanos = cost, .tokens_used = -1 });
}

static struct settled unknown(int32_t n, int64_t at_stake, bool final)
{
	return fix_settle(&h, (struct charge){ .attempt = n,
					       .cost_nanos = at_stake,
					       .unknown = true,
					       .final = final,
					       .tokens_used = -1 });
}

static struct settled estimated(int32_t n, int64_t cost, bool final)
{
	return fix_settle(&h, (struct charge){ .attempt = n,
					       .cost_nanos = cost,
					       .estimated = true,
					       .final = final,
					       .tokens_used = -1 });
}

START_TEST(a_charge_gives_back_the_rest)
{
	struct settled got = fix_charge(&h, 1, 150);

	ck_assert_int_eq(got.end, SETTLE_OK);
	ck_assert_int_eq(got.over, 0);
	expect_all(150, 0, 0);
	expect_state("F");
	fix_expect_live(0);
	ck_assert_int_eq(in_open(), 0);
	ck_assert_int_eq(in_suspense(), 0);
	ck_assert_int_eq(fix_int("PEXPIRETIME sr:1:{o:acme}:res:r1"),
			 T0 / 1000 + fix.store.tombstone_ms);
}
END_TEST

START_TEST(exactly_what_was_reserved)
{
	ck_assert_int_eq(fix_charge(&h, 1, 200).over, 0);
	expect_all(200, 0, 0);
}
END_TEST

START_TEST(the_truth_is_charged_even_when_it_was_dearer)
{
	struct settled got = fix_charge(&h, 1, 203);

	ck_assert_int_eq(got.end, SETTLE_OK);
	ck_assert_int_eq(got.over, 3);
	expect_all(203, 0, 0);
}
END_TEST

START_TEST(the_same_charge_counts_once)
{
	char dump[64];

	fix_charge(&h, 1, 150);
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(fix_charge(&h, 1, 150).end, SETTLE_AGAIN);
	ck_assert_int_eq(fix_charge(&h, 1, 170).end, SETTLE_AGAIN);
	ck_assert_int_eq(unknown(1, 200, true).end, SETTLE_AGAIN);
	ck_assert_int_eq(estimated(1, 10, true).end, SETTLE_AGAIN);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

START_TEST(an_attempt_that_is_not_the_last_leaves_the_request_open)
{
	ck_assert_int_eq(attempt(1, 60).end, SETTLE_OK);
	expect_all(60, 0, 0);
	expect_state("O");
	fix_expect_live(1);
	ck_assert_int_eq(in_open(), 1);
	ck_assert_int_eq(attempt(1, 60).end, SETTLE_AGAIN);
	ck_assert_int_eq(fix_extend(&h, &plan, 0).kind, VERDICT_OK);
	expect_all(60, 200, 0);
	ck_assert_int_eq(fix_charge(&h, 2, 70).end, SETTLE_OK);
	expect_all(130, 0, 0);
	expect_state("F");
	fix_expect_live(0);
}
END_TEST

/* after a restart, the journal's settle of an attempt is final though it was settled before */
START_TEST(a_repeated_charge_may_still_end_the_request)
{
	attempt(1, 60);
	ck_assert_int_eq(fix_charge(&h, 1, 60).end, SETTLE_OK);
	expect_all(60, 0, 0);
	expect_state("F");
	fix_expect_live(0);
}
END_TEST

START_TEST(an_end_without_an_attempt)
{
	attempt(1, 60);
	ck_assert_int_eq(fix_charge(&h, 0, 0).end, SETTLE_OK);
	expect_all(60, 0, 0);
	expect_state("F");
	fix_expect_live(0);
	ck_assert_int_eq(fix_charge(&h, 0, 0).end, SETTLE_AGAIN);
}
END_TEST

/* a hedge: both attempts are charged, each at its own cost, in either order */
START_TEST(attempts_at_once_are_charged_each)
{
	ck_assert_int_eq(fix_extend(&h, &plan, 0).kind, VERDICT_OK);
	expect_all(0, 400, 0);
	attempt(2, 90);
	expect_all(90, 200, 0);
	fix_charge(&h, 1, 20);
	expect_all(110, 0, 0);
}
END_TEST

START_TEST(what_is_open_when_the_request_ends_goes_to_suspense)
{
	ck_assert_int_eq(fix_extend(&h, &plan, 0).kind, VERDICT_OK);
	ck_assert_int_eq(fix_charge(&h, 1, 20).end, SETTLE_OK);
	expect_all(20, 0, 200);
	expect_state("X");
	fix_expect_live(0);
	ck_assert_int_eq(in_open(), 0);
	ck_assert_int_eq(in_suspense(), 1);
	ck_assert_int_eq(fix_int("TTL sr:1:{o:acme}:res:r1"), -1);
	ck_assert_int_eq(attempt(2, 33).end, SETTLE_OK);
	expect_all(53, 0, 0);
	expect_state("F");
	ck_assert_int_eq(in_suspense(), 0);
	ck_assert_int_gt(fix_int("TTL sr:1:{o:acme}:res:r1"), 0);
}
END_TEST

START_TEST(unknown_goes_to_suspense_at_once)
{
	ck_assert_int_eq(unknown(1, 200, false).end, SETTLE_OK);
	expect_all(0, 0, 200);
	expect_state("O");
	ck_assert_int_eq(in_suspense(), 1);
	ck_assert_int_eq(unknown(1, 200, false).end, SETTLE_AGAIN);
	ck_assert_int_eq(fix_extend(&h, &plan, 0).kind, VERDICT_OK);
	ck_assert_int_eq(fix_charge(&h, 2, 40).end, SETTLE_OK);
	expect_all(40, 0, 200);
	expect_state("X");
	/* the vendor's records: it was not billed */
	ck_assert_int_eq(attempt(1, 0).end, SETTLE_OK);
	expect_all(40, 0, 0);
	expect_state("F");
	ck_assert_int_eq(in_suspense(), 0);
}
END_TEST

/* each by its own time, for records that are complete until then */
START_TEST(each_attempt_knows_when_it_went_to_suspense)
{
	unknown(1, 200, false);
	fix.store.test_now_us = T0 + SECOND;
	unknown(1, 200, false);
	ck_assert_int_eq(fix_extend(&h, &plan, 0).kind, VERDICT_OK);
	unknown(2, 200, true);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:res:r1 x1"), T0);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:res:r1 x2"), T0 + SECOND);
}
END_TEST

START_TEST(an_estimate_is_corrected_once)
{
	ck_assert_int_eq(estimated(1, 180, true).end, SETTLE_OK);
	expect_all(180, 0, 0);
	ck_assert_int_eq(estimated(1, 170, true).end, SETTLE_AGAIN);
	ck_assert_int_eq(attempt(1, 120 + _i * 100).end, SETTLE_OK);
	expect_all(120 + _i * 100, 0, 0);
	ck_assert_int_eq(attempt(1, 10).end, SETTLE_AGAIN);
	expect_all(120 + _i * 100, 0, 0);
}
END_TEST

START_TEST(an_estimate_can_be_corrected_for_forty_days)
{
	estimated(1, 180, true);
	ck_assert_int_eq(fix_int("PEXPIRETIME sr:1:{o:acme}:res:r1"), (T0 + 40 * DAY) / 1000);
	attempt(1, 120);
	ck_assert_int_eq(fix_int("PEXPIRETIME sr:1:{o:acme}:res:r1"),
			 T0 / 1000 + fix.store.tombstone_ms);
}
END_TEST

/* --- out of order --- */

START_TEST(a_settle_before_its_admit_refuses_it)
{
	h = fix_open("r2");
	ck_assert_int_eq(fix_charge(&h, 1, 0).end, SETTLE_OK);
	expect_state("F");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_DONE);
	expect_all(0, 200, 0);
	fix_expect_live(1);
	ck_assert_int_eq(fix_charge(&h, 1, 0).end, SETTLE_AGAIN);
	ck_assert_int_gt(fix_int("TTL sr:1:{o:acme}:res:r2"), 0);
}
END_TEST

/* what Redis forgot is charged all the same: the settle says where */
START_TEST(a_settle_needs_no_reservation)
{
	h = fix_open("r2");
	ck_assert_int_eq(fix_charge(&h, 1, 77).end, SETTLE_OK);
	expect_all(77, 200, 0);
	h.attempts = 1;
	ck_assert_int_eq(attempt(2, 3).end, SETTLE_OK);
	expect_all(80, 200, 0);
	ck_assert_int_eq(attempt(2, 3).end, SETTLE_AGAIN);
	ck_assert_int_eq(in_open(), 1);
	fix_expect_live(1);
}
END_TEST

START_TEST(unknown_without_a_reservation_holds_what_was_at_stake)
{
	h = fix_open("r2");
	ck_assert_int_eq(unknown(1, 90, true).end, SETTLE_OK);
	expect_all(0, 200, 90);
	expect_state("X");
	ck_assert_int_eq(fix_int("TTL sr:1:{o:acme}:res:r2"), -1);
	ck_assert_int_eq(in_suspense(), 1);
	ck_assert_int_eq(attempt(1, 40).end, SETTLE_OK);
	expect_all(40, 200, 0);
	expect_state("F");
}
END_TEST

START_TEST(unknown_after_the_end_wakes_the_reservation)
{
	fix_charge(&h, 1, 10);
	ck_assert_int_eq(unknown(2, 90, false).end, SETTLE_OK);
	expect_all(10, 0, 90);
	expect_state("X");
	ck_assert_int_eq(fix_int("TTL sr:1:{o:acme}:res:r1"), -1);
	ck_assert_int_eq(in_suspense(), 1);
}
END_TEST

/* a counter that a settle begins gets its end as well */
START_TEST(a_counter_begun_by_a_settle_ends)
{
	struct period_span span;

	fix.store.test_now_us += 2 * DAY;
	h = fix_open("r2");
	period_span(PERIOD_day, fix.store.test_now_us, &span);
	ck_assert_int_eq(_i ? unknown(1, 5, true).end : fix_charge(&h, 1, 5).end, SETTLE_OK);
	ck_assert_int_eq(fix_int("EXPIRETIME sr:1:{o:acme}:budget:key:k1:%s", span.id),
			 (span.end_us + 40 * DAY) / SECOND);
}
END_TEST

START_TEST(too_old_to_know)
{
	int64_t issued = T0;

	h = fix_open("r2");
	fix.store.test_now_us = issued + fix.store.tombstone_ms * 1000;
	ck_assert_int_eq(fix_charge(&h, 1, 5).end, SETTLE_OK);
	h = fix_open("r3");
	h.issued_us = issued;
	fix.store.test_now_us++;
	ck_assert_int_eq(fix_charge(&h, 1, 5).end, SETTLE_OLD);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:res:r3"), 0);
	ck_assert_int_eq(unknown(1, 5, true).end, SETTLE_OLD);
	/* but one that is there is settled at any age */
	h = fix_open("r1");
	h.issued_us = issued;
	ck_assert_int_eq(fix_charge(&h, 1, 9).end, SETTLE_OK);
}
END_TEST

START_TEST(it_is_charged_in_the_period_of_admit)
{
	fix.store.test_now_us += 40 * DAY;
	ck_assert_int_eq(fix_charge(&h, 1, 150).end, SETTLE_OK);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 0, 0);
	fix_expect_budget(SCOPE_org, PERIOD_total, 150, 0, 0);
	fix.store.test_now_us = T0;
	expect_all(150, 0, 0);
}
END_TEST

/* --- besides money --- */

static int64_t tpm_left(void)
{
	struct plan small = fix_plan(fix_candidate(0, 0, 0, 0));
	struct held other = fix_open("probe");
	struct verdict v;

	small.candidates[0].input_bound = 0;
	v = fix_admit(&other, &small);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	fix_int("DEL sr:1:{o:acme}:res:probe");
	return v.rate[RATE_tpm].remaining;
}

START_TEST(token_rates_are_corrected_at_the_end)
{
	static const int64_t used[] = { 12, 30, 45, 0, -1 }, left[] = { 988, 970, 955, 1000, 970 };
	struct charge c = { .attempt = 1, .final = true, .tokens_used = used[_i] };

	ck_assert_int_eq(tpm_left(), 970);
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_OK);
	ck_assert_int_eq(tpm_left(), left[_i]);
	fix_settle(&h, c);
	ck_assert_int_eq(tpm_left(), left[_i]);
}
END_TEST

/* 1000 tokens a minute: after 30 s the 30 tokens have drained, and there is nothing to give back */
START_TEST(a_correction_never_gives_more_than_was_taken)
{
	fix.store.test_now_us += 30 * SECOND;
	fix_settle(&h, (struct charge){ .attempt = 1, .final = true, .tokens_used = 0 });
	ck_assert_int_eq(tpm_left(), 1000);
}
END_TEST

/* a vendor may say that it counted anything */
START_TEST(a_correction_fills_the_minute_at_most)
{
	static const int64_t used[] = { 1100, 1000000, 1000000000000000 };

	fix_settle(&h, (struct charge){ .attempt = 1, .final = true, .tokens_used = used[_i] });
	ck_assert_int_eq(tpm_left(), 0);
	fix.store.test_now_us += 30 * SECOND;
	ck_assert_int_eq(tpm_left(), 500);
}
END_TEST

START_TEST(a_deleted_record_stays_deleted)
{
	fix_int("DEL sr:1:{o:acme}:key:k1");
	ck_assert_int_eq(fix_charge(&h, 1, 5).end, SETTLE_OK);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:key:k1"), 0);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:org live"), 0);
}
END_TEST

START_TEST(renew_moves_the_deadline_forward_only)
{
	fix.store.test_now_us += 10 * SECOND;
	books_renew(&fix.store, &h);
	fix_expire("none", &(int64_t){ 0 }); /* an answer that comes after renew's */
	ck_assert_int_eq(fix_int("ZSCORE sr:1:{o:acme}:open r1"), T0 + 10 * SECOND + TTL_MS * 1000);
	fix.store.test_now_us -= 5 * SECOND;
	books_renew(&fix.store, &h);
	fix_expire("none", &(int64_t){ 0 });
	ck_assert_int_eq(fix_int("ZSCORE sr:1:{o:acme}:open r1"), T0 + 10 * SECOND + TTL_MS * 1000);
	fix_charge(&h, 1, 0);
	books_renew(&fix.store, &h);
	fix_expire("none", &(int64_t){ 0 });
	ck_assert_int_eq(in_open(), 0);
}
END_TEST

static const char *const touched[] = { "res:r1",          "open",    "suspense",
				       "ledger",          "team:t1", "budget:org:acme:t",
				       "rate:team:t1:tpm" };

START_TEST(a_key_of_a_wrong_type_changes_nothing)
{
	struct charge c = { .attempt = 1, .cost_nanos = 10, .final = true, .tokens_used = 12 };
	char dump[64];

	fix_int("DEL sr:1:{o:acme}:%s", touched[_i]);
	fix_int("LPUSH sr:1:{o:acme}:%s x", touched[_i]);
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_REFUSED);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

Suite *suite_settle(void)
{
	Suite *s = suite_create("settle");
	TCase *t = tcase_create("settle");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, a_charge_gives_back_the_rest);
	tcase_add_test(t, exactly_what_was_reserved);
	tcase_add_test(t, the_truth_is_charged_even_when_it_was_dearer);
	tcase_add_test(t, the_same_charge_counts_once);
	tcase_add_test(t, an_attempt_that_is_not_the_last_leaves_the_request_open);
	tcase_add_test(t, a_repeated_charge_may_still_end_the_request);
	tcase_add_test(t, an_end_without_an_attempt);
	tcase_add_test(t, attempts_at_once_are_charged_each);
	tcase_add_test(t, what_is_open_when_the_request_ends_goes_to_suspense);
	tcase_add_test(t, unknown_goes_to_suspense_at_once);
	tcase_add_test(t, each_attempt_knows_when_it_went_to_suspense);
	tcase_add_loop_test(t, an_estimate_is_corrected_once, 0, 2);
	tcase_add_test(t, an_estimate_can_be_corrected_for_forty_days);
	tcase_add_test(t, a_settle_before_its_admit_refuses_it);
	tcase_add_test(t, a_settle_needs_no_reservation);
	tcase_add_test(t, unknown_without_a_reservation_holds_what_was_at_stake);
	tcase_add_test(t, unknown_after_the_end_wakes_the_reservation);
	tcase_add_loop_test(t, a_counter_begun_by_a_settle_ends, 0, 2);
	tcase_add_test(t, too_old_to_know);
	tcase_add_test(t, it_is_charged_in_the_period_of_admit);
	tcase_add_loop_test(t, token_rates_are_corrected_at_the_end, 0, 5);
	tcase_add_test(t, a_correction_never_gives_more_than_was_taken);
	tcase_add_loop_test(t, a_correction_fills_the_minute_at_most, 0, 3);
	tcase_add_test(t, a_deleted_record_stays_deleted);
	tcase_add_test(t, renew_moves_the_deadline_forward_only);
	tcase_add_loop_test(t, a_key_of_a_wrong_type_changes_nothing, 0, (int)COUNT_OF(touched));
	suite_add_tcase(s, t);
	return s;
}
