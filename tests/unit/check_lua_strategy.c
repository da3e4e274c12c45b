/*
 * check_lua_strategy.c -- scripts: what they see, what they can, and that they are stopped.
 *
 * Each file of tests/strategies/hostile is one attack; its second line says how it ends. With
 * $SR_TIMES the time of each is printed.
 */
#include "custom_kit.h"

#include <dirent.h>
#include <lauxlib.h>
#include <math.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/custom_field.h"
#include "core/lua_library.h"
#include "core/lua_strategy.h"

#define INSTRUCTIONS 20000
#define MEMORY       (1u << 20)
#define SCRIPTS_MAX  200
#define OVER_US      1000 /* that a script may run on after its limit */

static struct custom_kit kit;
static struct lua_strategy *strategy;
static struct fault fault;
static double scores[PLAN_MAX];

static const struct lua_limits limits = { INSTRUCTIONS, MEMORY, clock_work_us };

static void setup(void)
{
	custom_kit_init(&kit, 3);
}

static void teardown(void)
{
	lua_strategy_free(strategy);
	strategy = NULL;
}

static void load(const char *script)
{
	teardown();
	strategy = lua_strategy_new(str_of(script), &limits, &fault);
	ck_assert_msg(strategy != NULL, "%s: %s", script, fault.text);
}

static bool run(void)
{
	return lua_strategy_score(strategy, &kit.choice, scores, &fault);
}

static void assert_runs(const char *script)
{
	load(script);
	ck_assert_msg(run(), "%s: %s", script, fault.text);
}

static void assert_fails(const char *script, const char *says)
{
	load(script);
	ck_assert_msg(!run(), "%s gave scores", script);
	ck_assert_msg(str_has(str_of(fault.text), says), "%s: \"%s\" is not in \"%s\"", script,
		      says, fault.text);
}

/* --- what a script sees --- */

START_TEST(a_script_gives_each_candidate_a_score)
{
	assert_runs("function score(request, candidates)\n"
		    "  local scores = {}\n"
		    "  for i, c in ipairs(candidates) do\n"
		    "    scores[i] = c.quality - c.cost / candidates.first.cost\n"
		    "  end\n"
		    "  return scores\n"
		    "end\n");
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_double_eq_tol(scores[i], 0.5 + 0.01 * i - (i + 1), 1e-12);
}
END_TEST

START_TEST(a_candidate_without_a_score_is_left_out)
{
	assert_runs("function score() return { nil, 7, false } end");
	ck_assert(isnan(scores[0]));
	ck_assert_double_eq(scores[1], 7);
	ck_assert(isnan(scores[2]));
}
END_TEST

START_TEST(there_are_as_many_candidates_as_there_are)
{
	const char *script = "function score(_, c)\n"
			     "  local n = 0\n"
			     "  for _ in ipairs(c) do n = n + 1 end\n"
			     "  assert(n == #c)\n"
			     "  local s = {}\n"
			     "  for i = 1, 16 do s[i] = n end\n"
			     "  return s\n"
			     "end";

	load(script);
	for (uint32_t n = 1; n <= PLAN_MAX; n++) {
		custom_kit_init(&kit, n);
		scores[n % PLAN_MAX] = -1;
		ck_assert_msg(run(), "%s", fault.text);
		ck_assert_double_eq(scores[n - 1], n);
		ck_assert(n == PLAN_MAX || scores[n] == -1);
	}
}
END_TEST

/* the field of both, as a script sees it, must be what expressions see */
START_TEST(every_field_is_there)
{
	const struct custom_field *f;
	char script[300];

	for (size_t i = 0; (f = custom_field_nth(i)) != NULL; i++) {
		struct custom_value v = f->get(&kit.facts, &kit.candidates[1]);
		const char *of = f->of_candidate ? "candidates[2]" : "request";

		snprintf(script, sizeof(script),
			 "function score(request, candidates)\n"
			 "  local v = %s.%s\n"
			 "  return { type(v) == '%s' and 1, tonumber(v), v == true and 1 }\n"
			 "end",
			 of, f->name,
			 f->type == CUSTOM_TEXT     ? "string"
			 : f->type == CUSTOM_NUMBER ? "number"
						    : "boolean");
		assert_runs(script);
		ck_assert_msg(scores[0] == 1, "%s has another type", f->name);
		if (f->type == CUSTOM_NUMBER)
			ck_assert_double_eq(scores[1], v.number);
		if (f->type == CUSTOM_TRUTH)
			ck_assert(v.truth == (scores[2] == 1));
	}
}
END_TEST

static const char *const claims[] = {
	"string.len('abc') == 3 and ('abc'):len() == 3",
	"('aBZ'):lower() == 'abz' and ('aBz'):upper() == 'ABZ'",
	"('abcdef'):sub(2, 3) == 'bc' and ('abcdef'):sub(-2) == 'ef' and ('abc'):sub(2) == 'bc'",
	"('abc'):sub(0) == 'abc' and ('abc'):sub(3, 2) == '' and ('abc'):sub(9) == ''",
	"('abc'):sub(1, -2) == 'ab' and ('abc'):sub(1, 0) == '' and ('abc'):sub(1, -9) == ''",
	"('abc'):sub(math.tointeger(-2^63), math.tointeger(2^62)) == 'abc'",
	"('abc'):contains('b') and not ('abc'):contains('.')",
	"('abc'):starts_with('ab') and ('abc'):ends_with('bc') and not ('abc'):ends_with('ab')",
	"tostring(1) == '1' and tostring(nil) == 'nil' and tostring(true) == 'true'",
	"tonumber('12') == 12 and tonumber('x') == nil and select('#', 1, 2) == 2",
	"math.floor(1.5) == 1 and math.ceil(1.5) == 2 and math.max(1, 2) == 2 and math.min(1, 2) "
	"== 1",
	"math.sqrt(4) == 2 and math.abs(-1) == 1 and math.exp(0) == 1 and math.log(1) == 0",
};

START_TEST(what_a_script_can_call_works)
{
	char script[300];

	snprintf(script, sizeof(script), "function score() assert(%s) return {} end", claims[_i]);
	assert_runs(script);
}
END_TEST

START_TEST(the_list_of_functions_is_what_there_is)
{
	const struct lua_function *f;
	char script[200];

	for (size_t i = 0; (f = lua_function_nth(i)) != NULL; i++) {
		snprintf(script, sizeof(script),
			 "function score() assert(%s%s%s ~= nil) return {} end", f->table,
			 f->table[0] ? "." : "", f->name);
		assert_runs(script);
	}
}
END_TEST

static const char *const absent[] = {
	"load",
	"loadstring",
	"dofile",
	"loadfile",
	"require",
	"package",
	"io",
	"os",
	"debug",
	"coroutine",
	"utf8",
	"table",
	"pcall",
	"xpcall",
	"getmetatable",
	"setmetatable",
	"rawget",
	"rawset",
	"rawequal",
	"rawlen",
	"pairs",
	"next",
	"print",
	"warn",
	"_G",
	"_VERSION",
	"collectgarbage",
	"math.random",
	"math.randomseed",
	"math.fmod",
	"string.rep",
	"string.find",
	"string.match",
	"string.gmatch",
	"string.gsub",
	"string.format",
	"string.dump",
	"string.byte",
	"string.char",
	"string.pack",
	"string.unpack",
	"string.packsize",
};

START_TEST(what_could_do_harm_is_not_there)
{
	char script[200];

	snprintf(script, sizeof(script), "function score() assert(%s == nil) return {} end",
		 absent[_i]);
	assert_runs(script);
}
END_TEST

/* --- limits --- */

START_TEST(a_script_has_the_instructions_that_it_may_have)
{
	/* a turn of the loop is one instruction */
	assert_runs("function score() for i = 1, 19000 do end return {} end");
	assert_fails("function score() for i = 1, 20000 do end return {} end",
		     "stopped at the limit of instructions");
}
END_TEST

/* lists of 900 numbers, 14 KB each */
#define LISTS(n)                                                                             \
	"local function copy(...) for i = 1, " n " do local _ = { ... } end return {} end\n" \
	"local function fill(n, ...)\n"                                                      \
	"  if n == 0 then return copy(...) end\n"                                            \
	"  return fill(n - 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)\n"                         \
	"end\n"                                                                              \
	"function score() return fill(90) end"

START_TEST(a_script_has_the_memory_that_it_may_have)
{
	assert_runs(LISTS("50"));
	assert_fails(LISTS("100"), "stopped at the limit of memory");
}
END_TEST

START_TEST(a_script_has_the_time_that_it_may_have)
{
	const struct lua_limits patient = { INSTRUCTIONS, MEMORY, NULL };
	const char *script = "function score()\n"
			     "  local large, small, rest = 1e308, 1e-308, 0\n"
			     "  for i = 1, 3000 do\n"
			     "    rest = large % small\n"
			     "    rest = large % small\n"
			     "  end\n"
			     "  return {}\n"
			     "end";

	assert_fails(script, "stopped at the limit of time");
	/* without a clock the same script ends by itself: that is what makes a replay exact */
	teardown();
	strategy = lua_strategy_new(str_of(script), &patient, &fault);
	ck_assert(run());
}
END_TEST

START_TEST(a_script_that_does_not_end_cannot_be_loaded)
{
	ck_assert_ptr_null(lua_strategy_new(STR("while true do end"), &limits, &fault));
	ck_assert_str_eq(fault.text, "stopped at the limit of instructions");
	ck_assert_ptr_null(lua_strategy_new(STR("function"), &limits, &fault));
	ck_assert_ptr_null(lua_strategy_new(STR(""), &limits, &fault));
	ck_assert_str_eq(fault.text, "there is no function score(request, candidates)");
}
END_TEST

static int write_bytecode(lua_State *l, const void *p, size_t n, void *to)
{
	(void)l;
	buf_add(to, (struct str){ p, n });
	return 0;
}

START_TEST(bytecode_is_refused)
{
	lua_State *l = luaL_newstate();
	struct buf code;

	buf_init(&code, 1 << 16);
	ck_assert_int_eq(luaL_loadstring(l, "function score() return {} end"), LUA_OK);
	lua_dump(l, write_bytecode, &code, 0);
	lua_close(l);
	ck_assert(code.n > 0);
	ck_assert_ptr_null(lua_strategy_new(buf_str(&code), &limits, &fault));
	ck_assert_msg(str_has(str_of(fault.text), "attempt to load a binary chunk"), "%s",
		      fault.text);
	buf_release(&code);
}
END_TEST

/* --- nothing is kept --- */

START_TEST(a_script_remembers_nothing)
{
	load("local calls, seen = 0, {}\n"
	     "function score(_, candidates)\n"
	     "  calls = calls + 1\n"
	     "  total = (total or 0) + 1\n"
	     "  seen[#seen + 1] = calls\n"
	     "  string.calls = (string.calls or 0) + 1\n"
	     "  candidates.calls = (candidates.calls or 0) + 1\n"
	     "  local before = { calls, total + #seen - 1, string.calls + candidates.calls - 1 }\n"
	     "  ipairs, math.floor, score = nil, nil, nil\n"
	     "  return before\n"
	     "end");
	for (int i = 0; i < 5; i++) {
		ck_assert_msg(run(), "%s", fault.text);
		for (int c = 0; c < 3; c++)
			ck_assert_double_eq(scores[c], 1);
	}
}
END_TEST

START_TEST(a_script_that_was_stopped_begins_anew)
{
	load("local stuck = false\n"
	     "function score(request)\n"
	     "  assert(not stuck)\n"
	     "  stuck = true\n"
	     "  local all = {}\n"
	     "  while request.stream do all = { all } end\n"
	     "  return { 1, 2, 3 }\n"
	     "end");
	for (int i = 0; i < 5; i++) {
		kit.facts.stream = true;
		ck_assert(!run());
		kit.facts.stream = false;
		ck_assert_msg(run(), "%s", fault.text);
		ck_assert_double_eq(scores[2], 3);
	}
}
END_TEST

/* --- attacks --- */

struct attack {
	char name[64], script[4096], ends[200];
	size_t n;
};

static struct attack attacks[SCRIPTS_MAX];
static int n_attacks;

static void read_attack(const char *name)
{
	struct attack *a = &attacks[n_attacks++];
	char path[512];
	const char *ends;
	FILE *f;

	ck_assert_int_le(n_attacks, SCRIPTS_MAX);
	snprintf(path, sizeof(path), "%s/%s", HOSTILE, name);
	snprintf(a->name, sizeof(a->name), "%s", name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	a->n = fread(a->script, 1, sizeof(a->script) - 1, f);
	fclose(f);
	ends = strstr(a->script, "-- Ends: ");
	ck_assert_msg(ends != NULL, "%s does not say how it ends", name);
	ends += strlen("-- Ends: ");
	snprintf(a->ends, sizeof(a->ends), "%.*s", (int)strcspn(ends, "\n"), ends);
}

static void read_attacks(void)
{
	DIR *d = opendir(HOSTILE);
	struct dirent *e;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (str_ends(str_of(e->d_name), STR(".lua")))
			read_attack(e->d_name);
	closedir(d);
}

static void assert_others_are_unharmed(struct lua_strategy *fair)
{
	double fair_scores[PLAN_MAX];

	ck_assert_msg(lua_strategy_score(fair, &kit.choice, fair_scores, &fault), "%s", fault.text);
	for (uint32_t i = 0; i < kit.choice.n; i++)
		ck_assert_double_eq(fair_scores[i], kit.candidates[i].terms.quality);
}

/* The longest of some runs: the first takes its memory from the system, too. On a busy machine the
 * time may be over before the memory is, but not each time. */
static int64_t time_attack(const struct attack *a)
{
	int64_t longest_us = 0;
	bool ended_as_told = false;

	load(a->script);
	for (int i = 0; i < 5; i++) {
		int64_t begin_us = clock_work_us(), took_us;

		ck_assert_msg(!run(), "%s gave scores", a->name);
		took_us = clock_work_us() - begin_us;
		longest_us = took_us > longest_us ? took_us : longest_us;
		if (str_has(str_of(fault.text), a->ends))
			ended_as_told = true;
		else
			ck_assert_msg(str_has(str_of(fault.text), "the limit of time"),
				      "%s: \"%s\" is not in \"%s\"", a->name, a->ends, fault.text);
	}
	ck_assert_msg(ended_as_told, "%s: never \"%s\"", a->name, a->ends);
	return longest_us;
}

START_TEST(an_attack_is_stopped_and_harms_nobody)
{
	const int64_t limit_us = LUA_BOX_TIME_US(INSTRUCTIONS);
	struct lua_strategy *fair = lua_strategy_new(
		STR("function score(_, candidates)\n"
		    "  local s = {}\n"
		    "  for i, c in ipairs(candidates) do s[i] = c.quality end\n"
		    "  return s\n"
		    "end"),
		&limits, &fault);

	ck_assert_ptr_nonnull(fair);
	read_attacks();
	ck_assert_int_gt(n_attacks, 50);
	for (int i = 0; i < n_attacks; i++) {
		int64_t took_us = time_attack(&attacks[i]);

		assert_others_are_unharmed(fair);
		if (getenv("SR_TIMES"))
			printf("%-28s %5lld us, over %4lld us: %s\n", attacks[i].name,
			       (long long)took_us,
			       (long long)(took_us > limit_us ? took_us - limit_us : 0),
			       fault.text);
		ck_assert_msg(took_us <= limit_us + OVER_US, "%s took %lld us", attacks[i].name,
			      (long long)took_us);
	}
	lua_strategy_free(fair);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("scripts of strategies");
	TCase *t = tcase_create("lua");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_script_gives_each_candidate_a_score);
	tcase_add_test(t, a_candidate_without_a_score_is_left_out);
	tcase_add_test(t, there_are_as_many_candidates_as_there_are);
	tcase_add_test(t, every_field_is_there);
	tcase_add_loop_test(t, what_a_script_can_call_works, 0, COUNT_OF(claims));
	tcase_add_test(t, the_list_of_functions_is_what_there_is);
	tcase_add_loop_test(t, what_could_do_harm_is_not_there, 0, COUNT_OF(absent));
	tcase_add_test(t, a_script_has_the_instructions_that_it_may_have);
	tcase_add_test(t, a_script_has_the_memory_that_it_may_have);
	tcase_add_test(t, a_script_has_the_time_that_it_may_have);
	tcase_add_test(t, a_script_that_does_not_end_cannot_be_loaded);
	tcase_add_test(t, bytecode_is_refused);
	tcase_add_test(t, a_script_remembers_nothing);
	tcase_add_test(t, a_script_that_was_stopped_begins_anew);
	tcase_add_test(t, an_attack_is_stopped_and_harms_nobody);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
