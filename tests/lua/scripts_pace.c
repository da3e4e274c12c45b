/* scripts_pace.c -- what is paced, and what gateways learn of it: admit.lua and pace.lua. */
#include "lua/fixture.h"
#include "store/pace.h"

#define TOKEN fix_lease.token

struct names {
	bool done;
	size_t n;
	char first[RKEY_MAX];
};

static void on_names(void *who, bool ok, size_t n, const struct str *names)
{
	struct names *w = who;

	ck_assert(ok);
	w->n = n;
	if (n)
		str_copy(w->first, sizeof(w->first), names[0]);
	w->done = true;
}

static struct names listed(int64_t from, int64_t most)
{
	struct names w = { .done = false };

	paced_list(&fix.store, STR("acme"), from, most, on_names, &w);
	fix_await(&w.done);
	return w;
}

static struct paced budget_of(enum scope s, const char *id, enum period p)
{
	struct period_span span;
	struct paced budget;
	struct rkey key;

	period_span(p, fix.store.test_now_us, &span);
	ck_assert(paced_of(STR("acme"),
			   key_budget(&key, STR("acme"), s, str_of(id), str_of(span.id)), &budget));
	return budget;
}

struct written {
	bool done;
	enum pace_end end;
};

static void on_written(void *who, enum pace_end end)
{
	*(struct written *)who = (struct written){ true, end };
}

static enum pace_end write_pace(int64_t token, const struct paced *p, const struct pace *pace,
				int64_t micros)
{
	struct written w = { .done = false };
	struct lease lease = fix_lease;

	lease.token = token;
	pace_write(&fix.store, &lease, p, pace, micros, on_written, &w);
	fix_await(&w.done);
	return w.end;
}

static enum pace_end tell(enum scope s, const char *id, enum period p, int64_t micros)
{
	struct paced budget = budget_of(s, id, p);
	struct pace pace;

	pace_init(&pace);
	return write_pace(TOKEN, &budget, &pace, micros);
}

struct read {
	bool done;
	struct pace_seen seen;
	struct pace pace;
};

static void on_read(void *who, bool ok, const struct pace_seen *seen, const struct pace *pace)
{
	ck_assert(ok);
	*(struct read *)who = (struct read){ true, *seen, *pace };
}

static struct read read_pace(const struct paced *p)
{
	struct read r = { .done = false };

	pace_read(&fix.store, p, on_read, &r);
	fix_await(&r.done);
	return r;
}

static struct verdict admit(const char *rid)
{
	struct plan plan = fix_plan(fix_candidate(100, 0, 1, 1));
	struct held h = fix_open(rid);

	return fix_admit(&h, &plan);
}

/* --- what is paced --- */

START_TEST(a_budget_is_listed_with_its_first_request)
{
	struct names all;

	fix_limit(SCOPE_key, "budget:day", "1000");
	fix_limit(SCOPE_org, "budget:total", "1000"); /* has no end to last until */
	ck_assert_uint_eq(listed(0, 10).n, 0);
	ck_assert_int_eq(admit("r1").kind, VERDICT_OK);
	ck_assert_int_eq(admit("r2").kind, VERDICT_OK);
	all = listed(0, 10);
	ck_assert_uint_eq(all.n, 1);
	ck_assert_str_eq(all.first, "sr:1:{o:acme}:budget:key:k1:d20961002");
	ck_assert_int_eq(fix_int("HGET %s requests", all.first), 2);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:budget:org:acme:t requests"), 2);
	ck_assert_uint_eq(listed(1, 10).n, 0);
}
END_TEST

/* its counter may be there before: a late settle makes one */
START_TEST(a_counter_that_a_settle_made_is_listed_too)
{
	struct held h;

	fix_limit(SCOPE_key, "budget:day", "1000");
	h = fix_open("lost");
	ck_assert_int_eq(fix_charge(&h, 1, 10).end, SETTLE_OK);
	ck_assert_uint_eq(listed(0, 10).n, 0);
	ck_assert_int_eq(admit("r1").kind, VERDICT_OK);
	ck_assert_uint_eq(listed(0, 10).n, 1);
}
END_TEST

START_TEST(what_is_denied_or_asked_again_counts_no_request)
{
	struct plan plan = fix_plan(fix_candidate(600, 0, 1, 1));
	struct held h;

	fix_limit(SCOPE_key, "budget:day", "1000");
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	h = fix_open("r2");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_BUDGET);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:budget:key:k1:d20961002 requests"), 1);
}
END_TEST

START_TEST(a_list_of_a_wrong_type_admits_nothing)
{
	fix_limit(SCOPE_key, "budget:day", "1000");
	fix_text("SET sr:1:{o:acme}:paced x");
	ck_assert_int_eq(admit("r1").kind, VERDICT_NO_STORE);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 0, 0);
	fix_expect_live(0);
}
END_TEST

START_TEST(only_names_of_budgets_are_names)
{
	static const char *const bad[] = { "",
					   "x",
					   "sr:1:{o:acme}:budget:key:k1:",
					   "sr:1:{o:acme}:budget:key:k1:d20961332",
					   "sr:1:{o:acme}:budget:who:k1:d20961002",
					   "sr:1:{o:other}:budget:key:k1:d20961002",
					   "sr:1:{o:acme}:budget:key:k 1:d20961002",
					   "sr:1:{o:acme}:budget:key:k1:d20961002:x" };
	struct paced p;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		ck_assert_msg(!paced_of(STR("acme"), str_of(bad[i]), &p), "%s", bad[i]);
}
END_TEST

/* --- what it rests on --- */

START_TEST(all_of_it_is_read_as_it_was_written)
{
	struct paced budget;
	struct pace pace;
	struct read r;

	fix_limit(SCOPE_team, "budget:week", "5000");
	ck_assert_int_eq(admit("r1").kind, VERDICT_OK);
	budget = budget_of(SCOPE_team, "t1", PERIOD_week);
	for (size_t i = 0; i < sizeof(pace) / sizeof(int64_t); i++)
		((int64_t *)&pace)[i] = (int64_t)i * 1000003;
	pace.level = -17;
	pace.forecast.slot[3] = -1;
	pace.urgency = 0;
	ck_assert_int_eq(write_pace(TOKEN, &budget, &pace, 12300000), PACE_OK);
	r = read_pace(&budget);
	ck_assert_mem_eq(&r.pace, &pace, sizeof(pace));
	ck_assert_int_eq(r.seen.limit_nanos, 5000);
	ck_assert_int_eq(r.seen.reserved_nanos, 100);
	ck_assert_int_eq(r.seen.spent_nanos, 0);
	ck_assert_int_eq(r.seen.admitted, 1);
	ck_assert_int_eq(r.seen.live, 1);
	ck_assert_int_eq(r.seen.now_us, T0);
	ck_assert_int_eq(r.seen.end_us, budget.span.end_us);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:budget:team:t1:%s ahead", budget.span.id), 0);
	ck_assert_int_eq(fix_int("EXPIRETIME sr:1:{o:acme}:pace:team:t1:week"),
			 (budget.span.end_us + 40 * DAY) / SECOND);
}
END_TEST

START_TEST(what_makes_no_sense_is_learned_anew)
{
	struct paced budget;
	struct pace fresh;
	struct read r;

	fix_limit(SCOPE_key, "budget:day", "1000");
	ck_assert_int_eq(admit("r1").kind, VERDICT_OK);
	budget = budget_of(SCOPE_key, "k1", PERIOD_day);
	pace_init(&fresh);
	fix_int("HSET sr:1:{o:acme}:pace:key:k1:day level 5 slots nonsense");
	r = read_pace(&budget);
	ck_assert_mem_eq(&r.pace, &fresh, sizeof(fresh));
}
END_TEST

START_TEST(an_old_leader_writes_nothing)
{
	struct paced budget;
	struct pace pace;

	pace_init(&pace);
	fix_limit(SCOPE_key, "budget:day", "1000");
	ck_assert_int_eq(admit("r1").kind, VERDICT_OK);
	budget = budget_of(SCOPE_key, "k1", PERIOD_day);
	ck_assert_int_eq(write_pace(TOKEN, &budget, &pace, 5), PACE_OK);
	ck_assert_int_eq(write_pace(TOKEN - 1, &budget, &pace, 6), PACE_FENCED);
	ck_assert_int_eq(admit("r2").pace_micros, 5);
	ck_assert_int_eq(write_pace(TOKEN + 1, &budget, &pace, 6), PACE_OK);
	ck_assert_int_eq(admit("r3").pace_micros, 6);
}
END_TEST

/* or it would be a counter without an end */
START_TEST(a_counter_that_is_gone_is_not_made)
{
	fix_limit(SCOPE_key, "budget:day", "1000");
	ck_assert_int_eq(tell(SCOPE_key, "k1", PERIOD_day, 5), PACE_GONE);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:budget:key:k1:d20961002"), 0);
	ck_assert_int_eq(fix_int("EXISTS sr:1:{o:acme}:pace:key:k1:day"), 0);
}
END_TEST

/* --- what gateways learn --- */

START_TEST(admission_tells_the_largest_pace)
{
	ck_assert_int_eq(admit("r0").pace_micros, -1);
	fix_limit(SCOPE_key, "budget:hour", "10000");
	fix_limit(SCOPE_team, "budget:day", "10000");
	fix_limit(SCOPE_org, "budget:month", "10000");
	ck_assert_int_eq(admit("r1").pace_micros, -1);
	ck_assert_int_eq(tell(SCOPE_team, "t1", PERIOD_day, 0), PACE_OK);
	ck_assert_int_eq(admit("r2").pace_micros, 0);
	ck_assert_int_eq(tell(SCOPE_org, "acme", PERIOD_month, 9000000000000000), PACE_OK);
	ck_assert_int_eq(tell(SCOPE_key, "k1", PERIOD_hour, 77), PACE_OK);
	ck_assert_int_eq(admit("r3").pace_micros, 9000000000000000);
	/* asked again it is not known, as it was not kept */
	ck_assert_int_eq(admit("r3").pace_micros, -1);
	fix_read_payer();
	ck_assert_int_eq(fix.payer.pace_micros, 9000000000000000);
}
END_TEST

START_TEST(a_payer_without_a_paced_budget_has_no_pace)
{
	ck_assert_int_eq(fix.payer.pace_micros, -1);
	fix_limit(SCOPE_key, "budget:hour", "10000");
	ck_assert_int_eq(admit("r1").kind, VERDICT_OK);
	ck_assert_int_eq(tell(SCOPE_key, "k1", PERIOD_hour, 77), PACE_OK);
	fix_read_payer();
	ck_assert_int_eq(fix.payer.pace_micros, 77);
	fix.store.test_now_us += HOUR; /* the leader has not told the new hour's yet */
	fix_read_payer();
	ck_assert_int_eq(fix.payer.pace_micros, -1);
}
END_TEST

Suite *suite_pace(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("pace");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_test(t, a_budget_is_listed_with_its_first_request);
	tcase_add_test(t, a_counter_that_a_settle_made_is_listed_too);
	tcase_add_test(t, what_is_denied_or_asked_again_counts_no_request);
	tcase_add_test(t, a_list_of_a_wrong_type_admits_nothing);
	tcase_add_test(t, only_names_of_budgets_are_names);
	tcase_add_test(t, all_of_it_is_read_as_it_was_written);
	tcase_add_test(t, what_makes_no_sense_is_learned_anew);
	tcase_add_test(t, an_old_leader_writes_nothing);
	tcase_add_test(t, a_counter_that_is_gone_is_not_made);
	tcase_add_test(t, admission_tells_the_largest_pace);
	tcase_add_test(t, a_payer_without_a_paced_budget_has_no_pace);
	suite_add_tcase(s, t);
	return s;
}
