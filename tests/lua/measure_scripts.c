/*
 * measure_scripts.c -- what the scripts cost the server: microseconds of Redis'
 * own time a call, from INFO commandstats. Not a test: it prints, and judges
 * nothing.
 */
#include "core/tally.h"
#include "lua/fixture.h"
#include "store/health.h"

#define CALLS 5000

/* limits of the payer */
static const struct {
	const char *text;
	struct {
		enum scope scope;
		const char *name;
	} limits[24];
} payers[] = {
	{ "no limits", { { SCOPE_org, NULL } } },
	{ "a budget each for key, team, org",
	  { { SCOPE_key, "budget:month" },
	    { SCOPE_team, "budget:month" },
	    { SCOPE_org, "budget:month" } } },
	{ "the same, rpm and tpm of the key",
	  { { SCOPE_key, "budget:month" },
	    { SCOPE_team, "budget:month" },
	    { SCOPE_org, "budget:month" },
	    { SCOPE_key, "rpm" },
	    { SCOPE_key, "tpm" } } },
	{ "every limit there is", { { SCOPE_key, "budget:hour" },
				    { SCOPE_key, "budget:day" },
				    { SCOPE_key, "budget:week" },
				    { SCOPE_key, "budget:month" },
				    { SCOPE_key, "budget:total" },
				    { SCOPE_team, "budget:hour" },
				    { SCOPE_team, "budget:day" },
				    { SCOPE_team, "budget:week" },
				    { SCOPE_team, "budget:month" },
				    { SCOPE_team, "budget:total" },
				    { SCOPE_org, "budget:hour" },
				    { SCOPE_org, "budget:day" },
				    { SCOPE_org, "budget:week" },
				    { SCOPE_org, "budget:month" },
				    { SCOPE_org, "budget:total" },
				    { SCOPE_key, "rpm" },
				    { SCOPE_key, "tpm" },
				    { SCOPE_team, "rpm" },
				    { SCOPE_team, "tpm" },
				    { SCOPE_org, "rpm" },
				    { SCOPE_org, "tpm" } } },
};

static void reset(void)
{
	freeReplyObject(redisCommand(fix.raw, "CONFIG RESETSTAT"));
}

static double us_a_call(void)
{
	redisReply *reply = redisCommand(fix.raw, "INFO commandstats");
	const char *line = strstr(reply->str, "cmdstat_evalsha:"), *value;
	double us = 0;

	value = line ? strstr(line, "usec_per_call=") : NULL;
	if (value)
		us = strtod(value + strlen("usec_per_call="), NULL);
	freeReplyObject(reply);
	return us;
}

/* as under load: many calls on their way, so that Redis finds one after the other */
#define AT_ONCE 100

static int left;

static void on_verdict(void *who, const struct verdict *v)
{
	(void)who;
	if (v->kind != VERDICT_OK)
		abort();
	left--;
}

static void on_settled(void *who, enum settle_end end, int64_t over, const char *entry)
{
	(void)who, (void)over, (void)entry;
	if (end != SETTLE_OK)
		abort();
	left--;
}

static void await_all(void)
{
	while (left > 0)
		uv_run(loop_uv(fix.loop), UV_RUN_ONCE);
}

static struct held held[CALLS];
static struct plan plan;

static void admit(struct held *h)
{
	books_admit(&fix.store, h, &plan, on_verdict, NULL);
}

static void extend(struct held *h)
{
	books_extend(&fix.store, h, &plan, 0, on_verdict, NULL);
}

static void settle_other(struct held *h)
{
	const struct charge c = { .attempt = 2, .tokens_used = -1 };

	books_settle(&fix.store, h, &c, on_settled, NULL);
}

static void settle(struct held *h)
{
	const struct charge c = {
		.attempt = 1,
		.cost_nanos = 120,
		.tokens_used = 12,
		.final = true,
		.model = "gpt-4o-mini",
		.endpoint = "openai",
		.usage = { .seen = true, .tokens = { [USAGE_input] = 7, [USAGE_output] = 5 } }
	};

	books_settle(&fix.store, h, &c, on_settled, NULL);
}

static double each(void (*call)(struct held *h))
{
	reset();
	for (int i = 0; i < CALLS; i++) {
		left++;
		call(&held[i]);
		if (left == AT_ONCE)
			await_all();
	}
	await_all();
	return us_a_call();
}

static void measure(void)
{
	double admit_us, extend_us, settle_us;
	char rid[40];

	plan.n = 0;
	for (int i = 0; i < 4; i++)
		fix_add(&plan, fix_candidate(100, 5, 20, 10));
	for (int i = 0; i < CALLS; i++) {
		snprintf(rid, sizeof(rid), "0123456789abcdef-%d", i);
		held[i] = fix_open(rid);
	}
	admit_us = each(admit);
	extend_us = each(extend);
	each(settle_other);
	settle_us = each(settle);
	printf("  admit %5.1f us   extend %5.1f us   settle, final %5.1f us\n", admit_us, extend_us,
	       settle_us);
}

/* the fixture asserts, which Check allows in its tests only */
START_TEST(every_payer)
{
	printf("%s\n", payers[_i].text);
	for (size_t l = 0; payers[_i].limits[l].name; l++)
		fix_limit(payers[_i].limits[l].scope, payers[_i].limits[l].name, "100000000");
	measure();
}
END_TEST

/* --- reports --- */

#define REPORTS 1000

/* what Redis has after some traffic: latencies over two orders of magnitude, and times of the last
 * second added to them */
static struct health_report one_report(size_t tallies, size_t warm)
{
	static char names[HEALTH_TALLIES_MAX][64], counts[TALLY_TEXT_MAX];
	static char entries[HEALTH_WARM_MAX][64];
	struct health_report r = { .vendor = STR("openai"), .most_warm = 1000 };
	struct sketch s = { 0 };
	struct buf b;

	for (int i = 0; i < 10; i++)
		sketch_add(&s, 300 + 7 * i);
	buf_init(&b, sizeof(counts));
	tally_write(&s, &b);
	str_copy(counts, sizeof(counts), buf_str(&b));
	buf_release(&b);
	for (; r.n_tallies < tallies; r.n_tallies++) {
		snprintf(names[r.n_tallies], sizeof(names[0]), "first openai model-%zu 1k",
			 r.n_tallies);
		r.tallies[r.n_tallies] = (struct health_tally){ TALLY_first,
								str_of(names[r.n_tallies]),
								str_of(counts) };
	}
	for (; r.n_warm < warm; r.n_warm++) {
		snprintf(entries[r.n_warm], sizeof(entries[0]), "%016zx 2048 openai gpt-4o",
			 r.n_warm);
		r.warm[r.n_warm] = (struct health_warm){ str_of(entries[r.n_warm]),
							 T0 / SECOND + 300 };
	}
	return r;
}

static void on_reported(void *who, bool ok)
{
	(void)who;
	if (!ok)
		abort();
	left--;
}

/* so that every tally has some eighty counters, as after a day of traffic */
static void fill(struct health_report *r)
{
	char counts[TALLY_TEXT_MAX];
	struct sketch s = { 0 };
	struct buf b;

	for (int ms = 100; ms < 3000; ms += 10)
		sketch_add(&s, ms);
	buf_init(&b, sizeof(counts));
	tally_write(&s, &b);
	str_copy(counts, sizeof(counts), buf_str(&b));
	buf_release(&b);
	for (size_t i = 0; i < r->n_tallies; i++) {
		struct health_report whole = *r;

		whole.tallies[0] = (struct health_tally){ TALLY_first, r->tallies[i].name,
							  str_of(counts) };
		whole.n_tallies = 1;
		left++;
		health_report(&fix.store, &whole, on_reported, NULL);
	}
	await_all();
}

static void measure_report(size_t tallies, size_t warm)
{
	struct health_report r = one_report(tallies, warm);

	fill(&r);
	reset();
	for (int i = 0; i < REPORTS; i++) {
		left++;
		health_report(&fix.store, &r, on_reported, NULL);
		if (left == AT_ONCE)
			await_all();
	}
	await_all();
	printf("  %2zu tallies, %2zu warm prefixes: %6.1f us\n", tallies, warm, us_a_call());
}

START_TEST(reports)
{
	printf("health_merge, tallies of 86 counters\n");
	measure_report(1, 0);
	measure_report(4, 2);
	measure_report(HEALTH_TALLIES_MAX, HEALTH_WARM_MAX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("server time");
	TCase *t = tcase_create("scripts");
	SRunner *runner;
	int failed;

	fix_begin();
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_loop_test(t, every_payer, 0, (int)COUNT_OF(payers));
	tcase_add_test(t, reports);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_MINIMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fix_end();
	return failed != 0;
}
