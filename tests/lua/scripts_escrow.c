/* scripts_escrow.c -- escrow_hold.lua through books_hold(), and what settle takes from a slice. */
#include "core/walk.h"
#include "lua/fixture.h"

static struct held slice;
static struct hold_ask ask;

/* budgets of all scopes, 10,000 of the tightest; a slice of at most a tenth of what is free */
static void setup(void)
{
	fix_setup();
	fix_limit(SCOPE_key, "budget:day", "10000");
	fix_limit(SCOPE_team, "budget:week", "50000");
	fix_limit(SCOPE_org, "budget:total", "50000");
	slice = fix_open("s1");
	ask = (struct hold_ask){ .wanted = 500, .share_ppm = 100000, .least = 10 };
}

struct answered {
	struct hold_answer a;
	bool done;
};

static void on_answer(void *who, const struct hold_answer *a)
{
	struct answered *w = who;

	w->a = *a;
	w->done = true;
}

/* the next call, or the same again when ask.call was set back */
static struct hold_answer hold(void)
{
	struct answered w = { .done = false };

	ask.call++;
	books_hold(&fix.store, &slice, &ask, on_answer, &w);
	fix_await(&w.done);
	return w.a;
}

static void expect_all(int64_t spent, int64_t reserved, int64_t suspense)
{
	fix_expect_budget(SCOPE_key, PERIOD_day, spent, reserved, suspense);
	fix_expect_budget(SCOPE_team, PERIOD_week, spent, reserved, suspense);
	fix_expect_budget(SCOPE_org, PERIOD_total, spent, reserved, suspense);
}

static void expect_slice(int64_t given, int64_t left)
{
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:res:s1 given"), given);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:res:s1 r1"), left);
}

/* of a request that Redis was not asked about */
static struct settled draw(const char *rid, int64_t cost, bool unknown)
{
	struct held h = fix_open(rid);
	struct charge c = { .attempt = 1,
			    .cost_nanos = cost,
			    .unknown = unknown,
			    .final = true,
			    .tokens_used = 5 };

	str_copy(c.escrow, sizeof(c.escrow), str_of(slice.rid));
	return fix_settle(&h, c);
}

START_TEST(a_slice_is_reserved_in_every_budget)
{
	struct hold_answer a = hold();

	ck_assert_int_eq(a.kind, VERDICT_OK);
	ck_assert_int_eq(a.given, 500);
	ck_assert_int_eq(a.due, 500);
	ck_assert_int_eq(a.now_us, T0);
	expect_all(0, 500, 0);
	expect_slice(500, 500);
	fix_expect_live(0);
	ck_assert_int_eq(fix_int("ZSCORE sr:1:{o:acme}:open s1"), T0 + TTL_MS * 1000);
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:s1 st"), "O");
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:s1 budgets"),
			 "key:d20961002 team:w2096W40 org:t");
}
END_TEST

START_TEST(it_is_at_most_a_share_of_what_is_free)
{
	ask.wanted = 5000;
	ck_assert_int_eq(hold().given, 1000);
	ck_assert_int_eq(hold().given, 1000); /* its own money counts as free */
	expect_all(0, 1000, 0);
}
END_TEST

START_TEST(a_share_that_pays_for_nothing_is_none)
{
	ask.wanted = 5000;
	ask.least = 1001;
	ck_assert_int_eq(hold().given, 0);
	expect_all(0, 0, 0);
}
END_TEST

START_TEST(what_is_counted_on_stays_until_it_is_not)
{
	ask.wanted = 1000;
	ask.kept = hold().given;
	ask.wanted = 200;
	ck_assert_int_eq(hold().given, 1000);
	ck_assert_int_eq(hold().due, 200);
	expect_all(0, 1000, 0);
	ask.kept = 200;
	ck_assert_int_eq(hold().given, 200);
	expect_all(0, 200, 0);
	expect_slice(200, 200);
}
END_TEST

START_TEST(what_was_used_is_given_again)
{
	ask.kept = hold().given;
	ask.used = 300;
	ck_assert_int_eq(hold().given, 800);
	expect_all(0, 800, 0);
	ck_assert_int_eq(draw("r1", 300, false).end, SETTLE_OK);
	expect_all(300, 500, 0);
	expect_slice(800, 500);
}
END_TEST

START_TEST(a_call_that_comes_late_does_nothing)
{
	hold();
	hold();
	ask.call = 0;
	ask.wanted = 100;
	ck_assert_int_eq(hold().kind, VERDICT_LATE);
	expect_all(0, 500, 0);
}
END_TEST

START_TEST(a_record_that_changed_makes_none)
{
	static const char *const statuses[] = { "active", "blocked" };

	fix_limit(SCOPE_team, "status", statuses[_i]);
	if (_i)
		slice = fix_open("s1");
	ck_assert_int_eq(hold().kind, _i ? VERDICT_BLOCKED : VERDICT_STALE);
	expect_all(0, 0, 0);
}
END_TEST

START_TEST(a_period_that_is_over_makes_none)
{
	fix.store.test_now_us = T0 + DAY;
	ck_assert_int_eq(hold().kind, VERDICT_PERIOD);
}
END_TEST

START_TEST(given_back_it_leaves_nothing)
{
	hold();
	ck_assert_int_eq(fix_charge(&slice, 1, 0).end, SETTLE_OK);
	expect_all(0, 0, 0);
	fix_expect_live(0);
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:open"), 0);
	ck_assert_int_eq(hold().kind, VERDICT_DONE);
	expect_all(0, 0, 0);
}
END_TEST

START_TEST(a_settle_takes_from_the_slice_once)
{
	hold();
	ck_assert_int_eq(draw("r1", 120, false).end, SETTLE_OK);
	expect_all(120, 380, 0);
	expect_slice(500, 380);
	ck_assert_int_eq(draw("r1", 120, false).end, SETTLE_AGAIN);
	expect_all(120, 380, 0);
	expect_slice(500, 380);
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:r1 f1"), "s1");
	fix_expect_live(0);
}
END_TEST

START_TEST(an_unknown_cost_goes_from_the_slice_to_suspense)
{
	hold();
	draw("r1", 200, true);
	expect_all(0, 300, 200);
	expect_slice(500, 300);
	draw("r1", 90, false); /* now it is known */
	expect_all(90, 300, 0);
	expect_slice(500, 300);
}
END_TEST

START_TEST(a_bill_above_the_slice_is_charged_whole)
{
	hold();
	draw("r1", 700, false);
	expect_all(700, 0, 0);
	fix_charge(&slice, 1, 0);
	expect_all(700, 0, 0);
}
END_TEST

START_TEST(a_slice_in_suspense_pays_all_the_same)
{
	int64_t nanos;

	hold();
	fix.store.test_now_us = T0 + TTL_MS * 1000;
	ck_assert_int_eq(fix_expire("s1", &nanos), EXPIRE_OK);
	expect_all(0, 0, 500);
	fix_expect_live(0);
	draw("r1", 120, false);
	expect_all(120, 0, 380);
	fix_charge(&slice, 1, 0);
	expect_all(120, 0, 0);
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:suspense"), 0);
}
END_TEST

/* periods of the slice and of the request differ: what it holds is not where the charge goes */
START_TEST(other_budgets_are_not_paid_for)
{
	hold();
	fix.store.test_now_us = T0 + DAY;
	draw("r1", 120, false);
	fix_expect_budget(SCOPE_key, PERIOD_day, 120, 0, 0);
	expect_slice(500, 500);
}
END_TEST

START_TEST(nothing_was_reserved_and_it_is_charged)
{
	str_copy(slice.rid, sizeof(slice.rid), STR(ESCROW_NONE));
	ck_assert_int_eq(draw("r1", 120, false).end, SETTLE_OK);
	expect_all(120, 0, 0);
}
END_TEST

/* a Redis that was away for long: the charge is not too old, and is remembered as long */
START_TEST(it_is_settled_whenever_redis_is_back)
{
	struct held h = fix_open("r1");
	struct charge c = { .attempt = 1, .cost_nanos = 7, .final = true, .tokens_used = 5 };
	int64_t later = T0 + fix.store.tombstone_ms * 1000 + SECOND;

	hold();
	str_copy(c.escrow, sizeof(c.escrow), str_of(slice.rid));
	fix.store.test_now_us = later;
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_OK);
	expect_all(7, 493, 0);
	ck_assert_int_eq(fix_int("PEXPIRETIME sr:1:{o:acme}:res:r1"),
			 later / 1000 + 40 * DAY / 1000);
}
END_TEST

/* --- after a failover --- */

static void as_holder(const char *name, const char *history)
{
	fix.store.grace_us = 2 * SECOND;
	fix.store.loss_window_us = 60 * SECOND;
	str_copy(fix.store.worker, sizeof(fix.store.worker), str_of(name));
	fix.store.test_history = history;
}

START_TEST(a_new_history_gives_no_new_money_for_the_grace)
{
	as_holder("gw-1-e", "run1.-1");
	ck_assert_int_eq(hold().kind, VERDICT_OK);
	as_holder("gw-2-e", "run2.77");
	slice = fix_open("s2");
	ck_assert_int_eq(hold().kind, VERDICT_BARRIER);
	expect_all(0, 500, 0);
	fix.store.test_now_us += 2 * SECOND;
	ck_assert_int_eq(hold().kind, VERDICT_OK);
}
END_TEST

START_TEST(what_is_counted_on_is_given_again_behind_the_barrier)
{
	static const char *const budgets[] = { "key:k1:d20961002", "team:t1:w2096W40",
					       "org:acme:t" };

	as_holder("gw-1-e", "run1.-1");
	ask.kept = hold().given;
	fix_int("DEL sr:1:{o:acme}:res:s1");
	for (size_t i = 0; i < COUNT_OF(budgets); i++)
		fix_int("HSET sr:1:{o:acme}:budget:%s reserved 0", budgets[i]);
	as_holder("gw-1-e", "run2.77");
	ask.wanted = 900;
	ck_assert_int_eq(hold().given, 500);
	expect_all(0, 500, 0);
	fix.store.test_now_us += 2 * SECOND;
	ck_assert_int_eq(hold().given, 900);
}
END_TEST

START_TEST(who_has_slices_is_waited_for)
{
	as_holder("gw-1-e", "run1.-1");
	hold();
	as_holder("gw-2-e", "run2.77");
	slice = fix_open("s2");
	ck_assert_int_eq(hold().kind, VERDICT_BARRIER);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:history waiting"), 1);
}
END_TEST

/* --- the walk here and there --- */

static struct plan random_plan(struct rnd *r)
{
	struct plan plan = fix_plan(fix_candidate(rnd_below(r, 500), 1 + rnd_below(r, 9), 50, 20));

	for (uint32_t n = rnd_below(r, 3); n > 0; n--)
		fix_add(&plan, fix_candidate(rnd_below(r, 300), rnd_below(r, 9), 40,
					     1 + rnd_below(r, 40)));
	for (uint32_t i = 0; i < plan.n; i++)
		plan.candidates[i].output_picos += rnd_below(r, 1000);
	return plan;
}

START_TEST(without_redis_the_walk_is_the_same)
{
	struct rnd r = rnd_seed(11);

	for (int i = 0; i < 300; i++) {
		struct plan plan = random_plan(&r);
		int64_t free = 1 + rnd_below(&r, 900);
		struct walk_grant g;
		struct verdict v;
		struct held h;
		char text[24];

		snprintf(text, sizeof(text), "%lld", (long long)free);
		fix_limit(SCOPE_key, "budget:day", text);
		snprintf(text, sizeof(text), "w%d", i);
		h = fix_open(text);
		v = fix_admit(&h, &plan);
		ck_assert_int_eq(walk_choose(&plan, 0, free, &g), v.kind == VERDICT_OK);
		if (v.kind != VERDICT_OK)
			continue;
		ck_assert_uint_eq(g.chosen, v.chosen);
		ck_assert_int_eq(g.max_tokens, v.max_tokens);
		ck_assert_int_eq(g.cost_nanos, v.reserved_nanos);
		fix_charge(&h, 1, 0);
	}
}
END_TEST

Suite *suite_escrow(void)
{
	Suite *s = suite_create("escrow");
	TCase *t = tcase_create("escrow");

	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, a_slice_is_reserved_in_every_budget);
	tcase_add_test(t, it_is_at_most_a_share_of_what_is_free);
	tcase_add_test(t, a_share_that_pays_for_nothing_is_none);
	tcase_add_test(t, what_is_counted_on_stays_until_it_is_not);
	tcase_add_test(t, what_was_used_is_given_again);
	tcase_add_test(t, a_call_that_comes_late_does_nothing);
	tcase_add_loop_test(t, a_record_that_changed_makes_none, 0, 2);
	tcase_add_test(t, a_period_that_is_over_makes_none);
	tcase_add_test(t, given_back_it_leaves_nothing);
	tcase_add_test(t, a_settle_takes_from_the_slice_once);
	tcase_add_test(t, an_unknown_cost_goes_from_the_slice_to_suspense);
	tcase_add_test(t, a_bill_above_the_slice_is_charged_whole);
	tcase_add_test(t, a_slice_in_suspense_pays_all_the_same);
	tcase_add_test(t, other_budgets_are_not_paid_for);
	tcase_add_test(t, nothing_was_reserved_and_it_is_charged);
	tcase_add_test(t, it_is_settled_whenever_redis_is_back);
	tcase_add_test(t, a_new_history_gives_no_new_money_for_the_grace);
	tcase_add_test(t, what_is_counted_on_is_given_again_behind_the_barrier);
	tcase_add_test(t, who_has_slices_is_waited_for);
	tcase_add_test(t, without_redis_the_walk_is_the_same);
	suite_add_tcase(s, t);
	return s;
}
