/* check_conf_strategies.c -- `strategies:`: where faults are told, what is published, what is read.
 */
#include "conf_files.h"
#include "core/expr_strategy.h"

#define MODELS \
	"models: {openai: {a: {context: 9, max_output: 9}, b: {context: 9, max_output: 9}}}\n"
#define SCRIPT "function score(request, candidates) return {} end\n"

static struct loaded l;

static void teardown(void)
{
	loaded_release(&l);
}

static const struct custom_strategy *strategy(const char *name)
{
	const struct custom_strategy *s = catalog_strategy(l.catalog, str_of(name));

	ck_assert_msg(s != NULL, "no strategy %s", name);
	return s;
}

/* --- what is read --- */

START_TEST(a_strategy_has_what_was_said)
{
	const struct custom_strategy *s;

	l = conf_text_load(
		MODELS
		"strategies:\n"
		"  thrifty:\n"
		"    base: cost\n"
		"    filter: vendor != \"qwen\" or task == \"translation\"\n"
		"    score: quality - 2 * cost / first.cost\n"
		"    rules:\n"
		"      - when: tokens > 8000\n"
		"        use: quality\n"
		"      - {when: 'turns > 3', set: {quality_floor: 0.8, max_cost: 0.000001}}\n"
		"  other: {filter: priced}\n"
		"policies: {default: {order: [a, b], strategy: thrifty}}\n");
	assert_loads(l);
	ck_assert_uint_eq(l.catalog->n_strategies, 2);
	assert_str(l.catalog->strategies[0].name, "other");
	s = strategy("thrifty");
	assert_str(s->base, "cost");
	assert_str(s->expr->filter->text, "vendor != \"qwen\" or task == \"translation\"");
	ck_assert(s->scores);
	assert_absent(s->script);
	ck_assert_uint_eq(s->expr->n_rules, 2);
	assert_str(s->expr->rules[0].wish.strategy, "quality");
	assert_absent(s->expr->rules[1].wish.strategy);
	ck_assert_double_eq(s->expr->rules[1].wish.quality_floor, 0.8);
	ck_assert_double_eq(s->expr->rules[1].wish.max_cost, 1e-6);
	ck_assert(!strategy("other")->scores);
	assert_str(strategy("other")->base, "balanced");
	assert_str(l.catalog->policies[0].wish.strategy, "thrifty");
}
END_TEST

START_TEST(a_script_comes_from_a_file_or_stands_in_the_configuration)
{
	const struct conf_files files = {
		.main = "strategies:\n"
			"  far: {lua: sub/even.yaml, memory: 1MiB, instructions: 5000}\n"
			"  near:\n"
			"    script: |\n"
			"      " SCRIPT,
		.even_more = SCRIPT
	};

	l = conf_files_load(&files);
	assert_loads(l);
	assert_str(strategy("far")->script, SCRIPT);
	assert_str(strategy("near")->script, SCRIPT);
	ck_assert(strategy("far")->scores);
	ck_assert_uint_eq(strategy("far")->memory_bytes, 1 << 20);
	ck_assert_uint_eq(strategy("far")->instructions, 5000);
	ck_assert_uint_eq(strategy("near")->instructions, 20000);
}
END_TEST

START_TEST(what_is_published_reads_back)
{
	const struct conf_files files = {
		.main = MODELS
		"strategies:\n"
		"  far: {lua: sub/even.yaml, base: quality, instructions: 5000, memory: 2MiB}\n"
		"  near:\n"
		"    score: >\n"
		"      quality\n"
		"        - cost\n"
		"    filter: \"model == 'a\xC3\xA9' or\\tcode\"\n"
		"    rules: [{when: code, use: latency, set: {certainty: 1.5}}]\n",
		.even_more = "-- a\ttab, \"quotes\", \\ and \xE4\xBB\xB7\n" SCRIPT
	};
	struct buf text, again;
	struct catalog *c;

	l = conf_files_load(&files);
	assert_loads(l);
	buf_init(&text, 1 << 16);
	buf_init(&again, 1 << 16);
	conf_write(l.catalog, &text);
	c = conf_read(buf_str(&text), &l.faults);
	conf_faults_print(&l.faults, &l.said);
	ck_assert_msg(c != NULL, "%s", buf_cstr(&l.said));
	ck_assert_str_eq(c->hash, l.catalog->hash);
	conf_write(c, &again);
	ck_assert(str_eq(buf_str(&text), buf_str(&again)));
	assert_str(catalog_strategy(c, STR("far"))->script, files.even_more);
	ck_assert_uint_eq(catalog_strategy(c, STR("far"))->instructions, 5000);
	ck_assert_uint_eq(catalog_strategy(c, STR("far"))->memory_bytes, 2 << 20);
	assert_str(catalog_strategy(c, STR("near"))->expr->rules[0].wish.strategy, "latency");
	ck_assert_double_eq(catalog_strategy(c, STR("near"))->expr->rules[0].wish.certainty, 1.5);
	catalog_unref(c);
	buf_release(&text);
	buf_release(&again);
}
END_TEST

/* --- faults --- */

static const struct {
	const char *text, *says;
} faults[] = {
	/* the very letter, however the value is written */
	{ "strategies:\n  s:\n    score: quality - taks * 2\n",
	  "main.yaml:3:22: error: strategies.s.score: `taks` is no field; did you mean \"task\"?" },
	{ "strategies:\n  s:\n    score: \"  quality - taks\"\n", "main.yaml:3:25:" },
	{ "strategies: {s: {score: quality - taks}}\n",
	  "main.yaml:1:35: error: strategies.s.score" },
	{ "strategies:\n  s:\n    score: 'quality - taks'\n", "main.yaml:3:23:" },
	{ "strategies:\n  s:\n    filter: 'model == ''x'' and taks'\n", "main.yaml:3:33:" },
	{ "strategies:\n  s:\n    filter: \"model == \\\"x\\\" and taks\"\n", "main.yaml:3:33:" },
	{ "strategies:\n  s:\n    filter: \"\\x6dodel == 'x'\\tand taks\"\n", "main.yaml:3:35:" },
	{ "strategies:\n  s:\n    score: quality\n      - cost\n      - taks\n", "main.yaml:5:9:" },
	{ "strategies:\n  s:\n    score: >-\n      quality\n\n        - taks\n",
	  "main.yaml:6:11:" },
	{ "strategies:\n  s:\n    score: |  # why\n      quality -\n      taks\n",
	  "main.yaml:5:7:" },
	{ "strategies:\n  s:\n    score: \"quality \\\n      - taks\"\n", "main.yaml:4:9:" },
	{ "strategies:\n  s:\n    score: &a quality - taks\n", "main.yaml:3:25:" },
	{ "strategies:\r\n  s:\r\n    score: quality - taks\r\n", "main.yaml:3:22:" },
	{ "strategies:\n  s:\n    filter: model == '\xC3\xA9\xC3\xA9' and taks\n",
	  "main.yaml:3:31:" },
	{ "strategies:\n  s:\n    score: quality -\n", "main.yaml:3:21:" },
	{ "strategies:\n  s: {score: model}\n", "2:14: error: strategies.s.score: this is a text" },
	{ "strategies:\n  s:\n    rules:\n      - when: cost > 1\n        use: cost\n",
	  "main.yaml:4:15: error: strategies.s.rules[1].when: `cost` is of a candidate" },
	/* the rest of a strategy */
	{ "strategies: {s: {}}\n", "1:14: error: strategies.s says nothing" },
	{ "strategies: {cost: {score: '1'}}\n", "a strategy of this name is built in" },
	{ "strategies: {s: {score: '1', base: best}}\n",
	  "1:36: error: strategies.s.base: \"best\" is no" },
	{ "strategies: {s: {scores: '1'}}\n",
	  "there is no key \"scores\"; did you mean \"score\"?" },
	{ "strategies: {s: {score: [1]}}\n", "strategies.s.score must be a single value" },
	{ "strategies: {s: {rules: {when: code}}}\n", "strategies.s.rules must be a list" },
	{ "strategies: {s: {rules: [{use: cost}]}}\n",
	  "strategies.s.rules[1]: \"when\" is missing" },
	{ "strategies: {s: {rules: [{when: code}]}}\n", "it says neither `use` nor `set`" },
	{ "strategies: {s: {rules: [{when: code, use: s}]}}\n",
	  "\"s\" is no strategy that is built in" },
	{ "strategies: {s: {rules: [{when: code, set: {floor: 1}}]}}\n",
	  "there is no key \"floor\"" },
	{ "strategies: {s: {rules: [{when: code, set: {quality_floor: 2}}]}}\n",
	  "strategies.s.rules[1].set.quality_floor: 2 is out of bounds, from 0 to 1" },
	{ "strategies: {s: {score: '1', script: 'function score() end'}}\n",
	  "a script stands in place of filter and score" },
	{ "strategies: {s: {lua: nowhere.lua}}\n", "1:23: error: cannot be read: nowhere.lua" },
	{ "strategies: {s: {lua: ''}}\n", "strategies.s.lua" },
	{ "policies: {default: {strategy: s}}\n", "there is no strategy \"s\"" },
	/* scripts: their lines */
	{ "strategies:\n  s:\n    script: |\n      function score()\n        return 1 +\n      "
	  "end\n",
	  "main.yaml:6:7: error: strategies.s.script: unexpected symbol near 'end'" },
	/* score() is run once, for the fields that it asks for */
	{ "strategies:\n  s:\n    script: |\n      function score(r, c)\n"
	  "        return {c[2].qualty}\n      end\n",
	  "main.yaml:5:9: error: strategies.s.script: a candidate has no field 'qualty'" },
	{ "strategies: {s: {script: 'function score(r, c) return {r.hours, c.first.cost} end'}}\n",
	  "strategies.s.script: a request has no field 'hours'" },
	{ "strategies: {s: {script: 'x = 1'}}\n",
	  "1:27: error: strategies.s.script: there is no function score" },
	{ "strategies: {s: {script: 'while true do end'}}\n",
	  "stopped at the limit of instructions" },
	{ "strategies: {s: {script: 'os.exit(1)'}}\n",
	  "attempt to index a nil value (global 'os')" },
};

START_TEST(a_fault_is_told_where_it_stands)
{
	l = conf_text_load(faults[_i].text);
	ck_assert_msg(!l.ok, "loaded:\n%s", faults[_i].text);
	assert_says(l, faults[_i].says);
	ck_assert_msg(l.faults.errors == 1, "%s", buf_cstr(&l.said));
}
END_TEST

static const struct {
	const char *script, *says;
} scripts[] = {
	{ "\x1bLuaT", "strategies.s: a script is text in UTF-8" },
	{ "-- \xE9\n" SCRIPT, "strategies.s: a script is text in UTF-8" },
	{ "function score()\n\n  return = 2\nend\n",
	  "sub/even.yaml:3:1: error: strategies.s: unexpected" },
	{ "local t = nil\nt.x = 1\n", "sub/even.yaml:2:1: error: strategies.s: attempt to index" },
};

/* they may be fine for the candidates that there will be */
static const char *const odd_scripts[] = {
	"function score(r, c) return {c[9].quality} end",
	"function score(r, c) if r.task ~= 'programming' then error('no') end return {} end",
	"function score(r, c) while r.turns < 5 do end return {} end",
	"function score(r, c) return {c[1].model .. c[1].endpoint, c.first.price_input} end",
};

START_TEST(what_made_up_candidates_cannot_show_is_no_fault)
{
	char text[400];

	snprintf(text, sizeof(text), "strategies:\n  s:\n    script: |\n      %s\n",
		 odd_scripts[_i]);
	l = conf_text_load(text);
	assert_loads(l);
}
END_TEST

START_TEST(a_fault_of_a_script_names_its_file)
{
	const struct conf_files files = { .main = "strategies: {s: {lua: sub/even.yaml}}\n",
					  .even_more = scripts[_i].script };

	l = conf_files_load(&files);
	ck_assert(!l.ok);
	assert_says(l, scripts[_i].says);
}
END_TEST

START_TEST(what_is_published_names_no_files)
{
	struct conf_faults published;
	struct buf said;

	l = conf_text_load("");
	ck_assert_ptr_null(
		conf_read(STR("{\"strategies\":{\"s\":{\"lua\":\"/etc/passwd\"}}}"), &published));
	buf_init(&said, 4096);
	conf_faults_print(&published, &said);
	ck_assert_msg(str_has(buf_str(&said), "what is published names no files"), "%s",
		      buf_cstr(&said));
	buf_release(&said);
}
END_TEST

static void load_many(int n)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_adds(&text, "strategies:\n");
	for (int i = 0; i < n; i++)
		buf_printf(&text, "  s%d: {score: cost}\n", i);
	l = conf_text_load(buf_cstr(&text));
	buf_release(&text);
}

START_TEST(there_can_be_many_but_not_any_number)
{
	load_many(64);
	assert_loads(l);
	ck_assert_uint_eq(l.catalog->n_strategies, 64);
	loaded_release(&l);
	load_many(65);
	assert_says(l, "main.yaml:66:3: error: strategies: more than 64 of them");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("strategies of the configuration");
	TCase *t = tcase_create("strategies");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, a_strategy_has_what_was_said);
	tcase_add_test(t, a_script_comes_from_a_file_or_stands_in_the_configuration);
	tcase_add_test(t, what_is_published_reads_back);
	tcase_add_loop_test(t, a_fault_is_told_where_it_stands, 0, COUNT_OF(faults));
	tcase_add_loop_test(t, what_made_up_candidates_cannot_show_is_no_fault, 0,
			    COUNT_OF(odd_scripts));
	tcase_add_loop_test(t, a_fault_of_a_script_names_its_file, 0, COUNT_OF(scripts));
	tcase_add_test(t, what_is_published_names_no_files);
	tcase_add_test(t, there_can_be_many_but_not_any_number);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
