/*
 * check_custom.c -- strategies of a configuration in the choice of a model: rules, filters, scores,
 * scripts, and what happens when they fail.
 *
 * Terms are the tests' own: candidate i has those of custom_kit.h.
 */
#include "conf_files.h"
#include "custom_kit.h"

#include "core/custom.h"
#include "core/terms.h"

#define CANDIDATES 5
#define NOW_S      1795375800

static struct loaded l;
static struct custom_kit kit;
static struct snapshot snapshot;
static struct policy policy;
static struct plan plan;
static struct custom *custom;
static int n_left_alone, n_tried;
static char told[200];
static struct str failed;                    /* what a record says */
static uint32_t first_named, first_fallback; /* candidates from there on are */
static enum standing standings[CANDIDATES];

void terms_fill(const struct snapshot *s, const struct facts *f, uint32_t task, struct candidate *c)
{
	(void)s, (void)f, (void)task;
	c->terms = kit.candidates[c->target - kit.targets].terms;
}

static void changed(void *who, const struct custom_strategy *s, bool tried, const char *why)
{
	(void)who;
	if (tried)
		n_tried++;
	else
		n_left_alone++;
	snprintf(told, sizeof(told), "%.*s: %s", STR_ARG(s->name), why);
}

static int64_t no_work(void)
{
	return 0;
}

static const struct custom_host host = { .work_us = no_work, .changed = changed };

static void load_for(const char *text, const struct custom_host *whom)
{
	l = conf_text_load(text);
	assert_loads(l);
	snapshot = (struct snapshot){ .catalog = l.catalog };
	custom = custom_new(l.catalog, whom);
	ck_assert_ptr_nonnull(custom);
}

static void load(const char *text)
{
	load_for(text, NULL);
}

static void setup(void)
{
	n_left_alone = n_tried = 0;
	memset(standings, 0, sizeof(standings));
	failed = STR_NONE;
	first_fallback = first_named = CANDIDATES;
	custom_kit_init(&kit, CANDIDATES);
	policy = (struct policy){ .name = STR("default") };
}

static void teardown(void)
{
	custom_free(custom);
	loaded_release(&l);
}

static struct candidate candidate_of(uint32_t i)
{
	struct candidate c = { .target = &kit.targets[i] };

	c.named = i >= first_named || i >= first_fallback;
	c.standing = standings[i];
	if (c.named)
		c.rank = (uint8_t)(i + (i < first_fallback ? 0 : RANK_FALLBACK));
	return c;
}

static enum err decide_with(const char *strategy, const struct custom_runner *runner)
{
	const struct decide_ask ask = { .facts = &kit.facts,
					.policy = &policy,
					.snapshot = &snapshot,
					.custom = runner,
					.custom_failed = failed };
	struct fault f;

	kit.facts.wish.strategy = str_of(strategy);
	plan = (struct plan){ .choosing = true };
	for (uint32_t i = 0; i < CANDIDATES; i++)
		plan.candidates[plan.n++] = candidate_of(i);
	return decide(&ask, &plan, &f);
}

/* the order that comes out, "30124" */
static const char *order(const char *strategy)
{
	static char text[PLAN_MAX + 1];

	ck_assert_int_eq(decide_with(strategy, custom_runner(custom)), ERR_OK);
	for (uint32_t i = 0; i < plan.n; i++)
		text[i] = (char)('0' + (plan.candidates[i].target - kit.targets));
	text[plan.n] = '\0';
	return text;
}

static void assert_order(const char *strategy, const char *want)
{
	const char *got = order(strategy);

	ck_assert_msg(!plan.custom_failed, "%s", plan.custom_fault);
	ck_assert_str_eq(got, want);
}

/* its base decides, and the record says why */
static void assert_fails(const char *strategy, const char *want, const char *says)
{
	const char *got = order(strategy);

	ck_assert(plan.custom_failed);
	ck_assert_msg(str_has(str_of(plan.custom_fault), says), "\"%s\" is not in \"%s\"", says,
		      plan.custom_fault);
	ck_assert_str_eq(got, want);
	assert_str(plan.strategy, strategy);
}

/* --- expressions --- */

START_TEST(a_score_orders)
{
	load("strategies: {near: {score: 'abs(quality - 0.53) * -1 - cost'},\n"
	     "             dear: {score: cost}}");
	assert_order("near", "32410");
	assert_order("dear", "43210");
	assert_str(plan.strategy, "dear");
	ck_assert_int_eq(plan.guard, GUARD_UNASKED);
	ck_assert_double_eq_tol(plan.candidates[0].score, 0.005, 1e-9);
}
END_TEST

START_TEST(a_filter_leaves_out)
{
	load("strategies: {odd: {filter: 'vendor == \"odd\"', score: cost}}");
	assert_order("odd", "31");
	ck_assert_uint_eq(plan.n_rejected, 3);
	ck_assert_int_eq(plan.rejected[0].reason, REJECTED_filter);
}
END_TEST

START_TEST(a_filter_can_leave_out_all)
{
	load("strategies: {none: {filter: 'quality > 2', score: cost}}");
	ck_assert_int_eq(decide_with("none", custom_runner(custom)), ERR_FILTERED);
}
END_TEST

/* An open breaker must not be what refuses a request, and a filter is not to be gone around. */
START_TEST(what_a_filter_leaves_is_tried_though_it_stands_badly)
{
	load("strategies: {odd: {filter: 'vendor == \"odd\"', score: cost}}");
	standings[1] = STANDING_slow_start;
	standings[3] = STANDING_open;
	assert_order("odd", "13");
	ck_assert(plan.panic);
	ck_assert_uint_eq(plan.n_rejected, 3);
	standings[1] = STANDING_fine;
	assert_order("odd", "1");
	ck_assert(!plan.panic);
	standings[1] = standings[3] = STANDING_blocked;
	ck_assert_int_eq(decide_with("odd", custom_runner(custom)), ERR_FILTERED);
}
END_TEST

START_TEST(a_filter_is_asked_of_fallbacks_and_not_of_what_was_named)
{
	load("strategies: {odd: {filter: 'vendor == \"odd\"', score: cost}}");
	first_fallback = 3;
	assert_order("odd", "13");
	ck_assert_uint_eq(plan.n_rejected, 3);
	first_named = 2;
	assert_order("odd", "123");
	/* those to choose from are left out for another reason: the fallbacks are asked all the
	 * same */
	first_named = CANDIDATES;
	kit.facts.wish.max_cost = 0;
	for (int i = 3; i < CANDIDATES; i++)
		kit.candidates[i].terms.cost_nanos = 0;
	assert_order("odd", "3");
	ck_assert_int_eq(plan.rejected[plan.n_rejected - 1].reason, REJECTED_filter);
}
END_TEST

START_TEST(a_filter_that_fails_for_a_fallback_leaves_out_nobody)
{
	load("strategies: {s: {filter: '1 / (quality - 0.54) < 0 and quality > 0.5', base: cost}}");
	first_fallback = 4;
	assert_fails("s", "01234", "filter of m4: a number is not finite");
}
END_TEST

START_TEST(a_filter_holds_where_nobody_is_good_enough)
{
	load("strategies: {even: {filter: 'vendor == \"even\"', score: '0 - cost'}}");
	kit.facts.wish.quality_floor = 1;
	assert_order("even", "420");
	ck_assert(plan.floor_unmet);
}
END_TEST

START_TEST(what_a_filter_leaves_the_base_scores)
{
	load("strategies: {odd: {filter: 'vendor == \"odd\"', base: quality},\n"
	     "             even: {filter: 'vendor == \"even\"', base: cost}}");
	/* guarded as `quality` is: the evidence for another than the first is not real */
	assert_order("odd", "13");
	ck_assert_int_eq(plan.guard, GUARD_HELD);
	assert_order("even", "024");
}
END_TEST

START_TEST(of_rules_the_first_that_holds_counts)
{
	load("strategies:\n"
	     "  s:\n"
	     "    score: cost\n"
	     "    rules:\n"
	     "      - {when: 'turns > 3', use: order}\n"
	     "      - {when: 'turns == 3', use: cost}\n"
	     "      - {when: 'true', use: order}\n");
	assert_order("s", "01234");
	assert_str(plan.strategy, "cost");
	kit.facts.features.turns = 4;
	assert_order("s", "01234");
	assert_str(plan.strategy, "order");
}
END_TEST

START_TEST(a_rule_sets_parameters)
{
	load("strategies: {s: {score: cost, rules: [{when: code, set: {quality_floor: 0.52}}]},\n"
	     "             t: {score: 'cost * quality_weight', rules: [{when: code, set: "
	     "{quality_weight: 0}}]}}");
	kit.facts.wish.certainty = 0;
	assert_order("s", "432");
	ck_assert_int_eq(plan.rejected[0].reason, REJECTED_floor);
	order("t");
	ck_assert_double_eq(plan.candidates[0].score, 0);
	/* what the request said is left as it was: the next rule may not hold */
	ck_assert_double_eq(kit.facts.wish.quality_floor, 0);
	kit.facts.features.marks = 0;
	assert_order("s", "43210");
}
END_TEST

START_TEST(a_rule_makes_limits_stricter_and_never_looser)
{
	load("strategies: {wide: {score: cost, rules: [{when: 'true', set: {max_cost: 1000}}]},\n"
	     "             narrow: {score: cost, rules: [{when: 'true', set: {max_cost: "
	     "0.002}}]}}");
	kit.facts.wish.max_cost = 0.003;
	assert_order("wide", "210");
	assert_order("narrow", "10");
}
END_TEST

START_TEST(an_expression_that_fails_leaves_it_to_the_base)
{
	load("strategies: {s: {score: '1 / (quality - 0.52)', base: cost},\n"
	     "             f: {filter: 'log(turns - 3) > 1', score: cost, base: order},\n"
	     "             r: {rules: [{when: '1 / (turns - 3) > 1', use: cost}], score: cost, "
	     "base: order}}");
	assert_fails("s", "01234", "score of m2: a number is not finite");
	assert_fails("f", "01234", "filter of m0: a number is not finite");
	assert_fails("r", "01234", "rule 1: a number is not finite");
	kit.facts.features.turns = 9;
	assert_order("r", "43210");
}
END_TEST

/* --- scripts --- */

#define SCRIPT(name, body)                                              \
	"  " name ":\n"                                                 \
	"    base: order\n"                                             \
	"    script: |\n"                                               \
	"      function score(request, candidates)\n"                   \
	"        local s = {}\n"                                        \
	"        for i, c in ipairs(candidates) do s[i] = c.cost end\n" \
	"        " body "\n"                                            \
	"        return s\n"                                            \
	"      end\n"

START_TEST(a_script_orders)
{
	load("strategies:\n" SCRIPT("dear", "") SCRIPT("but", "s[4] = nil"));
	assert_order("dear", "43210");
	assert_order("but", "4210");
	ck_assert_int_eq(plan.rejected[0].reason, REJECTED_filter);
}
END_TEST

START_TEST(a_script_sees_no_fallback)
{
	load("strategies:\n" SCRIPT("but", "s[4] = nil"));
	first_fallback = 3;
	assert_order("but", "21034");
	kit.facts.wish.max_cost = 0;
	for (int i = 3; i < CANDIDATES; i++)
		kit.candidates[i].terms.cost_nanos = 0;
	assert_order("but", "34");
}
END_TEST

START_TEST(rules_hold_for_scripts_too)
{
	load("strategies:\n" SCRIPT("s", "") "    rules: [{when: schema, use: order}]\n");
	assert_order("s", "43210");
	kit.facts.features.marks |= MARK_SCHEMA;
	assert_order("s", "01234");
	assert_str(plan.strategy, "order");
}
END_TEST

START_TEST(a_script_that_fails_leaves_it_to_the_base)
{
	load("strategies:\n" SCRIPT("s", "while true do end") SCRIPT("t", "s[1] = s.x.y"));
	assert_fails("s", "01234", "stopped at the limit of instructions");
	assert_fails("t", "01234", "attempt to index a nil value");
}
END_TEST

START_TEST(what_failed_once_fails_in_a_replay)
{
	load("strategies:\n" SCRIPT("s",
				    "") "    rules: [{when: code, set: {quality_floor: 0.52}}]\n");
	kit.facts.wish.certainty = 0;
	assert_order("s", "432");
	failed = STR("stopped at the limit of time");
	/* its rules hold as they did then */
	assert_fails("s", "234", "stopped at the limit of time");
}
END_TEST

START_TEST(without_a_runner_the_base_decides)
{
	load("strategies: {s: {score: cost, base: cost}}");
	ck_assert_int_eq(decide_with("s", NULL), ERR_OK);
	ck_assert(plan.custom_failed);
	ck_assert(plan.candidates[0].target == &kit.targets[0]);
}
END_TEST

/* --- scripts that fail often --- */

#define TWO_SCRIPTS \
	"strategies:\n" SCRIPT("bad", "if request.code then error('no') end") SCRIPT("good", "")

START_TEST(a_script_that_fails_often_is_left_alone_for_a_while)
{
	load_for(TWO_SCRIPTS, &host);
	for (int i = 0; i < CUSTOM_FAILURES_MAX; i++) {
		ck_assert_int_eq(n_left_alone, 0);
		kit.facts.at_s = NOW_S + 20 * i;
		assert_fails("bad", "01234", "no");
	}
	ck_assert_int_eq(n_left_alone, 1);
	ck_assert_str_eq(told, "bad: script:4: no");
	/* it would be fine now, but nobody asks it */
	kit.facts.features.marks = 0;
	kit.facts.at_s = NOW_S + 40 + CUSTOM_PERIOD_S - 1;
	for (int i = 0; i < 10; i++)
		assert_fails("bad", "01234", "left alone after 3 failures in 60 seconds");
	ck_assert_int_eq(n_left_alone, 1);
	assert_order("good", "43210");
	kit.facts.at_s = NOW_S + 40 + CUSTOM_PERIOD_S;
	assert_order("bad", "43210");
	ck_assert_int_eq(n_tried, 1);
	/* what was before the pause is forgotten */
	kit.facts.features.marks = MARK_CODE;
	for (int i = 0; i < CUSTOM_FAILURES_MAX; i++) {
		ck_assert_int_eq(n_left_alone, 1);
		assert_fails("bad", "01234", "no");
	}
	ck_assert_int_eq(n_left_alone, 2);
}
END_TEST

START_TEST(failures_far_apart_are_no_reason)
{
	load_for(TWO_SCRIPTS, &host);
	for (int i = 0; i < 20; i++) {
		kit.facts.at_s = NOW_S + (CUSTOM_PERIOD_S / 2) * i;
		assert_fails("bad", "01234", "no");
	}
	ck_assert_int_eq(n_left_alone, 0);
}
END_TEST

START_TEST(offline_nothing_is_ever_left_alone)
{
	load(TWO_SCRIPTS);
	for (int i = 0; i < 20; i++)
		assert_fails("bad", "01234", "no");
	kit.facts.features.marks = 0;
	assert_order("bad", "43210");
}
END_TEST

/* --- the same everywhere --- */

#define BOTH                                                                               \
	"strategies:\n"                                                                    \
	"  words: {score: 'quality * turns - cost / first.cost / (1 + tokens)'}\n" SCRIPT( \
		"code",                                                                    \
		"for i, c in ipairs(candidates) do s[i] = c.quality * request.turns % 0.7 end")

START_TEST(three_gateways_decide_alike)
{
	struct custom *others[2];

	load_for(BOTH, &host);
	for (int i = 0; i < 2; i++)
		others[i] = custom_new(l.catalog, i ? &host : NULL);
	for (uint32_t n = 0; n < 1000; n++) {
		const char *strategy = n % 2 ? "words" : "code";
		struct plan first;

		kit.facts.features.turns = n * 7919 % 1009;
		order(strategy);
		ck_assert_msg(!plan.custom_failed, "%s", plan.custom_fault);
		first = plan;
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(decide_with(strategy, custom_runner(others[i])), ERR_OK);
			for (uint32_t c = 0; c < plan.n; c++)
				ck_assert_mem_eq(&plan.candidates[c], &first.candidates[c],
						 sizeof(plan.candidates[c]));
		}
	}
	for (int i = 0; i < 2; i++)
		custom_free(others[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("strategies of one's own");
	TCase *t = tcase_create("custom");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_score_orders);
	tcase_add_test(t, a_filter_leaves_out);
	tcase_add_test(t, a_filter_can_leave_out_all);
	tcase_add_test(t, what_a_filter_leaves_is_tried_though_it_stands_badly);
	tcase_add_test(t, a_filter_is_asked_of_fallbacks_and_not_of_what_was_named);
	tcase_add_test(t, a_filter_that_fails_for_a_fallback_leaves_out_nobody);
	tcase_add_test(t, a_script_sees_no_fallback);
	tcase_add_test(t, a_filter_holds_where_nobody_is_good_enough);
	tcase_add_test(t, what_a_filter_leaves_the_base_scores);
	tcase_add_test(t, of_rules_the_first_that_holds_counts);
	tcase_add_test(t, a_rule_sets_parameters);
	tcase_add_test(t, a_rule_makes_limits_stricter_and_never_looser);
	tcase_add_test(t, an_expression_that_fails_leaves_it_to_the_base);
	tcase_add_test(t, a_script_orders);
	tcase_add_test(t, rules_hold_for_scripts_too);
	tcase_add_test(t, a_script_that_fails_leaves_it_to_the_base);
	tcase_add_test(t, what_failed_once_fails_in_a_replay);
	tcase_add_test(t, without_a_runner_the_base_decides);
	tcase_add_test(t, a_script_that_fails_often_is_left_alone_for_a_while);
	tcase_add_test(t, failures_far_apart_are_no_reason);
	tcase_add_test(t, offline_nothing_is_ever_left_alone);
	tcase_add_test(t, three_gateways_decide_alike);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
