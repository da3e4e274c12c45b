/*
 * measure_scripts.c -- what the scripts cost the server: microseconds of Redis'
 * own time a call, from INFO commandstats. Not a test: it prints, and judges
 * nothing.
 */
#include "lua/fixture.h"

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

static void on_settled(void *who, enum settle_end end, int64_t over)
{
	(void)who, (void)over;
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

int main(void)
{
	Suite *s = suite_create("server time");
	TCase *t = tcase_create("scripts");
	SRunner *runner;
	int failed;

	fix_begin();
	tcase_add_checked_fixture(t, fix_setup, fix_teardown);
	tcase_add_loop_test(t, every_payer, 0, (int)COUNT_OF(payers));
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_MINIMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	fix_end();
	return failed != 0;
}
