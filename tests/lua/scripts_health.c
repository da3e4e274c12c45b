/* scripts_health.c -- what gateways saw of vendors adds up, ages, and goes. */
#include "core/snapshot_build.h"
#include "lua/fixture.h"
#include "store/health.h"

#define HEALTH "sr:1:{v:openai}:health"
#define WARM   "sr:1:{v:openai}:warm"
#define FIRST  "first openai gpt-4o 1k"
#define NOW_S  (T0 / SECOND)

/* --- report and read --- */

struct end {
	bool done, ok;
};

static void on_reported(void *who, bool ok)
{
	*(struct end *)who = (struct end){ .done = true, .ok = ok };
}

static bool send_report(const struct health_report *r)
{
	struct end end = { .done = false };

	health_report(&fix.store, r, on_reported, &end);
	fix_await(&end.done);
	return end.ok;
}

static bool report(enum tally_kind kind, const char *name, const char *counts)
{
	const struct health_report r = {
		.vendor = STR("openai"),
		.tallies = { { kind, str_of(name), str_of(counts) } },
		.n_tallies = 1,
		.most_warm = 3,
	};

	return send_report(&r);
}

static void report_warm(const char *entry, int64_t until_s)
{
	const struct health_report r = {
		.vendor = STR("openai"),
		.warm = { { str_of(entry), until_s } },
		.n_warm = 1,
		.most_warm = 3,
	};

	ck_assert(send_report(&r));
}

struct tallies {
	bool done;
	size_t n;
	const char *wanted;
	struct sketch counters;
};

static void on_tallies(void *who, bool ok, size_t n, const struct str *names,
		       const struct str *texts)
{
	struct tallies *t = who;

	ck_assert(ok);
	t->done = true;
	t->n = n;
	for (size_t i = 0; i < n; i++) {
		struct tally_name name;

		ck_assert(tally_name_read(names[i], &name));
		if (str_is(names[i], t->wanted))
			ck_assert(tally_read(texts[i], name.kind, fix.store.test_now_us,
					     &t->counters));
	}
}

static struct tallies read_tally(const char *wanted)
{
	struct tallies t = { .wanted = wanted };

	health_tallies(&fix.store, STR("openai"), on_tallies, &t);
	fix_await(&t.done);
	return t;
}

static double counted(const char *name, int counter)
{
	return read_tally(name).counters.counts[counter];
}

struct warmth {
	bool done;
	size_t n;
	char first[WARM_ENTRY_MAX];
	int64_t until_s;
};

static void on_warm(void *who, bool ok, size_t n, const struct health_warm *warm)
{
	struct warmth *w = who;

	ck_assert(ok);
	w->done = true;
	w->n = n;
	if (n) {
		str_copy(w->first, sizeof(w->first), warm[0].entry);
		w->until_s = warm[0].until_s;
	}
}

static struct warmth read_warm(void)
{
	struct warmth w = { .done = false };

	health_warm(&fix.store, STR("openai"), on_warm, &w);
	fix_await(&w.done);
	return w;
}

static void wait_us(int64_t us)
{
	fix.store.test_now_us += us;
}

#define assert_counted(name, counter, want) \
	ck_assert_double_eq_tol(counted((name), (counter)), (want), 1e-5)

/* --- tallies --- */

START_TEST(reports_add_up)
{
	ck_assert(report(TALLY_first, FIRST, "10:1000000 20:2000000"));
	ck_assert(report(TALLY_first, FIRST, "20:500000 333:1000000"));
	ck_assert(report(TALLY_attempts, "attempts openai gpt-4o", "0:7000000"));
	assert_counted(FIRST, 10, 1);
	assert_counted(FIRST, 20, 2.5);
	assert_counted(FIRST, 333, 1);
	assert_counted("attempts openai gpt-4o", 0, 7);
	ck_assert_uint_eq(read_tally(FIRST).n, 2);
}
END_TEST

START_TEST(old_counts_lose_half_in_their_half_life)
{
	int64_t half = tally_half_life_us(TALLY_first);

	report(TALLY_first, FIRST, "10:8000000");
	wait_us(half);
	assert_counted(FIRST, 10, 4);
	report(TALLY_first, FIRST, "10:1000000");
	assert_counted(FIRST, 10, 5);
	wait_us(half);
	assert_counted(FIRST, 10, 2.5);
}
END_TEST

/* three gateways, each with its own rhythm: the sum is what it is in any order */
START_TEST(the_order_of_reports_does_not_matter)
{
	double one, other;

	for (int i = 0; i < 30; i++) {
		report(TALLY_first, FIRST, i % 3 ? "10:1000000" : "10:3000000");
		wait_us(SECOND / 3);
	}
	one = counted(FIRST, 10);
	fix.store.test_now_us = T0;
	freeReplyObject(redisCommand(fix.raw, "FLUSHALL"));
	for (int i = 0; i < 10; i++) {
		report(TALLY_first, FIRST, "10:3000000");
		wait_us(SECOND / 3);
		report(TALLY_first, FIRST, "10:2000000");
		wait_us(SECOND / 3 * 2);
	}
	fix.store.test_now_us = T0 + 30 * (SECOND / 3);
	other = counted(FIRST, 10);
	ck_assert_double_eq_tol(one, other, 0.05 * one); /* what differs is when they came */
	ck_assert_double_gt(one, 45);
	ck_assert_double_lt(one, 50);
}
END_TEST

START_TEST(a_clock_that_goes_back_adds_nothing)
{
	report(TALLY_first, FIRST, "10:4000000");
	wait_us(-MINUTE);
	report(TALLY_first, FIRST, "10:1000000");
	assert_counted(FIRST, 10, 5);
}
END_TEST

START_TEST(what_is_aged_to_nothing_goes)
{
	report(TALLY_first, FIRST, "10:1000000 11:1000000");
	wait_us(30 * tally_half_life_us(TALLY_first));
	report(TALLY_first, FIRST, "12:1000000");
	ck_assert(!str_has(str_of(fix_text("HGET " HEALTH " %s", FIRST)), "10:"));
	ck_assert_double_eq(counted(FIRST, 10), 0);
	assert_counted(FIRST, 12, 1);
}
END_TEST

START_TEST(counts_end_where_numbers_are_exact)
{
	report(TALLY_first, FIRST, "10:9007199254740990");
	report(TALLY_first, FIRST, "10:9007199254740990");
	assert_counted(FIRST, 10, 9007199254.740991);
}
END_TEST

START_TEST(many_at_once_are_as_one_by_one)
{
	struct health_report r = { .vendor = STR("openai"), .most_warm = 3 };
	char names[HEALTH_TALLIES_MAX][32];

	for (int i = 0; i < HEALTH_TALLIES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "input model-%d", i);
		r.tallies[r.n_tallies++] = (struct health_tally){ TALLY_input, str_of(names[i]),
								  STR("0:5000000 1:4000000") };
	}
	for (int i = 0; i < HEALTH_WARM_MAX; i++)
		r.warm[r.n_warm++] = (struct health_warm){ STR("x 1 e m"), NOW_S + 1 + i };
	ck_assert(send_report(&r));
	ck_assert_uint_eq(read_tally("").n, HEALTH_TALLIES_MAX);
	assert_counted("input model-7", 1, 4);
	ck_assert_int_eq(read_warm().until_s, NOW_S + HEALTH_WARM_MAX);
}
END_TEST

START_TEST(a_key_of_another_type_changes_nothing)
{
	fix_int("SADD " WARM " x");
	ck_assert(!report(TALLY_first, FIRST, "10:1000000"));
	ck_assert_int_eq(fix_int("EXISTS " HEALTH), 0);
}
END_TEST

START_TEST(damaged_counts_are_as_none)
{
	freeReplyObject(redisCommand(fix.raw, "HSET %s %s %s", HEALTH, FIRST, "never 10:5000000"));
	ck_assert(report(TALLY_first, FIRST, "10:1000000"));
	assert_counted(FIRST, 10, 1);
}
END_TEST

START_TEST(nothing_lives_for_ever)
{
	report(TALLY_first, FIRST, "10:1000000");
	report_warm("a 1 e m", NOW_S + 60);
	ck_assert_int_eq(fix_int("PEXPIRETIME " HEALTH), T0 / 1000 + 30 * DAY / 1000);
	ck_assert_int_eq(fix_int("PEXPIRETIME " WARM), T0 / 1000 + HOUR / 1000);
}
END_TEST

START_TEST(what_is_spent_is_forgotten)
{
	const struct str names[] = { STR("input a"), STR("input b") };

	report(TALLY_input, "input a", "0:1000000");
	report(TALLY_input, "input b", "0:1000000");
	report(TALLY_input, "input c", "0:1000000");
	health_forget(&fix.store, &fix_lease, STR("openai"), 2, names);
	ck_assert_uint_eq(read_tally("input c").n, 1);
	assert_counted("input c", 0, 1);
}
END_TEST

/* --- warm prefixes --- */

START_TEST(prefixes_are_warm_until_their_last_use_is_too_long_ago)
{
	report_warm("a 1 e m", NOW_S + 300);
	report_warm("a 1 e m", NOW_S + 200); /* told late */
	ck_assert_int_eq(read_warm().until_s, NOW_S + 300);
	report_warm("a 1 e m", NOW_S + 400);
	ck_assert_uint_eq(read_warm().n, 1);
	ck_assert_int_eq(read_warm().until_s, NOW_S + 400);
	wait_us(400 * SECOND);
	report(TALLY_first, FIRST, "10:1000000");
	ck_assert_uint_eq(read_warm().n, 0);
}
END_TEST

START_TEST(only_the_latest_prefixes_are_kept)
{
	report_warm("a 1 e m", NOW_S + 40);
	report_warm("b 1 e m", NOW_S + 10);
	report_warm("c 1 e m", NOW_S + 30);
	report_warm("d 1 e m", NOW_S + 20);
	ck_assert_uint_eq(read_warm().n, 3);
	ck_assert_str_eq(read_warm().first, "d 1 e m");
}
END_TEST

Suite *suite_health(void)
{
	Suite *s = suite_create("health");
	TCase *t = tcase_create("health");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_test(t, reports_add_up);
	tcase_add_test(t, old_counts_lose_half_in_their_half_life);
	tcase_add_test(t, the_order_of_reports_does_not_matter);
	tcase_add_test(t, a_clock_that_goes_back_adds_nothing);
	tcase_add_test(t, what_is_aged_to_nothing_goes);
	tcase_add_test(t, counts_end_where_numbers_are_exact);
	tcase_add_test(t, many_at_once_are_as_one_by_one);
	tcase_add_test(t, a_key_of_another_type_changes_nothing);
	tcase_add_test(t, damaged_counts_are_as_none);
	tcase_add_test(t, nothing_lives_for_ever);
	tcase_add_test(t, what_is_spent_is_forgotten);
	tcase_add_test(t, prefixes_are_warm_until_their_last_use_is_too_long_ago);
	tcase_add_test(t, only_the_latest_prefixes_are_kept);
	suite_add_tcase(s, t);
	return s;
}
