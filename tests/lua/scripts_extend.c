/* scripts_extend.c -- extend.lua through books_extend(). */
#include "lua/fixture.h"

static struct plan plan;
static struct held h;

/* a day's budget of 1000, of which the first attempt holds 200 */
static void setup(void)
{
	fix_setup();
	fix_limit(SCOPE_key, "budget:day", "1000");
	plan = fix_plan(fix_candidate(100, 5, 20, 20));
	fix_add(&plan, fix_candidate(0, 10, 50, 10));
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}

START_TEST(another_attempt_is_reserved_besides)
{
	struct verdict v = fix_extend(&h, &plan, 1);

	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.attempt, 2);
	ck_assert_uint_eq(v.chosen, 1);
	ck_assert_int_eq(v.max_tokens, 50);
	ck_assert_int_eq(v.reserved_nanos, 500);
	ck_assert_int_eq(v.left_nanos, 300);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 700, 0);
	fix_expect_live(1);
	v = fix_extend(&h, &plan, 0);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.attempt, 3);
	ck_assert_uint_eq(v.chosen, 0);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 900, 0);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:res:r1 n"), 3);
}
END_TEST

START_TEST(it_walks_and_clamps_and_says_no)
{
	struct verdict v = fix_extend(&h, &plan, 1);

	ck_assert_int_eq(v.kind, VERDICT_OK);
	v = fix_extend(&h, &plan, 1);
	ck_assert_int_eq(v.kind, VERDICT_OK);
	ck_assert_int_eq(v.max_tokens, 30);
	ck_assert_int_eq(v.reserved_nanos, 300);
	ck_assert_int_eq(v.left_nanos, 0);
	v = fix_extend(&h, &plan, 0);
	ck_assert_int_eq(v.kind, VERDICT_BUDGET);
	ck_assert_int_eq(v.scope, SCOPE_key);
	ck_assert_int_eq(v.period, PERIOD_day);
	ck_assert_int_eq(v.limit, 1000);
	ck_assert_int_eq(v.free_nanos, 0);
	ck_assert_int_eq(v.free_later_nanos, 1000);
	ck_assert_int_eq(v.needed_nanos, 100);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 1000, 0);
}
END_TEST

START_TEST(the_same_attempt_reserves_once)
{
	struct verdict first = fix_extend(&h, &plan, 1), again;
	char dump[64];

	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	h.attempts = 1;
	again = fix_extend(&h, &plan, 1);
	ck_assert_mem_eq(&first, &again, sizeof(first));
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

START_TEST(a_late_call_does_nothing)
{
	fix.store.admit_window_us = -1;
	ck_assert_int_eq(fix_extend(&h, &plan, 1).kind, VERDICT_LATE);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 200, 0);
}
END_TEST

START_TEST(a_blocked_or_deleted_scope_gets_no_more)
{
	static const char *const keys[] = { "org", "team:t1", "key:k1" };
	struct verdict v;

	fix_limit((enum scope)_i, "status", "blocked");
	v = fix_extend(&h, &plan, 1);
	ck_assert_int_eq(v.kind, VERDICT_BLOCKED);
	ck_assert_int_eq(v.scope, _i);
	fix_int("DEL sr:1:{o:acme}:%s", keys[_i]);
	v = fix_extend(&h, &plan, 1);
	ck_assert_int_eq(v.kind, VERDICT_BLOCKED);
	ck_assert_int_eq(v.scope, _i);
}
END_TEST

START_TEST(an_ended_request_gets_no_more)
{
	ck_assert_int_eq(fix_charge(&h, 1, 10).end, SETTLE_OK);
	ck_assert_int_eq(fix_extend(&h, &plan, 1).kind, VERDICT_DONE);
	fix_expect_budget(SCOPE_key, PERIOD_day, 10, 0, 0);
}
END_TEST

START_TEST(an_expired_request_gets_no_more)
{
	int64_t nanos;

	fix.store.test_now_us += TTL_MS * 1000;
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_OK);
	ck_assert_int_eq(fix_extend(&h, &plan, 1).kind, VERDICT_DONE);
}
END_TEST

START_TEST(an_unknown_request_gets_nothing)
{
	struct held other = fix_open("r2");

	other.attempts = 1;
	ck_assert_int_eq(fix_extend(&other, &plan, 1).kind, VERDICT_DONE);
}
END_TEST

/* the gateway gave the attempt up before Redis had answered: what comes late must not reserve */
START_TEST(a_settle_before_its_extend_refuses_it)
{
	struct charge gone = {
		.attempt = 2, .unknown = _i, .cost_nanos = _i ? 70 : 0, .tokens_used = -1
	};

	ck_assert_int_eq(fix_settle(&h, gone).end, SETTLE_OK);
	ck_assert_int_eq(fix_extend(&h, &plan, 1).kind, VERDICT_DONE);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 200, _i ? 70 : 0);
}
END_TEST

START_TEST(limits_changed_since_admit_count)
{
	fix_limit(SCOPE_key, "budget:day", "699");
	ck_assert_int_eq(fix_extend(&h, &plan, 1).max_tokens, 49);
	fix_limit(SCOPE_key, "budget:day", NULL); /* no limit any more */
	ck_assert_int_eq(fix_extend(&h, &plan, 1).left_nanos, -1);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 200 + 490 + 500, 0);
}
END_TEST

START_TEST(it_is_reserved_in_the_period_of_admit)
{
	int64_t midnight = T0 - T0 % DAY + DAY;

	fix.store.test_now_us = midnight;
	ck_assert_int_eq(fix_extend(&h, &plan, 1).kind, VERDICT_OK);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 0, 0);
	fix.store.test_now_us = T0;
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 700, 0);
}
END_TEST

static const char *const touched[] = { "res:r1", "key:k1", "budget:key:k1:d20961002" };

START_TEST(a_key_of_a_wrong_type_changes_nothing)
{
	char dump[64];

	fix_int("DEL sr:1:{o:acme}:%s", touched[_i]);
	fix_int("LPUSH sr:1:{o:acme}:%s x", touched[_i]);
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(fix_extend(&h, &plan, 1).kind, VERDICT_NO_STORE);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

Suite *suite_extend(void)
{
	Suite *s = suite_create("extend");
	TCase *t = tcase_create("extend");

	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, another_attempt_is_reserved_besides);
	tcase_add_test(t, it_walks_and_clamps_and_says_no);
	tcase_add_test(t, the_same_attempt_reserves_once);
	tcase_add_test(t, a_late_call_does_nothing);
	tcase_add_loop_test(t, a_blocked_or_deleted_scope_gets_no_more, 0, SCOPE_COUNT);
	tcase_add_test(t, an_ended_request_gets_no_more);
	tcase_add_test(t, an_expired_request_gets_no_more);
	tcase_add_test(t, an_unknown_request_gets_nothing);
	tcase_add_loop_test(t, a_settle_before_its_extend_refuses_it, 0, 2);
	tcase_add_test(t, limits_changed_since_admit_count);
	tcase_add_test(t, it_is_reserved_in_the_period_of_admit);
	tcase_add_loop_test(t, a_key_of_a_wrong_type_changes_nothing, 0, (int)COUNT_OF(touched));
	suite_add_tcase(s, t);
	return s;
}
