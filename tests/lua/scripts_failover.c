/* scripts_failover.c -- Redis forgot its latest writes: the barrier, and what is told again. */
#include "lua/fixture.h"
#include "store/histories.h"

#define GRACE  (2 * SECOND)
#define WINDOW (60 * SECOND)
#define COST   1000
#define WORST  5000

static void setup(void)
{
	fix_setup();
	fix.store.grace_us = GRACE;
	fix.store.loss_window_us = WINDOW;
	str_copy(fix.store.worker, sizeof(fix.store.worker), STR("gw-1-0"));
	fix.store.test_history = "run1.-1";
	fix_limit(SCOPE_key, "budget:day", "100000");
	fix_limit(SCOPE_key, "tpm", "1000");
}

static void as_worker(const char *name, const char *history)
{
	str_copy(fix.store.worker, sizeof(fix.store.worker), str_of(name));
	fix.store.test_history = history;
}

static struct plan plan(void)
{
	return fix_plan(fix_candidate(WORST - 10, 1, 10, 10));
}

static struct held admitted(const char *rid)
{
	struct held h = fix_open(rid);
	const struct plan p = plan();

	ck_assert_int_eq(fix_admit(&h, &p).kind, VERDICT_OK);
	return h;
}

static struct verdict ask(const char *rid)
{
	struct held h = fix_open(rid);
	const struct plan p = plan();

	return fix_admit(&h, &p);
}

/* --- calls that wait --- */

struct waiting {
	bool done;
	enum reassert_end end;
	int64_t missing;
};

static void on_reasserted(void *who, enum reassert_end end, int64_t missing_nanos)
{
	struct waiting *w = who;

	w->end = end;
	w->missing = missing_nanos;
	w->done = true;
}

static int64_t told(const struct held *h, int32_t attempt, enum reassert_end must)
{
	const struct open_attempt open = { attempt, WORST };
	struct waiting w = { .done = false };

	books_reassert(&fix.store, h, 20, attempt ? 1 : 0, &open, on_reasserted, &w);
	fix_await(&w.done);
	ck_assert_int_eq(w.end, must);
	return w.missing;
}

static void on_rejoined(void *who, enum reassert_end end)
{
	struct waiting *w = who;

	w->end = end;
	w->done = true;
}

static void say(bool all, enum reassert_end must)
{
	struct waiting w = { .done = false };

	books_rejoin(&fix.store, STR("acme"), all, on_rejoined, &w);
	fix_await(&w.done);
	ck_assert_int_eq(w.end, must);
}

static void rejoin(void)
{
	say(true, REASSERT_OK);
}

static void begin(void)
{
	say(false, REASSERT_OK);
}

/* as after a failover that lost all of these */
static void lose_reservation(const char *rid)
{
	static const char *const keys[] = { "sr:1:{o:acme}:open", "sr:1:{o:acme}:ledger",
					    "sr:1:{o:acme}:suspense" };

	fix_int("DEL sr:1:{o:acme}:res:%s", rid);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		fix_int("DEL %s", keys[i]);
	fix_int("DEL sr:1:{o:acme}:budget:key:k1:d20961002");
	fix_int("DEL sr:1:{o:acme}:rate:key:k1:tpm");
	for (int i = 0; i < 3; i++) {
		static const char *const records[] = { "org", "team:t1", "key:k1" };

		fix_int("HDEL sr:1:{o:acme}:%s live", records[i]);
	}
}

/* --- the barrier --- */

START_TEST(a_new_history_stops_admissions_for_the_grace)
{
	struct verdict v;

	admitted("r1");
	as_worker("gw-2-0", "run2.77");
	v = ask("r2");
	ck_assert_int_eq(v.kind, VERDICT_BARRIER);
	ck_assert_int_eq(v.retry_ms, GRACE / 1000);
	fix.store.test_now_us += GRACE - 1;
	ck_assert_int_eq(ask("r2").kind, VERDICT_BARRIER);
	fix_expect_live(1);
	fix.store.test_now_us += 1;
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
}
END_TEST

START_TEST(when_all_have_told_a_quarter_of_the_grace_is_enough)
{
	admitted("r1");
	as_worker("gw-1-1", "run1.-1");
	admitted("r2");
	as_worker("gw-1-0", "run2.77");
	rejoin();
	fix.store.test_now_us += GRACE / 2;
	ck_assert_int_eq(ask("r3").kind, VERDICT_BARRIER);
	as_worker("gw-1-1", "run2.77");
	rejoin();
	rejoin(); /* twice is once */
	ck_assert_int_eq(ask("r3").kind, VERDICT_OK);
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:history waiting"), 0);
}
END_TEST

START_TEST(those_who_are_not_known_have_a_quarter_of_the_grace)
{
	admitted("r1");
	as_worker("gw-1-0", "run2.77");
	rejoin();
	fix.store.test_now_us += GRACE / 4 - 1;
	ck_assert_int_eq(ask("r2").kind, VERDICT_BARRIER);
	fix.store.test_now_us += 1;
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
}
END_TEST

START_TEST(the_barrier_begins_with_the_first_who_tells)
{
	admitted("r1");
	as_worker("gw-1-0", "run2.77");
	begin();
	fix.store.test_now_us += GRACE / 4;
	rejoin(); /* what it had to tell took that long */
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
}
END_TEST

START_TEST(who_begins_to_tell_is_waited_for_though_nobody_knew_it)
{
	admitted("r1");
	as_worker("gw-2-0", "run2.77"); /* all that it did is lost */
	begin();
	begin(); /* twice is once */
	ck_assert_int_eq(fix_int("HGET sr:1:{o:acme}:history waiting"), 2);
	as_worker("gw-1-0", "run2.77");
	rejoin();
	fix.store.test_now_us += GRACE / 4;
	ck_assert_int_eq(ask("r2").kind, VERDICT_BARRIER);
	as_worker("gw-2-0", "run2.77");
	rejoin();
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
	begin(); /* late: the barrier is over */
	fix.store.test_now_us += GRACE;
	ck_assert_int_eq(ask("r3").kind, VERDICT_OK);
}
END_TEST

START_TEST(an_error_is_told_apart_from_no_answer)
{
	struct held h = admitted("r1");

	fix_int("DEL sr:1:{o:acme}:history");
	fix_int("LPUSH sr:1:{o:acme}:history x");
	say(false, REASSERT_REFUSED);
	fix_int("DEL sr:1:{o:acme}:open");
	fix_int("LPUSH sr:1:{o:acme}:open x");
	told(&h, 1, REASSERT_REFUSED);
}
END_TEST

START_TEST(who_was_admitted_long_ago_is_not_waited_for)
{
	admitted("r1");
	fix.store.test_now_us += WINDOW;
	as_worker("gw-2-0", "run2.77");
	ck_assert_int_eq(ask("r2").kind, VERDICT_BARRIER);
	fix.store.test_now_us += GRACE / 4;
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
}
END_TEST

START_TEST(an_id_of_the_past_begins_no_history)
{
	admitted("r1");
	as_worker("gw-2-0", "run2.77");
	ask("r2");
	fix.store.test_now_us += GRACE;
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
	/* connected all the time, and never told of the other name */
	as_worker("gw-1-0", "run1.-1");
	ck_assert_int_eq(ask("r3").kind, VERDICT_OK);
	as_worker("gw-2-0", "run2.77");
	ck_assert_int_eq(ask("r4").kind, VERDICT_OK);
	as_worker("gw-2-0", "run2.7"); /* the beginning of one is another */
	ck_assert_int_eq(ask("r5").kind, VERDICT_BARRIER);
}
END_TEST

START_TEST(who_asked_while_nobody_was_there_begins_no_history)
{
	char before[64];

	admitted("r1");
	as_worker("gw-1-0", "run2.77");
	begin();
	str_copy(before, sizeof(before), str_of(fix_dump()));
	as_worker("gw-1-0", ""); /* it has waited in the client until a node took the org over */
	ck_assert_int_eq(ask("r2").kind, VERDICT_BARRIER);
	say(true, REASSERT_LOST);
	say(false, REASSERT_LOST);
	ck_assert_str_eq(before, fix_dump());
	as_worker("gw-1-0", "run2.77");
	rejoin();
	fix.store.test_now_us += GRACE / 4;
	ck_assert_int_eq(ask("r2").kind, VERDICT_OK);
}
END_TEST

START_TEST(an_org_that_forgot_its_history_waits_for_who_was_there)
{
	rejoin();
	ck_assert_int_eq(ask("r1").kind, VERDICT_BARRIER);
	fix.store.test_now_us += GRACE / 4;
	ck_assert_int_eq(ask("r1").kind, VERDICT_OK);
}
END_TEST

START_TEST(nothing_more_is_reserved_for_a_request_while_others_tell)
{
	struct held h = admitted("r1");
	const struct plan p = plan();
	struct verdict v;

	as_worker("gw-1-0", "run2.77");
	v = fix_extend(&h, &p, 0);
	ck_assert_int_eq(v.kind, VERDICT_BARRIER);
	h.attempts = v.attempt - 1;
	fix.store.test_now_us += GRACE;
	ck_assert_int_eq(fix_extend(&h, &p, 0).kind, VERDICT_OK);
}
END_TEST

/* --- what a worker knows of histories --- */

static struct histories known;

static struct org_history *note(const char *org)
{
	return histories_note(&known, &fix.store, str_of(org), fix.store.test_now_us);
}

START_TEST(an_org_met_while_nobody_was_there_is_in_the_history_that_comes)
{
	struct org_history *o;

	fix.store.test_history = "";
	o = note("acme");
	fix.store.test_history = "run1.-1";
	ck_assert(!history_changed(o, &fix.store));
	ck_assert_ptr_eq(note("acme"), o); /* something is sent to it */
	fix.store.test_history = "";
	ck_assert(!history_changed(o, &fix.store));
	fix.store.test_history = "run2.77";
	ck_assert(history_changed(o, &fix.store));
	ck_assert_uint_eq(o->telling.round, 0);
	history_take(o, &fix.store, fix.store.test_now_us);
	ck_assert(!history_changed(o, &fix.store));
	ck_assert_uint_eq(o->telling.round, 1); /* answers of before mean nothing */
	histories_release(&known);
}
END_TEST

START_TEST(an_org_is_not_forgotten_while_something_is_held_in_it)
{
	struct org_history *o = note("acme");

	note("beta");
	o->holders++;
	histories_sweep(&known, fix.store.test_now_us + 1);
	ck_assert_ptr_eq(histories_find(&known, STR("acme")), o);
	ck_assert_ptr_null(histories_find(&known, STR("beta")));
	o->holders--;
	histories_sweep(&known, fix.store.test_now_us + 1);
	ck_assert_ptr_null(histories_find(&known, STR("acme")));
}
END_TEST

START_TEST(of_an_unknown_org_others_say_that_its_history_is_new)
{
	int64_t at_us = fix.store.test_now_us;
	struct org_history *o = note("acme");

	ck_assert(!histories_is_new(&known, &fix.store, STR("beta"), 0));
	fix.store.test_history = "run2.77";
	history_take(o, &fix.store, at_us);
	ck_assert(histories_is_new(&known, &fix.store, STR("beta"), at_us - GRACE / 4));
	ck_assert(!histories_is_new(&known, &fix.store, STR("beta"), at_us));
	fix.store.test_history = "of another server";
	ck_assert(!histories_is_new(&known, &fix.store, STR("beta"), at_us - GRACE / 4));
	histories_release(&known);
}
END_TEST

/* --- what is told again --- */

START_TEST(a_reservation_that_was_lost_is_there_again_once)
{
	struct held h = admitted("r1");

	lose_reservation("r1");
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 0, 0);
	ck_assert_int_eq(told(&h, 1, REASSERT_OK), WORST);
	ck_assert_int_eq(told(&h, 1, REASSERT_OK), 0);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, WORST, 0);
	fix_expect_live(1);
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:open"), 1);
	ck_assert_str_eq(fix_text("GET sr:1:{o:acme}:rate:key:k1:tpm"),
			 "1200000000 4000000000000000");
	ck_assert_int_eq(fix_charge(&h, 1, COST).end, SETTLE_OK);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
	fix_expect_live(0);
	ck_assert_int_gt(fix_int("EXPIRETIME sr:1:{o:acme}:budget:key:k1:d20961002"), 0);
}
END_TEST

START_TEST(one_that_was_not_lost_stays_as_it_is)
{
	struct held h = admitted("r1");
	const char *dump;
	char before[64];

	fix.store.test_now_us -= SECOND; /* so that its deadline does not move either */
	dump = fix_dump();
	str_copy(before, sizeof(before), str_of(dump));
	ck_assert_int_eq(told(&h, 1, REASSERT_OK), 0);
	ck_assert_str_eq(before, fix_dump());
}
END_TEST

START_TEST(it_is_told_though_the_budget_is_full)
{
	struct held h = admitted("r1");

	lose_reservation("r1");
	fix_limit(SCOPE_key, "budget:day", "10");
	ck_assert_int_eq(told(&h, 1, REASSERT_OK), WORST);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, WORST, 0);
}
END_TEST

START_TEST(what_is_too_much_while_all_is_told_is_gone_before_anybody_is_admitted)
{
	struct held first = admitted("r1"), second;

	/* it was settled, which made room for another one, and both is lost */
	fix_limit(SCOPE_key, "budget:day", "5999");
	second = fix_open("r2");
	second.attempts = 1;
	as_worker("gw-1-0", "run2.77");
	begin();
	ck_assert_int_eq(fix_charge(&second, 1, COST).end, SETTLE_OK);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, WORST, 0);
	ck_assert_int_eq(ask("r3").kind, VERDICT_BARRIER);
	ck_assert_int_eq(fix_charge(&first, 1, COST).end, SETTLE_OK);
	rejoin();
	fix.store.test_now_us += GRACE / 4;
	ck_assert_int_eq(ask("r3").kind, VERDICT_BUDGET);
	fix_expect_budget(SCOPE_key, PERIOD_day, 2 * COST, 0, 0);
}
END_TEST

START_TEST(a_lost_attempt_is_added_to_what_is_there)
{
	struct held h = admitted("r1");

	ck_assert_int_eq(told(&h, 2, REASSERT_OK), WORST);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 2 * WORST, 0);
	fix_expect_live(1);
	fix_settle(&h, (struct charge){ .attempt = 1, .tokens_used = -1 });
	ck_assert_int_eq(fix_charge(&h, 2, COST).end, SETTLE_OK);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
}
END_TEST

START_TEST(a_settle_that_came_first_does_not_end_the_request)
{
	struct held h = admitted("r1");

	lose_reservation("r1");
	/* the first attempt's, sent again after the failover; the second one runs */
	fix_settle(&h, (struct charge){ .attempt = 1, .cost_nanos = COST, .tokens_used = -1 });
	ck_assert_int_eq(told(&h, 2, REASSERT_OK), WORST);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, WORST, 0);
	fix_expect_live(1);
	ck_assert_int_eq(fix_int("PEXPIRETIME sr:1:{o:acme}:res:r1"), -1);
	ck_assert_int_eq(fix_charge(&h, 2, COST).end, SETTLE_OK);
	fix_expect_budget(SCOPE_key, PERIOD_day, 2 * COST, 0, 0);
	fix_expect_live(0);
}
END_TEST

START_TEST(what_has_ended_is_not_opened_again)
{
	struct held h = admitted("r1");

	fix_charge(&h, 1, COST);
	told(&h, 1, REASSERT_DONE);
	told(&h, 2, REASSERT_DONE); /* late, out of a stopped server's buffer */
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
	h = admitted("r2");
	lose_reservation("r2");
	fix_charge(&h, 1, COST); /* R2: it works without its admit */
	told(&h, 1, REASSERT_DONE);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
}
END_TEST

START_TEST(what_expired_meanwhile_goes_on)
{
	struct held h = admitted("r1");
	int64_t nanos;

	fix.store.test_now_us += TTL_MS * 1000LL;
	ck_assert_int_eq(fix_expire("r1", &nanos), EXPIRE_OK);
	ck_assert_int_eq(told(&h, 1, REASSERT_OK), 0);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 0, WORST);
	fix_expect_live(1);
	fix_charge(&h, 1, COST);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
	fix_expect_live(0);
	ck_assert_int_eq(fix_int("ZCARD sr:1:{o:acme}:suspense"), 0);
}
END_TEST

START_TEST(told_too_late_does_nothing)
{
	struct held h = admitted("r1");

	lose_reservation("r1");
	fix.store.admit_window_us = -1;
	told(&h, 1, REASSERT_LOST);
	fix_expect_budget(SCOPE_key, PERIOD_day, 0, 0, 0);
}
END_TEST

/* --- settles --- */

START_TEST(a_charge_is_not_doubled_when_reservation_and_ledger_are_lost_together)
{
	struct held h = admitted("r1");

	fix_charge(&h, 1, COST);
	lose_reservation("r1"); /* what was spent went with them: one slot, one prefix */
	ck_assert_int_eq(fix_charge(&h, 1, COST).end, SETTLE_OK);
	ck_assert_int_eq(fix_charge(&h, 1, COST).end, SETTLE_AGAIN);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
	ck_assert_int_eq(fix_int("XLEN sr:1:{o:acme}:ledger"), 1);
}
END_TEST

START_TEST(how_old_a_charge_is_counts_from_its_first_sending)
{
	struct held h = admitted("r1");
	struct charge c = { .attempt = 1, .cost_nanos = COST, .final = true, .tokens_used = -1 };

	/* a long request, and all of it is lost: nobody can have charged it before it was sent */
	fix.store.test_now_us += 2 * HOUR;
	lose_reservation("r1");
	c.since_us = fix.store.test_now_us;
	fix.store.test_now_us += fix.store.tombstone_ms * 1000;
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_OK);
	lose_reservation("r1");
	fix.store.test_now_us += 1;
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_OLD);
	c.since_us = 0;
	ck_assert_int_eq(fix_settle(&h, c).end, SETTLE_OLD);
}
END_TEST

/* told again after Redis was away for longer than a tombstone lives */
static struct settled told_late(const struct held *h, const char *entry)
{
	struct charge c = { .attempt = 1, .cost_nanos = COST, .final = true, .tokens_used = -1 };

	fix.store.test_now_us += HOUR;
	c.since_us = fix.store.test_now_us;
	str_copy(c.entry, sizeof(c.entry), str_of(entry));
	return fix_settle(h, c);
}

START_TEST(the_ledger_knows_whether_a_charge_is_lost)
{
	struct held h = admitted("r1");
	struct settled first = fix_charge(&h, 1, COST), second;

	ck_assert(first.entry[0]);
	fix_int("DEL sr:1:{o:acme}:res:r1"); /* its time is over; the charge is not lost */
	ck_assert_int_eq(told_late(&h, first.entry).end, SETTLE_AGAIN);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
	lose_reservation("r1");
	second = told_late(&h, first.entry);
	ck_assert_int_eq(second.end, SETTLE_OK);
	ck_assert_int_eq(told_late(&h, second.entry).end, SETTLE_AGAIN);
	fix_expect_budget(SCOPE_key, PERIOD_day, COST, 0, 0);
	/* the place of a lost entry may be another's now */
	lose_reservation("r1");
	fix_int("XADD sr:1:{o:acme}:ledger %s rid r2 attempt 1 cost 5", first.entry);
	ck_assert_int_eq(told_late(&h, first.entry).end, SETTLE_OK);
}
END_TEST

START_TEST(a_ledger_that_was_trimmed_does_not_know)
{
	struct held h = admitted("r1"), other = admitted("r2");
	struct settled first = fix_charge(&h, 1, COST);

	fix_charge(&other, 1, COST);
	fix_int("DEL sr:1:{o:acme}:res:r1");
	fix_int("XTRIM sr:1:{o:acme}:ledger MAXLEN 1");
	fix.store.ledger_entries = 1;
	ck_assert_int_eq(told_late(&h, first.entry).end, SETTLE_OLD);
	fix_expect_budget(SCOPE_key, PERIOD_day, 2 * COST, 0, 0);
}
END_TEST

Suite *suite_failover(void)
{
	Suite *s = suite_create("failover");
	TCase *t = tcase_create("failover");

	tcase_add_checked_fixture(t, setup, fix_teardown);
	tcase_add_test(t, a_new_history_stops_admissions_for_the_grace);
	tcase_add_test(t, when_all_have_told_a_quarter_of_the_grace_is_enough);
	tcase_add_test(t, those_who_are_not_known_have_a_quarter_of_the_grace);
	tcase_add_test(t, the_barrier_begins_with_the_first_who_tells);
	tcase_add_test(t, who_begins_to_tell_is_waited_for_though_nobody_knew_it);
	tcase_add_test(t, an_error_is_told_apart_from_no_answer);
	tcase_add_test(t, who_was_admitted_long_ago_is_not_waited_for);
	tcase_add_test(t, an_id_of_the_past_begins_no_history);
	tcase_add_test(t, who_asked_while_nobody_was_there_begins_no_history);
	tcase_add_test(t, an_org_that_forgot_its_history_waits_for_who_was_there);
	tcase_add_test(t, nothing_more_is_reserved_for_a_request_while_others_tell);
	tcase_add_test(t, an_org_met_while_nobody_was_there_is_in_the_history_that_comes);
	tcase_add_test(t, an_org_is_not_forgotten_while_something_is_held_in_it);
	tcase_add_test(t, of_an_unknown_org_others_say_that_its_history_is_new);
	tcase_add_test(t, a_reservation_that_was_lost_is_there_again_once);
	tcase_add_test(t, one_that_was_not_lost_stays_as_it_is);
	tcase_add_test(t, it_is_told_though_the_budget_is_full);
	tcase_add_test(t, what_is_too_much_while_all_is_told_is_gone_before_anybody_is_admitted);
	tcase_add_test(t, a_lost_attempt_is_added_to_what_is_there);
	tcase_add_test(t, a_settle_that_came_first_does_not_end_the_request);
	tcase_add_test(t, what_has_ended_is_not_opened_again);
	tcase_add_test(t, what_expired_meanwhile_goes_on);
	tcase_add_test(t, told_too_late_does_nothing);
	tcase_add_test(t, a_charge_is_not_doubled_when_reservation_and_ledger_are_lost_together);
	tcase_add_test(t, how_old_a_charge_is_counts_from_its_first_sending);
	tcase_add_test(t, the_ledger_knows_whether_a_charge_is_lost);
	tcase_add_test(t, a_ledger_that_was_trimmed_does_not_know);
	suite_add_tcase(s, t);
	return s;
}
