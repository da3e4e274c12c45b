/* scripts_expire.c -- expire.lua, and reading reservations and their indexes. */
#include "lua/fixture.h"

static struct plan plan;
static struct held h;

static void setup(void)
{
	fix_setup();
	fix_limit(SCOPE_key, "budget:day", "10000");
	fix_limit(SCOPE_team, "budget:month", "10000");
	fix_limit(SCOPE_team, "tpm", "1000");
	plan = fix_plan(fix_candidate(100, 5, 20, 20));
	h = fix_open("r1");
	ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
}

static void expect_all(int64_t spent, int64_t reserved, int64_t suspense)
{
	fix_expect_budget(SCOPE_key, PERIOD_day, spent, reserved, suspense);
	fix_expect_budget(SCOPE_team, PERIOD_month, spent, reserved, suspense);
}

START_TEST(not_before_its_deadline)
{
	int64_t nanos = -1;

	fix.store.test_now_us = T0 + TTL_MS * 1000 - 1;
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_EARLY);
	ck_assert_int_eq(nanos, 0);
	expect_all(0, 200, 0);
	fix.store.test_now_us++;
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_OK);
	ck_assert_int_eq(nanos, 200);
	expect_all(0, 0, 200);
	fix_expect_live(0);
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:r1 st"), "X");
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:open"), 0);
	ck_assert_int_eq(fix_int("ZSCORE sr:1:{o:acme}:suspense r1"), fix.store.test_now_us);
	ck_assert_int_eq(fix_int("TTL sr:1:{o:acme}:res:r1"), -1);
}
END_TEST

START_TEST(once_is_enough)
{
	int64_t nanos;

	fix.store.test_now_us = T0 + TTL_MS * 1000;
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_OK);
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_NONE);
	expect_all(0, 0, 200);
	fix_expect_live(0);
}
END_TEST

START_TEST(only_the_leader_expires)
{
	struct lease lease = fix_lease;
	int64_t nanos = -1;

	fix.store.test_now_us = T0 + TTL_MS * 1000;
	lease.until_us = fix.store.test_now_us;
	ck_assert_int_eq(fix_expire_by(&lease, "r1", &nanos), EXPIRE_FENCED);
	ck_assert_int_eq(nanos, 0);
	lease = (struct lease){ .token = fix_lease.token - 1, .until_us = INT64_MAX };
	fix_int("SET sr:1:{o:acme}:fence 7");
	ck_assert_int_eq(fix_expire_by(&lease, "r1", &nanos), EXPIRE_FENCED);
	expect_all(0, 200, 0);
	lease.token = fix_lease.token + 1;
	ck_assert_int_eq(fix_expire_by(&lease, "r1", &nanos), EXPIRE_OK);
	ck_assert_int_eq(fix_int("GET sr:1:{o:acme}:fence"), lease.token);
}
END_TEST

static void on_late_expiry(void *who, enum expire_end end, int64_t nanos)
{
	ck_assert_int_eq(end, EXPIRE_EARLY);
	ck_assert_int_eq(nanos, 0);
	*(bool *)who = true;
}

static void on_late_admit(void *who, const struct verdict *v)
{
	(void)who;
	ck_assert_int_eq(v->kind, VERDICT_OK);
}

/* the look finds nothing and so names no budgets; the script comes after the admit */
START_TEST(what_began_after_the_look_is_left_alone)
{
	struct held next = fix_open("r2");
	bool done = false;

	next.ttl_ms = 0;
	books_expire(&fix.store, &fix_lease, STR("acme"), STR("r2"), on_late_expiry, &done);
	books_admit(&fix.store, &next, &plan, on_late_admit, NULL);
	fix_await(&done);
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:r2 st"), "O");
	expect_all(0, 400, 0);
}
END_TEST

START_TEST(suspense_counts_as_spent)
{
	struct held next;
	int64_t nanos;

	fix_limit(SCOPE_key, "budget:day", "399");
	fix.store.test_now_us = T0 + TTL_MS * 1000;
	fix_expire("r1", &nanos);
	next = fix_open("r2");
	ck_assert_int_eq(fix_admit(&next, &plan).kind, VERDICT_BUDGET);
	ck_assert_int_eq(fix_admit(&next, &plan).free_later_nanos, 199);
}
END_TEST

START_TEST(a_late_settle_takes_it_from_suspense)
{
	int64_t nanos;

	fix.store.test_now_us = T0 + TTL_MS * 1000;
	fix_expire("r1", &nanos);
	ck_assert_int_eq(fix_charge(&h, 1, 130).end, SETTLE_OK);
	expect_all(130, 0, 0);
	fix_expect_live(0);
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:r1 st"), "F");
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:suspense"), 0);
}
END_TEST

START_TEST(only_what_is_open_goes_to_suspense)
{
	int64_t nanos;

	fix_settle(&h, (struct charge){ .attempt = 1, .cost_nanos = 60, .tokens_used = -1 });
	if (_i)
		ck_assert_int_eq(fix_extend(&h, &plan, 0).kind, VERDICT_OK);
	fix.store.test_now_us = T0 + TTL_MS * 1000;
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_OK);
	ck_assert_int_eq(nanos, _i ? 200 : 0);
	expect_all(60, 0, _i ? 200 : 0);
	ck_assert_str_eq(fix_text("HGET sr:1:{o:acme}:res:r1 st"), _i ? "X" : "F");
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:suspense"), _i);
}
END_TEST

/* an index that outlived its reservation cleans itself up */
START_TEST(a_missing_reservation_leaves_the_index)
{
	int64_t nanos;

	fix_int("DEL sr:1:{o:acme}:res:r1");
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_NONE);
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:open"), 0);
}
END_TEST

START_TEST(a_key_of_a_wrong_type_changes_nothing)
{
	static const char *const touched[] = { "suspense", "team:t1", "budget:team:t1:m209610" };
	int64_t nanos;
	char dump[64];

	fix.store.test_now_us = T0 + TTL_MS * 1000;
	fix_int("DEL sr:1:{o:acme}:%s", touched[_i]);
	fix_int("LPUSH sr:1:{o:acme}:%s x", touched[_i]);
	str_copy(dump, sizeof(dump), str_of(fix_dump()));
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_LOST);
	ck_assert_str_eq(dump, fix_dump());
}
END_TEST

/* --- reading --- */

struct list {
	bool done;
	size_t n;
	char rids[8][RID_MAX];
};

static void on_rids(void *who, bool ok, size_t n, const struct str *rids)
{
	struct list *l = who;

	ck_assert(ok);
	ck_assert_uint_le(n, 8);
	l->n = n;
	for (size_t i = 0; i < n; i++)
		str_copy(l->rids[i], RID_MAX, rids[i]);
	l->done = true;
}

START_TEST(overdue_are_listed_oldest_first)
{
	struct list l = { .done = false };
	int64_t nanos;

	for (int i = 0; i < 3; i++) {
		char rid[8];

		fix.store.test_now_us += SECOND;
		snprintf(rid, sizeof(rid), "n%d", i & 7);
		h = fix_open(rid);
		ck_assert_int_eq(fix_admit(&h, &plan).kind, VERDICT_OK);
	}
	fix.store.test_now_us = T0 + TTL_MS * 1000 + 2 * SECOND;
	books_overdue(&fix.store, STR("acme"), 100, on_rids, &l);
	fix_await(&l.done);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_str_eq(l.rids[0], "r1");
	ck_assert_str_eq(l.rids[1], "n0");
	ck_assert_str_eq(l.rids[2], "n1");
	l.done = false;
	books_overdue(&fix.store, STR("acme"), 2, on_rids, &l);
	fix_await(&l.done);
	ck_assert_uint_eq(l.n, 2);
	fix_expire("n1", &nanos);
	fix_expire("r1", &nanos);
	l.done = false;
	books_suspense(&fix.store, STR("acme"), 100, on_rids, &l);
	fix_await(&l.done);
	ck_assert_uint_eq(l.n, 2);
}
END_TEST

static bool read_done;
static struct reservation res;

static void on_reservation(void *who, bool ok, const struct reservation *r)
{
	ck_assert(ok);
	*(bool *)who = r != NULL;
	if (r)
		res = *r;
	read_done = true;
}

static bool read_it(const char *rid)
{
	bool there;

	read_done = false;
	books_read(&fix.store, STR("acme"), str_of(rid), on_reservation, &there);
	fix_await(&read_done);
	return there;
}

START_TEST(a_reservation_is_read_as_it_lies)
{
	fix_extend(&h, &plan, 0);
	fix_settle(&h,
		   (struct charge){
			   .attempt = 1, .cost_nanos = 60, .estimated = true, .tokens_used = -1 });
	ck_assert(!read_it("other"));
	ck_assert(read_it("r1"));
	ck_assert_int_eq(res.state, 'O');
	ck_assert_int_eq(res.attempt[0].state, 'S');
	ck_assert_int_eq(res.attempt[0].reserved_nanos, 200);
	ck_assert_int_eq(res.attempt[0].cost_nanos, 60);
	ck_assert(res.attempt[0].estimated);
	ck_assert_int_eq(res.attempt[1].state, 'O');
	ck_assert_int_eq(res.attempt[1].reserved_nanos, 200);
	ck_assert_int_eq(res.attempt[2].state, 0);
	ck_assert_str_eq(res.held.rid, "r1");
	ck_assert_str_eq(res.held.owner, "gw-1");
	ck_assert_int_eq(res.held.issued_us, T0);
	ck_assert_int_eq(res.held.attempts, 2);
	for (int s = 0; s < SCOPE_COUNT; s++)
		ck_assert_str_eq(res.held.scope[s].id, h.scope[s].id);
}
END_TEST

/* what is read settles as what was kept would: the same counters, the same ends of them */
START_TEST(what_is_read_names_the_same_counters)
{
	struct cells a, b;

	ck_assert(read_it("r1"));
	held_budgets(&h, &a);
	held_budgets(&res.held, &b);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_uint_eq(b.n, 2);
	for (size_t i = 0; i < a.n; i++) {
		ck_assert_int_eq(a.cell[i].scope, b.cell[i].scope);
		ck_assert_int_eq(a.cell[i].period, b.cell[i].period);
		ck_assert_str_eq(h.period_id[a.cell[i].period],
				 res.held.period_id[b.cell[i].period]);
		ck_assert_int_eq(cell_expires_s(&h, &a.cell[i]),
				 cell_expires_s(&res.held, &b.cell[i]));
	}
	held_rates(&h, true, &a);
	held_rates(&res.held, true, &b);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_uint_eq(b.n, 1);
	ck_assert_int_eq(b.cell[0].scope, SCOPE_team);
	ck_assert_int_eq(b.cell[0].rate, RATE_tpm);
	ck_assert_int_eq(fix_charge(&res.held, 1, 99).end, SETTLE_OK);
	expect_all(99, 0, 0);
}
END_TEST

static const struct {
	const char *field, *value;
} spoils[] = {
	{ "budgets", "key:x202610" },
	{ "payer", "t1" },
	{ "n", "9" },
	{ "issued", "x" },
	{ "r1", "12x" },
	{ "rates", "key:nothing" },
};

START_TEST(a_reservation_that_makes_no_sense_is_left_alone)
{
	int64_t nanos;

	fix_int("HSET sr:1:{o:acme}:res:r2 st O %s %s", spoils[_i].field, spoils[_i].value);
	ck_assert_int_eq(fix_expire("r2", &nanos), EXPIRE_LOST);
}
END_TEST

Suite *suite_expire(void)
{
	Suite *s = suite_create("expire");
	TCase *t = tcase_create("expire");

	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, not_before_its_deadline);
	tcase_add_test(t, once_is_enough);
	tcase_add_test(t, only_the_leader_expires);
	tcase_add_test(t, what_began_after_the_look_is_left_alone);
	tcase_add_test(t, suspense_counts_as_spent);
	tcase_add_test(t, a_late_settle_takes_it_from_suspense);
	tcase_add_loop_test(t, only_what_is_open_goes_to_suspense, 0, 2);
	tcase_add_test(t, a_missing_reservation_leaves_the_index);
	tcase_add_loop_test(t, a_key_of_a_wrong_type_changes_nothing, 0, 3);
	tcase_add_test(t, overdue_are_listed_oldest_first);
	tcase_add_test(t, a_reservation_is_read_as_it_lies);
	tcase_add_test(t, what_is_read_names_the_same_counters);
	tcase_add_loop_test(t, a_reservation_that_makes_no_sense_is_left_alone, 0,
			    (int)COUNT_OF(spoils));
	suite_add_tcase(s, t);
	return s;
}
