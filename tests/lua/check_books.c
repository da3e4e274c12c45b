/*
 * check_books.c -- the books against an oracle and the vendors' own records, over
 * random operations of several gateways, with everything that can go wrong on the
 * way (doc/money.md).
 *
 *   check_books [--seed N] [--ops N]                  the tests; N operations each
 *   check_books [--seed N] [--ops N] --ablate R1|R2|R5  one run without that rule
 *
 * An operation is a call of a script. The same seed does the same again. Without a
 * rule of the protocol only money is looked at, what vendors billed against what
 * the books hold, and such a run must fail.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "lua/world.h"
#include "unit/unit.h"

#define COMPARE_EVERY 1000
#define ABLATION_OPS  10000
#define AT_ONCE       30
#define PATIENCE_S    3600
#define SECOND        1000000LL
#define HOUR          (3600 * SECOND)
#define DAY           (24 * HOUR)

static const struct {
	const char *name;
	enum rule rule;
} rules[] = { { "R1", RULE_R1 }, { "R2", RULE_R2 }, { "R5", RULE_R5 } };

/* --- time --- */

static int64_t end_of_some_reservation(void)
{
	const struct oracle_reservation *r = oracle_some_open(
		&world.oracle, world_pick(HASH_COUNT(world.oracle.reservations) + 1));

	return r ? r->deadline_us : 0;
}

static int64_t end_of_some_key(void)
{
	return world.oracle.key[world_pick(ORACLE_ORGS)][world_pick(ORACLE_KEYS)].expires_us;
}

static int64_t some_moment(void)
{
	int64_t now = world.oracle.now_us;

	switch (world_pick(20)) {
	case 0:
	case 1:
	case 2: world.figures[FIGURE_PERIODS]++; return now + HOUR - now % HOUR;
	case 3:
		reconcile_estimates(); /* as vendors' records come each day */
		world.figures[FIGURE_PERIODS]++;
		return now + DAY - now % DAY;
	case 4: return now + 1000 * SECOND; /* longer than a tombstone's life */
	case 5:
	case 6: return end_of_some_key();
	case 7:
	case 8:
	case 9: return end_of_some_reservation();
	default: return now + (int64_t)world_pick(40) * SECOND;
	}
}

/* To a moment, one microsecond before it, or after it; and much happens just then. */
static void jump(void)
{
	int64_t by_us = some_moment() + (int64_t)world_pick(3) - 1 - world.oracle.now_us;

	if (by_us > 0 && by_us <= DAY)
		world_advance(by_us);
	forget_dead();
	coordinator_step(false);
	for (int n = 0; n < AT_ONCE; n++)
		gateway_step();
}

/* --- one operation --- */

static void step(void)
{
	uint32_t n = world_pick(1000);

	world_advance(world_pick(20000));
	if (n < 910)
		gateway_step();
	else if (n < 915)
		operator_step();
	else if (n < 938)
		coordinator_step(false);
	else if (n < 955)
		reconcile_step(false);
	else if (n < 992)
		command_wake_zombie();
	else if (n < 996)
		gateway_crash(&world.gateway[world_pick(WORLD_GATEWAYS)]);
	else
		jump();
}

static void look(void)
{
	if (world.off == RULE_NONE)
		check_touched();
	if (world.ops < world.compare_at)
		return;
	world.compare_at = world.ops + COMPARE_EVERY;
	if (world.off == RULE_NONE)
		compare_all();
	else
		check_truth();
}

/* everything ends, everything is known: the books must be the vendors' */
static void close_books(void)
{
	world.faults = false;
	gateway_finish_all();
	while (world.n_zombies && world_ok())
		command_wake_zombie();
	world_advance(HOUR);
	coordinator_step(true);
	reconcile_step(true);
	if (world.off == RULE_NONE)
		compare_all();
	check_settled();
}

static void report(double seconds)
{
	static const char *const names[] = {
		"clamped",        "settled", "repeated", "old",  "expired",
		"reconciled",     "crashes", "replayed", "late", "not answered",
		"limits changed", "periods", "compared",
	};
	static const char *const verdicts[] = {
		"ok",          "late", "stale",     "blocked", "expired", "period",
		"concurrency", "rate", "rate_size", "budget",  "done",    "no answer",
	};

	printf("seed %llu, %lld operations, %.1f s\n", (unsigned long long)world.seed,
	       (long long)world.ops, seconds);
	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		printf("%s%s %lld", i ? ", " : "  verdicts: ", verdicts[i],
		       (long long)world.verdicts[i]);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		printf("%s%s %lld", i ? ", " : "\n  ", names[i], (long long)world.figures[i]);
	printf("\n%s%s\n",
	       world_ok() ? "books equal to the nano-dollar" : "TROUBLE: ", world.trouble);
}

/* false: the books and the truth have parted; or, with a rule off, money was lost or doubled */
static bool run(uint64_t seed, int64_t ops, enum rule off)
{
	int64_t began_us = clock_mono_us();
	bool ok;

	if (world_begin(seed, off))
		while (world.ops < ops && world_ok()) {
			step();
			look();
		}
	if (world_ok())
		close_books();
	report((double)(clock_mono_us() - began_us) / 1e6);
	ok = world_ok();
	world_end();
	return ok;
}

/* --- tests --- */

static int64_t seed = 1, ops = 100000;

START_TEST(the_books_are_the_vendors_to_the_nano_dollar)
{
	ck_assert_msg(run((uint64_t)seed, ops, RULE_NONE), "%s", world.trouble);
}
END_TEST

START_TEST(without_the_rule_money_is_lost_or_doubled)
{
	ck_assert_msg(!run((uint64_t)seed, ABLATION_OPS, rules[_i].rule) && world.money_is_wrong,
		      "%s is off, and the books are not wrong: %s", rules[_i].name, world.trouble);
}
END_TEST

static int run_tests(void)
{
	Suite *s = suite_create("books");
	TCase *t = tcase_create("books");

	tcase_set_timeout(t, PATIENCE_S);
	tcase_add_test(t, the_books_are_the_vendors_to_the_nano_dollar);
	tcase_add_loop_test(t, without_the_rule_money_is_lost_or_doubled, 0, (int)COUNT_OF(rules));
	suite_add_tcase(s, t);
	return unit_run(s);
}

/* --- arguments --- */

static void usage(void)
{
	fputs("usage: check_books [--seed N] [--ops N] [--ablate R1|R2|R5]\n", stderr);
	exit(2);
}

static enum rule rule_of(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strcmp(rules[i].name, name) == 0)
			return rules[i].rule;
	usage();
	return RULE_NONE;
}

int main(int argc, char **argv)
{
	enum rule off = RULE_NONE;

	for (int i = 1; i < argc; i += 2) {
		struct str value = str_of(i + 1 < argc ? argv[i + 1] : "");

		if (strcmp(argv[i], "--ablate") == 0)
			off = rule_of(value.p);
		else if (!(strcmp(argv[i], "--seed") == 0 && str_i64(value, &seed)) &&
			 !(strcmp(argv[i], "--ops") == 0 && str_i64(value, &ops)))
			usage();
	}
	if (off != RULE_NONE)
		return run((uint64_t)seed, ops, off) ? 0 : 1;
	return run_tests();
}
