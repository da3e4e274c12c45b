/* scripts_admit.c -- admit.lua through books_admit(): every answer, every edge. */
#include "lua/fixture.h"

START_TEST(without_limits_the_first_candidate_is_taken)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h = fix_open("r1");
	struct verdict v = fix_admit(&h, &plan);

	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.attempt, 1);
	ck_assert_int_eq(v.now_us, T0);
	ck_assert_uint_eq(v.chosen, 0);
	ck_assert_int_eq(v.max_tokens, 20);
	ck_assert_int_eq(v.reserved_nanos, 200);
	ck_assert_int_eq(v.left_nanos, -1);
	ck_assert_int_eq(v.rate[RATE_rpm].limit, -1);
	ck_assert_int_eq(v.rate[RATE_tpm].limit, -1);
	ck_assert_int_eq(h.attempts, 1);
	fix_expect_live(1);
	ck_assert_int_eq(fix_int("ZSCORE sr:1:{o:acme}:open r1"), T0 + TTL_MS * 1000);
}
END_TEST

START_TEST(the_reservation_says_where_the_money_is)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h;

	fix_limit(SCOPE_key, "budget:month", "1000");
	fix_limit(SCOPE_org, "budget:total", "5000");
	fix_limit(SCOPE_team, "tpm", "100");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
#define FIELD(name) fix_text("HGET sr:1:{o:acme}:res:r1 " name)
	ck_assert_str_eq(FIELD("st"), "O");
	ck_assert_str_eq(FIELD("n"), "1");
	ck_assert_str_eq(FIELD("s1"), "O");
	ck_assert_str_eq(FIELD("r1"), "200");
	ck_assert_str_eq(FIELD("budgets"), "key:m209610 org:t");
	ck_assert_str_eq(FIELD("rates"), "team:tpm");
	ck_assert_str_eq(FIELD("payer"), "t1 k1");
	ck_assert_str_eq(FIELD("tokens"), "30");
	ck_assert_str_eq(FIELD("owner"), "gw-1");
#undef FIELD
	ck_assert_int_eq(fix_int("TTL sr:1:{o:acme}:res:r1"), -1);
}
END_TEST

/* each scope, each period: what fits exactly is admitted, one nano-dollar more is not */
START_TEST(a_budget_is_exact)
{
	enum scope s = (enum scope)(_i / PERIOD_COUNT);
	enum period p = (enum period)(_i % PERIOD_COUNT);
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h, more;
	struct verdict v;

	fix_limit(s, limit_fields[p], "399");
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.left_nanos, 199);
	fix_expect_budget(s, p, 0, 200, 0);
	more = fix_open("r2");
	v = fix_admit(&more, &plan);
	ck_assert_int_eq(v.kind, VERDICT_BUDGET);
	ck_assert_int_eq(v.scope, s);
	ck_assert_int_eq(v.period, p);
	ck_assert_int_eq(v.limit, 399);
	ck_assert_int_eq(v.free_nanos, 199);
	ck_assert_int_eq(v.free_later_nanos, 399);
	ck_assert_int_eq(v.needed_nanos, 200);
	fix_expect_live(1);
	fix_expect_budget(s, p, 0, 200, 0);

	fix_limit(s, limit_fields[p], "400");
	more = fix_open("r2");
	v = fix_admit(&more, &plan);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.left_nanos, 0);
	fix_expect_budget(s, p, 0, 400, 0);
}
END_TEST

START_TEST(a_counter_ends_forty_days_after_its_period)
{
	struct plan plan = fix_plan(fix_candidate(1, 0, 1, 1));
	struct period_span span;
	struct held h;

	fix_limit(SCOPE_key, "budget:hour", "1000");
	fix_limit(SCOPE_key, "budget:total", "1000");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	period_span(PERIOD_hour, T0, &span);
	ck_assert_int_eq(fix_int("EXPIRETIME sr:1:{o:acme}:budget:key:k1:%s", span.id),
			 (span.end_us + 40 * DAY) / SECOND);
	ck_assert_int_eq(fix_int("EXPIRETIME sr:1:{o:acme}:budget:key:k1:t"), -1);
}
END_TEST

START_TEST(the_same_id_reserves_once)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h;
	struct verdict first, again;
	char dump[64];

	fix_limit(SCOPE_key, "budget:day", "1000");
	fix_limit(SCOPE_key, "rpm", "60");
	fix_limit(SCOPE_org, "tpm", "1000");
	h = fix_open("r1");
	first = fix_admit(&h, &plan);
	ck_assert_int_eq(first.kind, VERDICT_OK);
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	/* also when it comes late, and when the key was blocked meanwhile */
	fix.store.test_now_us += 5 * SECOND;
	again = fix_admit(&h, &plan);
	ck_assert_str_eq(dump, fix_dump());
	ck_assert_int_eq(again.now_us, T0 + 5 * SECOND);
	again.now_us = first.now_us;
	ck_assert_mem_eq(&first, &again, sizeof(first));
}
END_TEST

START_TEST(a_late_call_does_nothing)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h = fix_open("r1");
	struct verdict v;
	char dump[64];

	fix.store.admit_window_us = -1;
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_LATE);
	ck_assert_int_eq(v.now_us, T0);
	ck_assert_str_eq(dump, fix_dump());
	fix.store.admit_window_us = 0;
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

START_TEST(a_changed_record_makes_the_copy_stale)
{
	enum scope s = (enum scope)_i;
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h = fix_open("r1");
	struct verdict v;

	fix_limit(s, "policy", "other");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_STALE);
	ck_assert_int_eq(v.scope, s);
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

START_TEST(a_missing_record_makes_the_copy_stale)
{
	static const char *const keys[] = { "org", "team:t1", "key:k1" };
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h = fix_open("r1");
	struct verdict v;

	fix_int("DEL sr:1:{o:acme}:%s", keys[_i]);
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_STALE);
	ck_assert_int_eq(v.scope, _i);
}
END_TEST

START_TEST(a_blocked_scope_is_named)
{
	enum scope s = (enum scope)_i;
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct verdict v;
	struct held h;

	fix_limit(s, "status", "blocked");
	ck_assert(fix.payer.scope[s].blocked);
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_BLOCKED);
	ck_assert_int_eq(v.scope, s);
}
END_TEST

START_TEST(a_key_expires_at_its_instant)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h;
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)(T0 + 1));
	fix_limit(SCOPE_key, "expires", text);
	ck_assert_int_eq(fix.payer.expires_us, T0 + 1);
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix.store.test_now_us = T0 + 1;
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_EXPIRED);
	fix_limit(SCOPE_key, "expires", "0");
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

START_TEST(redis_clock_decides_about_the_period)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct period_span span;
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_team, "budget:hour", "1000");
	period_span(PERIOD_hour, T0, &span);
	h = fix_open("r1");
	fix.store.test_now_us = span.end_us;
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_PERIOD);
	ck_assert_int_eq(v.now_us, span.end_us);
	/* and a caller whose clock runs ahead */
	h = fix_open("r1");
	fix.store.test_now_us = span.end_us - 1;
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_PERIOD);
	/* the caller asks again with the time it was told */
	books_open(&h, STR("r1"), STR("gw-1"), &fix.payer, NULL, v.now_us, TTL_MS);
	fix.store.test_now_us = v.now_us;
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	fix_expect_budget(SCOPE_team, PERIOD_hour, 0, 200, 0);
}
END_TEST

START_TEST(a_new_period_has_a_new_budget)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h;

	fix_limit(SCOPE_key, "budget:day", "200");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_BUDGET);
	fix.store.test_now_us = T0 + DAY;
	h = fix_open("r3");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}
END_TEST

START_TEST(a_denied_request_leaves_no_trace)
{
	struct plan plan = fix_plan(fix_candidate(100, 5, 20, 20));
	struct held h;
	char dump[64];

	fix_limit(SCOPE_key, "rpm", "60");
	fix_limit(SCOPE_key, "tpm", "6000");
	fix_limit(SCOPE_org, "budget:month", "199");
	h = fix_open("r1");
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_BUDGET);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

/* --- the walk --- */

static const struct {
	const char *limit;
	enum verdict_kind kind;
	uint32_t chosen;
	int64_t tokens, reserved, needed;
} walks[] = {
	/* whole: the dear one at 1000, the middle at 520, the cheap at 150 */
	{ "1000", VERDICT_OK, 0, 90, 1000, 0 },
	{ "999", VERDICT_OK, 1, 100, 520, 0 }, /* not the dear one clamped */
	{ "520", VERDICT_OK, 1, 100, 520, 0 },
	{ "519", VERDICT_OK, 2, 50, 150, 0 },
	{ "150", VERDICT_OK, 2, 50, 150, 0 },
	/* now none fits whole; clamped, the dear one needs 100 + 10 * 4 */
	{ "149", VERDICT_OK, 0, 4, 140, 0 },
	{ "140", VERDICT_OK, 0, 4, 140, 0 },
	/* the middle one needs 20 + 5 * 20 */
	{ "139", VERDICT_OK, 1, 23, 135, 0 },
	{ "120", VERDICT_OK, 1, 20, 120, 0 },
	{ "119", VERDICT_BUDGET, 0, 0, 0, 120 },
	{ "0", VERDICT_BUDGET, 0, 0, 0, 120 },
};

START_TEST(the_first_that_fits_whole_then_the_first_that_fits_clamped)
{
	struct plan plan = fix_plan(fix_candidate(100, 10, 90, 4));
	struct verdict v;
	struct held h;

	fix_add(&plan, fix_candidate(20, 5, 100, 20));
	fix_add(&plan, fix_candidate(50, 2, 50, 50)); /* cannot be clamped */
	fix_limit(SCOPE_key, "budget:total", walks[_i].limit);
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, walks[_i].kind);
	ck_assert_uint_eq(v.chosen, walks[_i].chosen);
	ck_assert_int_eq(v.max_tokens, walks[_i].tokens);
	ck_assert_int_eq(v.reserved_nanos, walks[_i].reserved);
	ck_assert_int_eq(v.needed_nanos, walks[_i].needed);
}
END_TEST

/* prices with parts of a nano-dollar: clamping never goes over what is free, by any rounding */
START_TEST(clamping_is_exact_for_odd_prices)
{
	struct rnd r = rnd_seed(11);

	for (int i = 0; i < 300; i++) {
		int64_t picos = 1 + (int64_t)(rnd_u64(&r) % 9000000), fixed = rnd_below(&r, 1000);
		int64_t most = 1000000000, free = fixed + rnd_below(&r, 2000000000);
		struct plan plan = fix_plan((struct candidate){ .target = &fix.target,
								.fixed_nanos = fixed,
								.output_picos = picos,
								.max_tokens = most,
								.min_tokens = 1 });
		struct verdict v;
		struct held h;
		char text[24];

		snprintf(text, sizeof(text), "%lld", (long long)free);
		fix_limit(SCOPE_key, "budget:total", text);
		snprintf(text, sizeof(text), "r%d", i);
		h = fix_open(text);
		v = fix_admit(&h, &plan);
		if (v.kind != VERDICT_OK) {
			ck_assert_int_gt(fixed + (picos + 999) / 1000, free);
			continue;
		}
		ck_assert_int_le(v.reserved_nanos, free);
		ck_assert_int_eq(v.reserved_nanos, fixed + (picos * v.max_tokens + 999) / 1000);
		/* one token more would not have fitted */
		ck_assert(v.max_tokens == most ||
			  fixed + (picos * (v.max_tokens + 1) + 999) / 1000 > free);
		ck_assert_int_eq(fix_charge(&h, 1, 0).end, SETTLE_OK);
	}
}
END_TEST

START_TEST(the_dearest_figures_do_not_break_it)
{
	struct plan plan = fix_plan((struct candidate){ .target = &fix.target,
							.fixed_nanos = MONEY_MAX,
							.output_picos = 1000000000000LL,
							.max_tokens = 1000000000,
							.min_tokens = 1,
							.input_bound = 1 });
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_key, "budget:total", "9000000000000000");
	h = fix_open("r1");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.reserved_nanos, MONEY_MAX);
	fix_expect_budget(SCOPE_key, PERIOD_total, 0, MONEY_MAX, 0);
	h = fix_open("r2");
	plan = fix_plan(fix_candidate(1, 0, 1, 1));
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_BUDGET);
}
END_TEST

/* where several budgets are in the way, the one that no waiting helps is named */
START_TEST(the_budget_that_no_waiting_helps_is_named)
{
	struct plan plan = fix_plan(fix_candidate(100, 0, 1, 1));
	struct verdict v;
	struct held h;

	fix_limit(SCOPE_key, "budget:hour", "100");
	fix_limit(SCOPE_org, "budget:total", "150");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	/* the key has 0 now and 100 later, the org 50 now and 150 later */
	h = fix_open("r2");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.kind, VERDICT_BUDGET);
	ck_assert_int_eq(v.scope, SCOPE_key);
	ck_assert_int_eq(v.free_nanos, 0);
	ck_assert_int_eq(v.free_later_nanos, 100);
	/* when 60 of them were spent, the org will have 90 and never 100 */
	h = fix_open("r1");
	ck_assert_int_eq(fix_charge(&h, 1, 60).end, SETTLE_OK);
	fix_limit(SCOPE_key, "budget:hour", "150");
	h = fix_open("r2");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.scope, SCOPE_key); /* 90 as well: the innermost */
	fix_limit(SCOPE_key, "budget:hour", "155");
	h = fix_open("r2");
	v = fix_admit(&h, &plan);
	ck_assert_int_eq(v.scope, SCOPE_org);
	ck_assert_int_eq(v.free_nanos, 90);
}
END_TEST

START_TEST(a_budget_of_any_scope_can_be_in_the_way)
{
	struct plan plan = fix_plan(fix_candidate(100, 0, 1, 1));
	struct held h;

	fix_limit(SCOPE_key, "budget:day", "1000");
	fix_limit(SCOPE_team, "budget:day", "1000");
	fix_limit(SCOPE_org, "budget:day", "1000");
	fix_limit((enum scope)_i, "budget:week", "99");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).scope, _i);
	ck_assert_int_eq(fix_admit(&h, &plan).period, PERIOD_week);
}
END_TEST

/* --- what should not be --- */

static const char *const touched[] = { "res:r1", "open", "key:k1", "budget:key:k1:t",
				       "rate:key:k1:rpm" };

START_TEST(a_key_of_a_wrong_type_changes_nothing)
{
	struct plan plan = fix_plan(fix_candidate(100, 0, 1, 1));
	struct held h;
	char dump[64];

	fix_limit(SCOPE_key, "budget:total", "1000");
	fix_limit(SCOPE_team, "budget:total", "1000");
	fix_limit(SCOPE_key, "rpm", "10");
	fix_int("DEL sr:1:{o:acme}:%s", touched[_i]);
	fix_int("LPUSH sr:1:{o:acme}:%s x", touched[_i]);
	h = fix_open("r1");
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_NO_STORE);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

Suite *suite_admit(void)
{
	Suite *s = suite_create("admit");
	TCase *t = tcase_create("admit");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_test(t, without_limits_the_first_candidate_is_taken);
	tcase_add_test(t, the_reservation_says_where_the_money_is);
	tcase_add_loop_test(t, a_budget_is_exact, 0, SCOPE_COUNT * PERIOD_COUNT);
	tcase_add_test(t, a_counter_ends_forty_days_after_its_period);
	tcase_add_test(t, the_same_id_reserves_once);
	tcase_add_test(t, a_late_call_does_nothing);
	tcase_add_loop_test(t, a_changed_record_makes_the_copy_stale, 0, SCOPE_COUNT);
	tcase_add_loop_test(t, a_missing_record_makes_the_copy_stale, 0, SCOPE_COUNT);
	tcase_add_loop_test(t, a_blocked_scope_is_named, 0, SCOPE_COUNT);
	tcase_add_test(t, a_key_expires_at_its_instant);
	tcase_add_test(t, redis_clock_decides_about_the_period);
	tcase_add_test(t, a_new_period_has_a_new_budget);
	tcase_add_test(t, a_denied_request_leaves_no_trace);
	tcase_add_loop_test(t, the_first_that_fits_whole_then_the_first_that_fits_clamped, 0,
			    (int)COUNT_OF(walks));
	tcase_add_test(t, clamping_is_exact_for_odd_prices);
	tcase_add_test(t, the_dearest_figures_do_not_break_it);
	tcase_add_test(t, the_budget_that_no_waiting_helps_is_named);
	tcase_add_loop_test(t, a_budget_of_any_scope_can_be_in_the_way, 0, SCOPE_COUNT);
	tcase_add_loop_test(t, a_key_of_a_wrong_type_changes_nothing, 0, (int)COUNT_OF(touched));
	suite_add_tcase(s, t);
	return s;
}
