/* scripts_breakers.c -- breakers open, are probed by one, come back slowly, and are told of. */
#include "core/breaker.h"
#include "lua/fixture.h"
#include "store/breakers.h"

#define BREAKERS "sr:1:{v:openai}:breakers"
#define SCORES   "sr:1:{v:openai}:scores"
#define NAME     "openai gpt-4o"
#define TRIP     (7 * BREAKER_FAILURE)
#define LEASE_US (10 * SECOND)
#define GRACE_US (2 * SECOND)

/* --- one call --- */

static const struct breaker_rules rules = {
	.trip = TRIP,
	.open_min_us = SECOND,
	.open_max_us = 15 * SECOND,
	.credential_us = MINUTE,
	.slow_start_us = 10 * SECOND,
	.block_max_us = 10 * MINUTE,
	.probes = 3,
};

struct told {
	bool done, ok;
	char changes[256];
};

static void on_reported(void *who, bool ok, struct str changes)
{
	struct told *t = who;

	t->done = true;
	t->ok = ok;
	str_copy(t->changes, sizeof(t->changes), changes);
}

/* chance 500: no jitter of open times, and 5 % of blocks */
static struct told report_all(const struct breaker_item *items, size_t n)
{
	const struct breaker_report r = {
		.vendor = STR("openai"), .rules = rules, .chance = 500, .items = items, .n = n
	};
	struct told t = { .done = false };

	breakers_report(&fix.store, &r, on_reported, &t);
	fix_await(&t.done);
	return t;
}

static struct told report(struct breaker_item it)
{
	if (str_absent(it.name))
		it.name = STR(NAME);
	return report_all(&it, 1);
}

static struct told failed(int times)
{
	return report(
		(struct breaker_item){ .add = times * BREAKER_FAILURE, .cause = CAUSE_failed });
}

static struct told good(int times)
{
	return report((struct breaker_item){ .add = times * BREAKER_GOOD });
}

struct asked {
	bool done;
	int64_t token;
	char changes[80];
};

static void on_asked(void *who, int64_t token, struct str changes)
{
	struct asked *a = who;

	a->token = token;
	str_copy(a->changes, sizeof(a->changes), changes);
	a->done = true;
}

static struct asked ask_for(const char *name)
{
	struct asked a = { .done = false };

	breakers_probe(&fix.store, STR("openai"), str_of(name), LEASE_US, on_asked, &a);
	fix_await(&a.done);
	return a;
}

static int64_t probe_of(const char *name)
{
	return ask_for(name).token;
}

static int64_t probe(void)
{
	return probe_of(NAME);
}

static struct told result(enum breaker_what what, int64_t token)
{
	return report((struct breaker_item){ .what = what, .token = token, .cause = CAUSE_slow });
}

static struct breaker get_of(const char *name)
{
	struct breaker b = { .state = BREAKER_closed };
	bool is_there = fix_int("HEXISTS " BREAKERS " %s", name) == 1;

	if (is_there)
		ck_assert(breaker_read(str_of(fix_text("HGET " BREAKERS " %s", name)), &b));
	return b;
}

static struct breaker get(void)
{
	return get_of(NAME);
}

static void wait_us(int64_t us)
{
	fix.store.test_now_us += us;
}

static int64_t now(void)
{
	return fix.store.test_now_us;
}

/* open, and its time is over */
static void open_and_wait(void)
{
	failed(7);
	ck_assert_int_eq(get().state, BREAKER_open);
	wait_us(get().until_us - now());
}

static void make_well(void)
{
	int64_t most = rules.probes * (get().openings < 3 ? get().openings : 3);

	for (int64_t i = 0; i < most; i++) {
		ck_assert_int_ne(get().state, BREAKER_ramp);
		result(PROBE_GOOD, probe());
	}
	ck_assert_int_eq(get().state, BREAKER_ramp);
}

/* --- closed to open --- */

START_TEST(so_many_failures_in_a_row_open_it)
{
	ck_assert_str_eq(failed(6).changes, "");
	ck_assert_int_eq(get().state, BREAKER_closed);
	ck_assert_str_eq(failed(1).changes, "open " NAME);
	ck_assert_int_eq(get().state, BREAKER_open);
	ck_assert_int_eq(get().cause, CAUSE_failed);
	ck_assert_int_eq(get().until_us, now() + SECOND);
}
END_TEST

/* 30 % open it within 60 calls, whatever the reports' size; 10 % never do */
START_TEST(a_share_of_failures_opens_it)
{
	for (int i = 0; i < 200; i++) {
		failed(1);
		good(9);
	}
	ck_assert_int_eq(get().state, BREAKER_closed);
	for (int i = 0; i < 6; i++)
		report((struct breaker_item){ .add = 3 * BREAKER_FAILURE + 7 * BREAKER_GOOD });
	ck_assert_int_eq(get().state, BREAKER_open);
}
END_TEST

START_TEST(good_calls_never_pile_up)
{
	good(100000);
	failed(7);
	ck_assert_int_eq(get().state, BREAKER_open);
}
END_TEST

START_TEST(old_failures_fade)
{
	failed(6);
	wait_us(HOUR);
	failed(6);
	ck_assert_int_eq(get().state, BREAKER_closed);
}
END_TEST

START_TEST(as_many_refusals_for_the_rate_as_good_calls_are_even)
{
	for (int i = 0; i < 100; i++)
		report((struct breaker_item){ .add = 5 * BREAKER_THROTTLED + 5 * BREAKER_GOOD });
	ck_assert_int_eq(get().state, BREAKER_closed);
	for (int i = 0; i < 10; i++)
		report((struct breaker_item){ .add = 6 * BREAKER_THROTTLED + 1 * BREAKER_GOOD,
					      .cause = CAUSE_throttled });
	ck_assert_int_eq(get().state, BREAKER_open);
	ck_assert_int_eq(get().cause, CAUSE_throttled);
}
END_TEST

START_TEST(many_at_once_are_judged_one_by_one)
{
	struct breaker_item items[BREAKER_ITEMS_MAX];
	char names[BREAKER_ITEMS_MAX][16];

	for (int i = 0; i < BREAKER_ITEMS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "e m%d", i);
		items[i] = (struct breaker_item){ .name = str_of(names[i]),
						  .add = (i == 3 ? 9 : 1) * BREAKER_FAILURE };
	}
	ck_assert_str_eq(report_all(items, BREAKER_ITEMS_MAX).changes, "open e m3");
	ck_assert_int_eq(fix_int("HLEN " BREAKERS), 3); /* and the number of changes, and the history */
}
END_TEST

/* --- open to half, and what a probe brings --- */

START_TEST(only_one_probes)
{
	int64_t token;

	failed(7);
	ck_assert_int_eq(probe(), 0); /* its time is not over */
	wait_us(SECOND);
	token = probe();
	ck_assert_int_gt(token, 0);
	ck_assert_int_eq(get().state, BREAKER_half);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(probe(), 0);
	wait_us(LEASE_US - 1);
	ck_assert_int_eq(probe(), 0);
	wait_us(1); /* whoever had it is gone */
	ck_assert_int_gt(probe(), token);
}
END_TEST

/* It may have lost who probes, and some may ask the primary of before for a moment. */
START_TEST(after_a_failover_nobody_probes_until_those_of_before_are_done)
{
	fix.store.grace_us = GRACE_US;
	fix.store.test_history = "run1-0";
	open_and_wait();
	ck_assert_int_gt(probe(), 0);
	wait_us(LEASE_US);
	fix.store.test_history = "run2-1";
	ck_assert_int_eq(probe(), 0);
	wait_us(GRACE_US + LEASE_US - 1);
	ck_assert_int_eq(probe(), 0);
	wait_us(1);
	result(PROBE_GOOD, probe());
	ck_assert_int_gt(probe(), 0);
	wait_us(LEASE_US);
	fix.store.test_history = ""; /* nobody is there */
	ck_assert_int_eq(probe(), 0);
}
END_TEST

/* ... and the time runs from then */
START_TEST(a_failover_is_noticed_by_what_opens_after_it)
{
	fix.store.grace_us = GRACE_US;
	fix.store.test_history = "run1-0";
	failed(7);
	fix.store.test_history = "run2-1";
	report((struct breaker_item){ .name = STR("openai o3"),
				      .add = TRIP,
				      .cause = CAUSE_failed });
	wait_us(GRACE_US + LEASE_US - 1);
	ck_assert_int_eq(probe(), 0);
	wait_us(1);
	ck_assert_int_gt(probe(), 0);
}
END_TEST

START_TEST(that_it_is_half_is_told_once)
{
	failed(7);
	ck_assert_str_eq(ask_for(NAME).changes, "");
	wait_us(SECOND);
	ck_assert_str_eq(ask_for(NAME).changes, "half " NAME);
	wait_us(LEASE_US);
	ck_assert_str_eq(ask_for(NAME).changes, "");
}
END_TEST

START_TEST(nobody_probes_what_is_closed)
{
	ck_assert_int_eq(probe(), 0);
	ck_assert_int_eq(fix_int("EXISTS " BREAKERS), 0);
}
END_TEST

START_TEST(a_late_or_foreign_result_does_not_count)
{
	int64_t token, next;

	open_and_wait();
	token = probe();
	result(PROBE_GOOD, token + 1);
	result(PROBE_BAD, 0);
	ck_assert_int_eq(get().state, BREAKER_half);
	wait_us(LEASE_US);
	result(PROBE_GOOD, token); /* too late */
	ck_assert_int_eq(get().good, 0);
	next = probe();
	result(PROBE_BAD, token); /* somebody else's turn */
	ck_assert_int_eq(get().state, BREAKER_half);
	result(PROBE_GOOD, next);
	ck_assert_int_eq(get().good, 1);
	result(PROBE_GOOD, next); /* once */
	ck_assert_int_eq(get().good, 1);
}
END_TEST

START_TEST(probes_that_went_well_bring_it_back_slowly)
{
	open_and_wait();
	result(PROBE_GOOD, probe());
	ck_assert_int_eq(get().state, BREAKER_half);
	result(PROBE_GOOD, probe());
	ck_assert_str_eq(result(PROBE_GOOD, probe()).changes, "ramp " NAME);
	ck_assert_int_eq(get().since_us, now());
	ck_assert_int_eq(probe(), 0);
}
END_TEST

START_TEST(a_probe_that_failed_begins_a_longer_wait)
{
	int64_t spans[6];

	open_and_wait();
	for (int i = 0; i < 6; i++) {
		result(PROBE_GOOD, probe());
		result(PROBE_BAD, probe());
		ck_assert_int_eq(get().state, BREAKER_open);
		ck_assert_int_eq(get().good, 0);
		spans[i] = get().until_us - now();
		wait_us(spans[i]);
	}
	ck_assert_int_eq(spans[0], 2 * SECOND);
	ck_assert_int_eq(spans[1], 4 * SECOND);
	ck_assert_int_eq(spans[2], 8 * SECOND);
	ck_assert_int_eq(spans[3], 15 * SECOND);
	ck_assert_int_eq(spans[5], 15 * SECOND);
}
END_TEST

/* ... but not at once: what it met may be there still. What went well before it counts on. */
START_TEST(a_probe_that_was_given_up_leaves_its_place)
{
	open_and_wait();
	result(PROBE_GOOD, probe());
	result(PROBE_GONE, probe());
	ck_assert_int_eq(get().openings, 1);
	ck_assert_int_eq(get().until_us, now() + SECOND);
	ck_assert_int_eq(probe(), 0);
	wait_us(SECOND);
	result(PROBE_GOOD, probe());
	ck_assert_str_eq(result(PROBE_GOOD, probe()).changes, "ramp " NAME);
}
END_TEST

START_TEST(what_was_called_before_it_opened_says_nothing)
{
	open_and_wait();
	good(1000);
	ck_assert_int_eq(get().state, BREAKER_open);
	probe();
	good(1000);
	failed(1000);
	ck_assert_int_eq(get().state, BREAKER_half);
}
END_TEST

/* --- the slow start, and forgetting --- */

START_TEST(one_that_fails_soon_again_stays_open_longer)
{
	open_and_wait();
	make_well();
	ck_assert_str_eq(failed(4).changes, "open " NAME); /* half a score is left */
	ck_assert_int_eq(get().until_us, now() + 2 * SECOND);
	wait_us(2 * SECOND);
	make_well();
	failed(7);
	wait_us(4 * SECOND);
	make_well();
	ck_assert_int_eq(get().openings, 3);
}
END_TEST

START_TEST(after_a_good_while_it_is_as_if_nothing_had_been)
{
	open_and_wait();
	make_well();
	wait_us(10 * SECOND + 60 * SECOND);
	good(1);
	ck_assert_int_eq(fix_int("HEXISTS " BREAKERS " %s", NAME), 0);
	failed(7);
	ck_assert_int_eq(get().until_us, now() + SECOND);
}
END_TEST

START_TEST(nothing_lives_for_ever)
{
	failed(1);
	ck_assert_int_eq(fix_int("PEXPIRETIME " SCORES), (T0 + DAY) / 1000);
	failed(7);
	ck_assert_int_eq(fix_int("PEXPIRETIME " BREAKERS), (T0 + DAY) / 1000);
	ck_assert_int_eq(fix_int("EXISTS " SCORES), 0);
}
END_TEST

/* --- credentials --- */

#define OLD_KEY NAME " #77"
#define NEW_KEY NAME " #78"

static struct told refuse(const char *name)
{
	return report((struct breaker_item){ .name = str_of(name), .what = BREAKER_OUT });
}

static struct told tried(const char *name, enum breaker_what what)
{
	return report((struct breaker_item){ .name = str_of(name),
					     .what = what,
					     .token = probe_of(name),
					     .cause = CAUSE_credential });
}

START_TEST(a_refused_credential_takes_it_out_at_once)
{
	ck_assert_str_eq(refuse(OLD_KEY).changes, "open " OLD_KEY);
	ck_assert_int_eq(get_of(OLD_KEY).cause, CAUSE_credential);
	ck_assert_int_eq(get_of(OLD_KEY).until_us, now() + MINUTE);
	refuse(OLD_KEY); /* by another gateway, before it knew */
	ck_assert_int_eq(get_of(OLD_KEY).openings, 1);
	wait_us(MINUTE);
	tried(OLD_KEY, PROBE_BAD);
	ck_assert_int_eq(get_of(OLD_KEY).until_us, now() + MINUTE); /* it does not grow */
}
END_TEST

/* half of the gateways have the new one already, and both halves report */
START_TEST(each_credential_has_its_own_state)
{
	int64_t changes;

	refuse(OLD_KEY);
	changes = atoll(fix_text("HGET " BREAKERS " #"));
	for (int i = 0; i < 100; i++) {
		good(10);
		refuse(OLD_KEY);
	}
	ck_assert_int_eq(get_of(OLD_KEY).state, BREAKER_open);
	ck_assert_int_eq(get_of(NEW_KEY).state, BREAKER_closed);
	ck_assert_int_eq(get().state, BREAKER_closed);
	ck_assert_int_eq(atoll(fix_text("HGET " BREAKERS " #")), changes);
	refuse(NEW_KEY);
	ck_assert_int_eq(get_of(NEW_KEY).state, BREAKER_open);
	wait_us(MINUTE);
	for (int i = 0; i < 3; i++)
		tried(NEW_KEY, PROBE_GOOD);
	ck_assert_int_eq(get_of(NEW_KEY).state, BREAKER_closed); /* at once and whole */
	ck_assert_int_eq(get_of(OLD_KEY).state, BREAKER_open);
}
END_TEST

START_TEST(a_credential_that_nobody_has_is_forgotten)
{
	refuse(OLD_KEY);
	wait_us(5 * MINUTE - 1);
	refuse(NEW_KEY);
	ck_assert_int_eq(get_of(OLD_KEY).state, BREAKER_open);
	wait_us(1);
	failed(7);
	ck_assert_int_eq(fix_int("HEXISTS " BREAKERS " %s", OLD_KEY), 0);
	ck_assert_int_eq(get_of(NEW_KEY).state, BREAKER_open);
	ck_assert_int_eq(get().state, BREAKER_open);
}
END_TEST

/* --- blocks --- */

static struct told block(int64_t us)
{
	return report((struct breaker_item){ .block_us = us });
}

START_TEST(a_block_holds_until_then_and_only_grows)
{
	block(20 * SECOND);
	ck_assert_int_eq(get().state, BREAKER_closed);
	ck_assert_int_eq(get().blocked_us, now() + 21 * SECOND); /* and a chance of more */
	block(SECOND);
	ck_assert_int_eq(get().blocked_us, now() + 21 * SECOND);
	block(30 * SECOND);
	ck_assert_int_gt(get().blocked_us, now() + 30 * SECOND);
	block(DAY);
	ck_assert_int_eq(get().blocked_us, now() + 10 * MINUTE * 105 / 100);
	wait_us(HOUR);
	good(1);
	ck_assert_int_eq(fix_int("HEXISTS " BREAKERS " %s", NAME), 0);
}
END_TEST

START_TEST(nobody_probes_what_is_blocked)
{
	open_and_wait();
	block(30 * SECOND);
	ck_assert_int_eq(probe(), 0);
	wait_us(32 * SECOND);
	ck_assert_int_gt(probe(), 0);
}
END_TEST

/* --- what others hear --- */

START_TEST(each_change_has_the_next_number)
{
	int64_t before;

	failed(1);
	ck_assert_int_eq(fix_int("EXISTS " BREAKERS), 0); /* a score is no news */
	failed(7);
	before = atoll(fix_text("HGET " BREAKERS " #"));
	good(1);
	ck_assert_int_eq(atoll(fix_text("HGET " BREAKERS " #")), before);
	wait_us(SECOND);
	probe();
	ck_assert_int_eq(atoll(fix_text("HGET " BREAKERS " #")), before + 1);
}
END_TEST

START_TEST(news_name_their_vendor)
{
	struct str vendor;

	ck_assert(breakers_news(STR("breakers:qwen 12"), &vendor));
	ck_assert(str_is(vendor, "qwen"));
	ck_assert(!breakers_news(STR("epoch 12"), &vendor));
}
END_TEST

/* --- damage --- */

START_TEST(a_breaker_that_cannot_be_read_is_closed)
{
	freeReplyObject(redisCommand(fix.raw, "HSET %s %s %s", BREAKERS, NAME, "open nonsense"));
	freeReplyObject(redisCommand(fix.raw, "HSET %s %s %s", SCORES, NAME, "many never"));
	ck_assert_int_eq(probe(), 0);
	ck_assert(failed(7).ok);
	ck_assert_int_eq(get().state, BREAKER_open);
	ck_assert_int_eq(get().openings, 1);
}
END_TEST

START_TEST(a_key_of_another_type_changes_nothing)
{
	fix_int("SADD " SCORES " x");
	ck_assert(!failed(7).ok);
	ck_assert_int_eq(fix_int("EXISTS " BREAKERS), 0);
}
END_TEST

Suite *suite_breakers(void)
{
	Suite *s = suite_create("breakers");
	TCase *t = tcase_create("breakers");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_test(t, so_many_failures_in_a_row_open_it);
	tcase_add_test(t, a_share_of_failures_opens_it);
	tcase_add_test(t, good_calls_never_pile_up);
	tcase_add_test(t, old_failures_fade);
	tcase_add_test(t, as_many_refusals_for_the_rate_as_good_calls_are_even);
	tcase_add_test(t, many_at_once_are_judged_one_by_one);
	tcase_add_test(t, only_one_probes);
	tcase_add_test(t, after_a_failover_nobody_probes_until_those_of_before_are_done);
	tcase_add_test(t, a_failover_is_noticed_by_what_opens_after_it);
	tcase_add_test(t, that_it_is_half_is_told_once);
	tcase_add_test(t, nobody_probes_what_is_closed);
	tcase_add_test(t, a_late_or_foreign_result_does_not_count);
	tcase_add_test(t, probes_that_went_well_bring_it_back_slowly);
	tcase_add_test(t, a_probe_that_failed_begins_a_longer_wait);
	tcase_add_test(t, a_probe_that_was_given_up_leaves_its_place);
	tcase_add_test(t, what_was_called_before_it_opened_says_nothing);
	tcase_add_test(t, one_that_fails_soon_again_stays_open_longer);
	tcase_add_test(t, after_a_good_while_it_is_as_if_nothing_had_been);
	tcase_add_test(t, nothing_lives_for_ever);
	tcase_add_test(t, a_refused_credential_takes_it_out_at_once);
	tcase_add_test(t, each_credential_has_its_own_state);
	tcase_add_test(t, a_credential_that_nobody_has_is_forgotten);
	tcase_add_test(t, a_block_holds_until_then_and_only_grows);
	tcase_add_test(t, nobody_probes_what_is_blocked);
	tcase_add_test(t, each_change_has_the_next_number);
	tcase_add_test(t, news_name_their_vendor);
	tcase_add_test(t, a_breaker_that_cannot_be_read_is_closed);
	tcase_add_test(t, a_key_of_another_type_changes_nothing);
	suite_add_tcase(s, t);
	return s;
}
