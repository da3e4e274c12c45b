/*
 * target_custom.c -- any text is an expression or a mistake in it, and a script in Lua that gives
 * scores or fails; both give the same twice, whatever was run in between.
 *
 * The first byte chooses: an expression about candidates or about the request, or a script.
 */
#include <math.h>

#include "conf/expr_read.h"
#include "core/decide.h"
#include "core/lua_strategy.h"
#include "core/wish.h"
#include "fuzz.h"

#define CANDIDATES 3

static struct endpoint endpoint = { .name = { "here", 4 } };
static struct model models[CANDIDATES];
static struct target targets[CANDIDATES];
static struct candidate candidates[CANDIDATES];
static struct facts facts;
static const struct choice choice = {
	.facts = &facts, .candidates = candidates, .n = CANDIDATES, .first = candidates
};

static void make_world(void)
{
	static const char *const ids[CANDIDATES] = { "a", "b", "c" };

	facts = (struct facts){ .task = { STR("other"), 0.5 },
				.max_tokens = -1,
				.at_s = 1795375800 };
	facts.features.text_bytes = 1000;
	wish_default(&facts.wish);
	for (int i = 0; i < CANDIDATES; i++) {
		models[i] = (struct model){ .id = str_of(ids[i]), .vendor = STR("v") };
		targets[i] = (struct target){ &models[i], &endpoint };
		candidates[i] = (struct candidate){ .target = &targets[i] };
		candidates[i].terms = (struct terms){ .quality = 0.5 + 0.1 * i,
						      .cost_nanos = 1e6 * i,
						      .total_high_ms = 1000 };
	}
}

/* --- expressions --- */

static bool same(enum custom_type type, struct custom_value a, struct custom_value b)
{
	return type == CUSTOM_NUMBER ? a.number == b.number : a.truth == b.truth;
}

static void run(const struct expr *e, const struct expr *again, enum custom_type gives,
		bool of_candidate)
{
	for (int i = 0; i < CANDIDATES; i++) {
		const struct expr_scope scope = { &facts, of_candidate ? &candidates[i] : NULL,
						  of_candidate ? candidates : NULL };
		struct custom_value v, w;
		bool fine = expr_run(e, &scope, &v);

		HOLDS(expr_run(again, &scope, &w) == fine, "run twice, it fails once");
		if (!fine)
			continue;
		HOLDS(gives != CUSTOM_NUMBER || isfinite(v.number), "a number that is not finite");
		HOLDS(same(gives, v, w), "run twice, it is worth something else");
	}
}

static void try_expr(struct str text, enum expr_about about, enum custom_type gives)
{
	struct expr_fault fault = { .at = SIZE_MAX };
	struct expr e, again;
	struct arena a;

	arena_init(&a, FUZZ_ROOM);
	if (!expr_read(&a, text, about, gives, &e, &fault)) {
		HOLDS(fault.at <= text.n && fault.text[0], "a fault at %zu of %zu", fault.at,
		      text.n);
	} else {
		HOLDS(str_eq(e.text, text) && e.n <= EXPR_STEPS_MAX, "%u steps", e.n);
		HOLDS(expr_read(&a, e.text, about, gives, &again, &fault), "read twice: %s",
		      fault.text);
		run(&e, &again, gives, about == EXPR_ABOUT_CANDIDATE);
	}
	arena_release(&a);
}

/* --- scripts --- */

static void must_be_told(const struct fault *f)
{
	HOLDS(f->text[0], "a failure that is not told");
	for (const char *c = f->text; *c; c++)
		HOLDS(*c >= ' ' && *c <= '~', "a failure told with a control character");
}

static void try_script(struct str text)
{
	const struct lua_limits limits = { .instructions = 2000, .memory_bytes = 1 << 18 };
	double scores[CANDIDATES] = { 0 }, again[CANDIDATES] = { 0 };
	struct fault f = { .text = "" }, g = { .text = "" };
	struct lua_strategy *s = lua_strategy_new(text, &limits, &f);
	bool fine;

	if (!s) {
		must_be_told(&f);
		return;
	}
	fine = lua_strategy_score(s, &choice, scores, &f);
	HOLDS(lua_strategy_score(s, &choice, again, &g) == fine, "run twice, it fails once");
	if (!fine) {
		must_be_told(&f);
		HOLDS(strcmp(f.text, g.text) == 0, "run twice: \"%s\", \"%s\"", f.text, g.text);
	}
	for (int i = 0; fine && i < CANDIDATES; i++)
		HOLDS(isnan(scores[i]) ? isnan(again[i]) : scores[i] == again[i],
		      "run twice, it gives other scores");
	lua_strategy_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	uint64_t which = fuzz_choose(&in, 3);
	char *own = fuzz_own(in);
	struct str text = { own, in.n };

	make_world();
	switch (which) {
	case 0: try_expr(text, EXPR_ABOUT_CANDIDATE, CUSTOM_NUMBER); break;
	case 1: try_expr(text, EXPR_ABOUT_CANDIDATE, CUSTOM_TRUTH); break;
	case 2: try_expr(text, EXPR_ABOUT_REQUEST, CUSTOM_TRUTH); break;
	default: try_script(text); break;
	}
	free(own);
	return 0;
}
