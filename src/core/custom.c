/* custom.c -- expressions and scripts behind one door, and who has failed too often. */
#include "core/custom.h"

#include "core/expr_strategy.h"
#include "core/lua_strategy.h"

struct script {
	struct lua_strategy *lua;                 /* NULL: these are expressions */
	int64_t failed_at_s[CUSTOM_FAILURES_MAX]; /* the last ones, the oldest first */
	int64_t left_alone_until_s;               /* 0 = it is not */
};

struct custom {
	const struct catalog *catalog;
	struct custom_host host;
	struct custom_runner runner;
	struct script *scripts; /* by place among the catalog's strategies */
};

/* --- scripts that fail --- */

static void tell(const struct custom *c, const struct custom_strategy *s, bool tried,
		 const char *why)
{
	if (c->host.changed)
		c->host.changed(c->host.who, s, tried, why);
}

static bool is_left_alone(struct custom *c, const struct custom_strategy *strategy,
			  struct script *script, int64_t now_s, struct fault *fault_r)
{
	if (script->left_alone_until_s == 0)
		return false;
	if (now_s < script->left_alone_until_s) {
		fault_set(fault_r, ERR_INTERNAL, "", "left alone after %d failures in %d seconds",
			  CUSTOM_FAILURES_MAX, CUSTOM_PERIOD_S);
		return true;
	}
	script->left_alone_until_s = 0;
	tell(c, strategy, true, "");
	return false;
}

static void note_failure(struct custom *c, const struct custom_strategy *strategy,
			 struct script *script, int64_t now_s, const char *why)
{
	int64_t *failed = script->failed_at_s;
	bool often;

	if (!c->host.work_us)
		return;
	memmove(failed, failed + 1, sizeof(*failed) * (CUSTOM_FAILURES_MAX - 1));
	failed[CUSTOM_FAILURES_MAX - 1] = now_s;
	often = failed[0] && now_s - failed[0] < CUSTOM_PERIOD_S;
	if (!often)
		return;
	/* after which these failures are too long ago to count again */
	script->left_alone_until_s = now_s + CUSTOM_PERIOD_S;
	tell(c, strategy, false, why);
}

static bool run_script(struct custom *c, const struct custom_strategy *strategy,
		       const struct choice *choice, double *score_r, struct fault *fault_r)
{
	struct script *script = &c->scripts[strategy - c->catalog->strategies];
	int64_t now_s = choice->facts->at_s;

	if (is_left_alone(c, strategy, script, now_s, fault_r))
		return false;
	if (!script->lua) {
		fault_set(fault_r, ERR_INTERNAL, "", "the script could not be loaded");
		return false;
	}
	if (lua_strategy_score(script->lua, choice, score_r, fault_r))
		return true;
	note_failure(c, strategy, script, now_s, fault_r->text);
	return false;
}

/* --- the door --- */

static bool rule(void *who, const struct custom_strategy *strategy, const struct facts *facts,
		 struct wish *wish, struct fault *fault_r)
{
	(void)who;
	return expr_strategy_rule(strategy->expr, facts, wish, fault_r);
}

static bool score(void *who, const struct custom_strategy *strategy, const struct choice *choice,
		  double *score_r, struct fault *fault_r)
{
	/* a script has no filter that fallbacks could be asked by */
	if (!str_absent(strategy->script))
		return choice->n == 0 || run_script(who, strategy, choice, score_r, fault_r);
	return expr_strategy_score(strategy->expr, choice, score_r, fault_r);
}

/* A script that is not loaded here (there is no memory) fails each time that it is wanted. */
static void open_script(struct custom *c, uint32_t i)
{
	const struct custom_strategy *s = &c->catalog->strategies[i];
	const struct lua_limits limits = { .instructions = s->instructions,
					   .memory_bytes = s->memory_bytes,
					   .work_us = c->host.work_us };
	struct fault f;

	if (!str_absent(s->script))
		c->scripts[i].lua = lua_strategy_new(s->script, &limits, &f);
}

struct custom *custom_new(const struct catalog *catalog, const struct custom_host *host)
{
	struct custom *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->catalog = catalog;
	if (host)
		c->host = *host;
	c->runner = (struct custom_runner){ .rule = rule, .score = score, .who = c };
	c->scripts = calloc(catalog->n_strategies + 1, sizeof(c->scripts[0]));
	if (!c->scripts) {
		custom_free(c);
		return NULL;
	}
	for (uint32_t i = 0; i < catalog->n_strategies; i++)
		open_script(c, i);
	return c;
}

void custom_free(struct custom *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; c->scripts && i < c->catalog->n_strategies; i++)
		lua_strategy_free(c->scripts[i].lua);
	free(c->scripts);
	free(c);
}

const struct custom_runner *custom_runner(const struct custom *c)
{
	return &c->runner;
}
