/*
 * custom.c -- how long a strategy of one's own takes to score sixteen candidates, beside built-in
 * ones.
 *
 *   tests/bench/custom SCRIPT...
 *
 * Prints quantiles for an expression and for each script, and what a script has in memory: that
 * much is put back after each decision.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "conf/expr_read.h"
#include "core/expr_strategy.h"
#include "core/lua_strategy.h"
#include "core/strategy.h"
#include "core/wish.h"

#define TURNS      100000
#define SCRIPT_MAX (64u << 10)

static struct endpoint endpoint = { .name = { "here", 4 } };
static struct model models[PLAN_MAX];
static struct target targets[PLAN_MAX];
static struct candidate candidates[PLAN_MAX];
static struct facts facts;
static const struct choice choice = {
	.facts = &facts, .candidates = candidates, .n = PLAN_MAX, .first = candidates
};

static void make_world(void)
{
	facts.task = (struct task){ STR("programming"), 0.9 };
	wish_default(&facts.wish);
	for (int i = 0; i < PLAN_MAX; i++) {
		models[i] = (struct model){ .id = STR("a-model-of-a-vendor"),
					    .vendor = STR("vendor") };
		targets[i] = (struct target){ &models[i], &endpoint };
		candidates[i] = (struct candidate){ .target = &targets[i] };
		candidates[i].terms = (struct terms){ .quality = 0.5 + 0.01 * i,
						      .cost_nanos = 1e6 * (i + 1),
						      .total_high_ms = 1000 * i };
	}
}

typedef bool score_f(void *who, double *score_r, struct fault *fault_r);

static bool score_built_in(void *who, double *score_r, struct fault *fault_r)
{
	const struct strategy *s = who;

	(void)fault_r;
	for (int i = 0; i < PLAN_MAX; i++)
		score_r[i] = s->score(&choice, &candidates[i]);
	return true;
}

static bool score_expression(void *who, double *score_r, struct fault *fault_r)
{
	return expr_strategy_score(who, &choice, score_r, fault_r);
}

static bool score_script(void *who, double *score_r, struct fault *fault_r)
{
	return lua_strategy_score(who, &choice, score_r, fault_r);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void measure(const char *name, score_f *score, void *who, size_t image)
{
	static int64_t times[TURNS];
	double scores[PLAN_MAX];
	struct fault f = { .text = "" };

	for (int i = 0; i < TURNS; i++) {
		int64_t began = now_ns();

		if (!score(who, scores, &f)) {
			printf("%-24s %s\n", name, f.text);
			return;
		}
		times[i] = now_ns() - began;
	}
	qsort(times, TURNS, sizeof(times[0]), by_size);
	printf("%-24s %8.2f %8.2f %10zu\n", name, (double)times[TURNS / 2] / 1000,
	       (double)times[TURNS * 99 / 100] / 1000, image);
}

static void measure_expression(const char *score, const char *filter)
{
	struct expr score_expr, filter_expr;
	const struct expr_strategy s = { .score = &score_expr, .filter = &filter_expr };
	struct expr_fault f;
	struct arena a;

	arena_init(&a, 1 << 20);
	if (expr_read(&a, str_of(score), EXPR_ABOUT_CANDIDATE, CUSTOM_NUMBER, &score_expr, &f) &&
	    expr_read(&a, str_of(filter), EXPR_ABOUT_CANDIDATE, CUSTOM_TRUTH, &filter_expr, &f))
		measure("expression", score_expression, (void *)&s, 0);
	else
		printf("expression: %s\n", f.text);
	arena_release(&a);
}

static void measure_script(const char *path)
{
	const struct lua_limits limits = { 20000, 1 << 20, clock_work_us };
	static char text[SCRIPT_MAX];
	struct lua_strategy *s = NULL;
	struct fault fault = { .text = "it cannot be opened" };
	FILE *f = fopen(path, "re");

	if (f) {
		s = lua_strategy_new((struct str){ text, fread(text, 1, sizeof(text), f) }, &limits,
				     &fault);
		fclose(f);
	}
	if (s)
		measure(strrchr(path, '/') ? strrchr(path, '/') + 1 : path, score_script, s,
			lua_strategy_image(s));
	else
		printf("%s: %s\n", path, fault.text);
	lua_strategy_free(s);
}

int main(int argc, char **argv)
{
	make_world();
	printf("%-24s %8s %8s %10s\n", "16 candidates", "p50 us", "p99 us", "bytes");
	measure("balanced", score_built_in, (void *)strategy_of(STR("balanced")), 0);
	measure_expression("quality - 0.1 * cost / first.cost - if(latency > 3, 0.1, 0)",
			   "vendor != \"qwen\" or task == \"translation\"");
	for (int i = 1; i < argc; i++)
		measure_script(argv[i]);
	return 0;
}
