/*
 * check_decide.c -- filters by terms, strategies, the guard and ranks.
 *
 * Terms are the tests' own: terms_fill() here gives each model what its test says, so that what is
 * tested is the choice and not the forecast.
 */
#include "unit.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/decide.h"
#include "core/decision.h"
#include "core/sideline.h"
#include "core/strategy.h"
#include "core/terms.h"
#include "core/wish.h"

#define MODELS 6

static struct model models[MODELS];
static struct endpoint endpoints[MODELS];
static struct target targets[MODELS];
static struct terms given[MODELS];
static struct price prices[MODELS];
static struct rate rates[MODELS];
static struct catalog catalog;
static struct snapshot snapshot;
static struct policy policy;
static struct facts facts;
static struct plan plan;

void terms_fill(const struct snapshot *s, const struct facts *f, uint32_t task, struct candidate *c)
{
	(void)s, (void)f, (void)task;
	c->terms = given[c->target - targets];
}

static const char *const ids[MODELS] = { "first", "good", "cheap", "fast", "weak", "unpriced" };

/*            quality  se    cents  first  total s  failure */
static const double world[MODELS][6] = {
	{ 0.80, 0.02, 1.00, 1.0, 8.0, 0.00 }, { 0.90, 0.02, 4.00, 2.0, 20., 0.00 },
	{ 0.79, 0.01, 0.10, 1.5, 9.0, 0.00 }, { 0.79, 0.01, 0.80, 0.2, 1.0, 0.00 },
	{ 0.40, 0.02, 0.01, 0.5, 3.0, 0.00 }, { 0.85, 0.02, 0.00, 1.0, 8.0, 0.00 },
};

static void fill_model(int i)
{
	models[i] = (struct model){ .id = str_of(ids[i]), .vendor = STR("v"), .price = &prices[i] };
	endpoints[i] = (struct endpoint){ .name = str_of(ids[i]), .vendor = STR("v") };
	targets[i] = (struct target){ &models[i], &endpoints[i] };
	rates[i] = (struct rate){ .days = 0x7F, .to_minute = 1440, .above_input = -1 };
	rates[i].picos[USAGE_input] = 1000000 * (i + 1);
	rates[i].picos[USAGE_output] = 2000000 * (i + 1);
	prices[i] = (struct price){ .rates = &rates[i], .n_rates = 1 };
	given[i] = (struct terms){ .input = 1000,
				   .quality = world[i][0],
				   .quality_se = world[i][1],
				   .cost_nanos = world[i][2] * 1e7,
				   .first_high_ms = world[i][3] * 1000,
				   .total_high_ms = world[i][4] * 1000,
				   .failure = world[i][5],
				   .known = KNOWN_PRICE };
}

static void setup(void)
{
	for (int i = 0; i < MODELS; i++)
		fill_model(i);
	models[5].price = NULL;
	given[5].known = 0;
	catalog = (struct catalog){ .n_models = MODELS };
	snapshot = (struct snapshot){ .catalog = &catalog, .version = 7 };
	policy = (struct policy){ .name = STR("default") };
	facts = (struct facts){ .task = { STR("other"), 1 }, .seed = 42 };
	wish_default(&facts.wish);
	plan = (struct plan){ .choosing = true, .strategy = STR("named") };
}

/* candidates by their numbers, "012"; '|' begins the next rank, of those that were named */
static void ask_for(const char *which)
{
	uint8_t rank = 0;

	for (; *which; which++) {
		if (*which == '|') {
			rank++;
			continue;
		}
		plan.candidates[plan.n++] = (struct candidate){ .target = &targets[*which - '0'],
								.rank = rank,
								.named = rank > 0 };
	}
}

static enum err run(const char *strategy)
{
	const struct decide_ask ask = { .facts = &facts, .policy = &policy, .snapshot = &snapshot };
	struct fault f;

	if (strategy)
		facts.wish.strategy = str_of(strategy);
	return decide(&ask, &plan, &f);
}

/* the order that came out, "201" */
static const char *order(void)
{
	static char text[PLAN_MAX + 1];

	for (uint32_t i = 0; i < plan.n; i++)
		text[i] = (char)('0' + (plan.candidates[i].target - targets));
	text[plan.n] = '\0';
	return text;
}

static bool rejected(int model, enum rejection reason)
{
	for (uint32_t i = 0; i < plan.n_rejected; i++)
		if (plan.rejected[i].target == &targets[model])
			return plan.rejected[i].reason == reason;
	return false;
}

/* --- strategies --- */

static const struct {
	const char *strategy, *among, *order;
	enum guard guard;
} choices[] = {
	{ "order", "210", "210", GUARD_UNASKED },
	{ "quality", "01234", "10234", GUARD_PASSED },
	{ "cost", "0123", "2301", GUARD_UNASKED },
	/* as good for all we know, much faster, much cheaper */
	{ "latency", "0123", "0321", GUARD_HELD },
	{ "balanced", "0124", "0214", GUARD_HELD },
	{ "budget", "012", "102", GUARD_UNASKED },
};

START_TEST(a_strategy_orders)
{
	ask_for(choices[_i].among);
	ck_assert_int_eq(run(choices[_i].strategy), ERR_OK);
	ck_assert_str_eq(order(), choices[_i].order);
	assert_str(plan.strategy, choices[_i].strategy);
	ck_assert_int_eq(plan.guard, choices[_i].guard);
	ck_assert_uint_eq(plan.snapshot, 7);
}
END_TEST

START_TEST(what_has_no_price_keeps_no_limit_of_cost)
{
	ask_for("52");
	facts.wish.max_cost = 1;
	ck_assert_int_eq(run("order"), ERR_OK);
	ck_assert_str_eq(order(), "2");
	ck_assert(rejected(5, REJECTED_cost));
}
END_TEST

START_TEST(what_has_no_price_keeps_no_limit_of_price)
{
	ask_for("52");
	facts.wish.max_price_output = 1000;
	ck_assert_int_eq(run("order"), ERR_OK);
	ck_assert_str_eq(order(), "2");
	ck_assert(rejected(5, REJECTED_price));
}
END_TEST

START_TEST(cost_takes_the_cheapest_above_the_floor)
{
	ask_for("01234");
	facts.wish.quality_floor = 0.7;
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert_str_eq(order(), "2301");
	ck_assert(rejected(4, REJECTED_floor));
}
END_TEST

/* 0.79 - 0.01 is not above 0.785: the floor is for what is sure */
START_TEST(the_floor_is_for_what_is_sure)
{
	ask_for("012");
	facts.wish.quality_floor = 0.785;
	facts.wish.certainty = 1;
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert(rejected(2, REJECTED_floor));
}
END_TEST

START_TEST(when_nothing_is_good_enough_the_best_answers)
{
	ask_for("0124");
	facts.wish.quality_floor = 0.99;
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert(plan.floor_unmet);
	ck_assert_int_eq(order()[0], '1');
}
END_TEST

START_TEST(the_pace_decides_what_a_budget_buys)
{
	ask_for("0124");
	facts.pace =
		2.0; /* points a dollar: 10 points of quality for 3 cents are too dear, 5 are not */
	ck_assert_int_eq(run("budget"), ERR_OK);
	ck_assert_int_eq(order()[0], '1');
	facts.pace = 20;
	ck_assert_int_eq(run("budget"), ERR_OK);
	ck_assert_int_eq(order()[0], '2');
	facts.pace = 300;
	ck_assert_int_eq(run("budget"), ERR_OK);
	ck_assert_int_eq(order()[0], '2');
	facts.pace = 1e6;
	ck_assert_int_eq(run("budget"), ERR_OK);
	ck_assert_int_eq(order()[0], '4');
}
END_TEST

/* --- the guard --- */

START_TEST(the_guard_lets_go_when_the_evidence_is_real)
{
	ask_for("03");
	given[0].quality_se = given[3].quality_se = 0.002;
	ck_assert_int_eq(run("latency"), ERR_OK);
	ck_assert_str_eq(order(), "30");
	ck_assert_int_eq(plan.guard, GUARD_PASSED);
}
END_TEST

/* 0.81 is within quality_drop of 0.80, but whoever looks for quality must be sure to find more */
START_TEST(quality_moves_for_more_quality_only)
{
	ask_for("03");
	given[3].quality = 0.81;
	ck_assert_int_eq(run("quality"), ERR_OK);
	ck_assert_str_eq(order(), "03");
	ck_assert_int_eq(plan.guard, GUARD_HELD);
}
END_TEST

START_TEST(the_guard_takes_the_best_that_passes)
{
	ask_for("0423");
	for (int i = 0; i < MODELS; i++)
		given[i].quality_se = 0.002;
	facts.wish.cost_weight = 10; /* the weak one scores best */
	ck_assert_int_eq(run("balanced"), ERR_OK);
	ck_assert_str_eq(order(), "2430");
}
END_TEST

START_TEST(certainty_and_drop_open_the_guard)
{
	ask_for("04");
	facts.wish.quality_drop = 0.5;
	facts.wish.cost_weight = 10;
	ck_assert_int_eq(run("balanced"), ERR_OK);
	ck_assert_str_eq(order(), "40");
}
END_TEST

/* the model of one's own costs nothing, and is worth little */
START_TEST(a_first_that_is_free_is_left_for_a_much_better_one)
{
	ask_for("42");
	given[4].cost_nanos = 0;
	ck_assert_int_eq(run("balanced"), ERR_OK);
	ck_assert_str_eq(order(), "24");
}
END_TEST

/* the first fails nine times in ten: another is as good, seen from the client */
START_TEST(a_first_that_fails_is_left)
{
	ask_for("02");
	given[0].failure = 0.9;
	ck_assert_int_eq(run("balanced"), ERR_OK);
	ck_assert_str_eq(order(), "20");
}
END_TEST

/* --- caps --- */

START_TEST(a_packed_plan_is_the_same_plan)
{
	static struct plan whole;
	struct plan *packed;

	ask_for("0123");
	facts.wish.max_cost = 0.02;
	ck_assert_int_eq(run("quality"), ERR_OK);
	ck_assert(plan.n > 0 && plan.n_rejected > 0);
	packed = plan_pack(&plan);
	ck_assert_ptr_nonnull(packed);
	ck_assert_mem_eq(packed->candidates, plan.candidates, plan.n * sizeof(plan.candidates[0]));
	memset(&whole, 0xA5, sizeof(whole));
	plan_unpack(packed, &whole);
	free(packed);
	ck_assert_mem_eq(&whole, &plan, offsetof(struct plan, candidates));
	ck_assert_mem_eq(whole.candidates, plan.candidates, plan.n * sizeof(plan.candidates[0]));
	ck_assert_mem_eq(whole.rejected, plan.rejected, plan.n_rejected * sizeof(plan.rejected[0]));
	ck_assert_mem_eq(whole.given, plan.given, plan.n_given * sizeof(plan.given[0]));
}
END_TEST

static void any_left(const struct plan *packed)
{
	(void)!sideline_left_any(packed);
}

static void its_decision(const struct plan *packed)
{
	static struct decision d;

	decision_of_plan(&d, packed);
}

/* Behind its candidates there is nothing where a plan has the rest. Tests may share this process, so
 * another one dies. */
START_TEST(a_packed_plan_is_not_read_as_a_whole)
{
	static void (*const readers[])(const struct plan *packed) = { any_left, its_decision };
	int status;
	pid_t reader;

	ask_for("0123");
	ck_assert_int_eq(run("quality"), ERR_OK);
	reader = fork();
	if (reader == 0) {
		close(STDERR_FILENO); /* what it says there is meant */
		readers[_i](plan_pack(&plan));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(reader, &status, 0), reader);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

START_TEST(caps_leave_out)
{
	ask_for("01234");
	facts.wish.max_cost = 0.0099;
	facts.wish.max_price_input = 3.5;
	ck_assert_int_eq(run("quality"), ERR_OK);
	ck_assert(rejected(0, REJECTED_cost));
	ck_assert(rejected(1, REJECTED_cost));
	ck_assert(rejected(3, REJECTED_price));
	ck_assert(rejected(4, REJECTED_price));
	ck_assert_str_eq(order(), "2");
}
END_TEST

START_TEST(caps_that_leave_nothing_refuse)
{
	ask_for("01");
	facts.wish.max_cost = 0.000001;
	ck_assert_int_eq(run("quality"), ERR_TOO_DEAR);
}
END_TEST

START_TEST(latency_is_kept_where_it_can_be)
{
	ask_for("013");
	facts.wish.max_latency = 2;
	ck_assert_int_eq(run("quality"), ERR_OK);
	ck_assert_str_eq(order(), "3");
	ck_assert(!plan.relaxed);
}
END_TEST

START_TEST(latency_that_nothing_keeps_is_given_up)
{
	ask_for("01");
	facts.wish.max_latency = 0.5;
	ck_assert_int_eq(run("quality"), ERR_OK);
	ck_assert(plan.relaxed);
	ck_assert_uint_eq(plan.n, 2);
}
END_TEST

START_TEST(a_stream_is_as_slow_as_its_first_token)
{
	ask_for("01");
	facts.stream = true;
	facts.wish.max_latency = 1.5;
	ck_assert_int_eq(run("quality"), ERR_OK);
	ck_assert_str_eq(order(), "0");
}
END_TEST

START_TEST(what_has_no_price_is_never_the_cheapest)
{
	ask_for("502");
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert_str_eq(order(), "205");
	ck_assert_double_eq(plan.candidates[2].terms.cost_nanos, given[0].cost_nanos + 1);
}
END_TEST

/* --- ranks --- */

START_TEST(ranks_come_before_scores)
{
	ask_for("0|2|1");
	plan.choosing = false;
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert_str_eq(order(), "021");
	assert_str(plan.strategy, "named");
}
END_TEST

START_TEST(fallbacks_stay_behind)
{
	ask_for("12|4");
	facts.wish.quality_floor = 0.7; /* is for what is chosen, not for what is left */
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert_str_eq(order(), "214");
	ck_assert(!plan.floor_unmet);
}
END_TEST

/* A request that orders vendors, "strange ones first", gets nothing by it that is too weak. */
START_TEST(an_order_of_vendors_goes_around_no_floor)
{
	ask_for("4|012");
	for (uint32_t i = 0; i < plan.n; i++)
		plan.candidates[i].named = false;
	facts.wish.quality_floor = 0.7;
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert_str_eq(order(), "201");
	ck_assert(!plan.floor_unmet);
	ck_assert(rejected(4, REJECTED_floor));
	assert_str(plan.strategy, "cost");
}
END_TEST

/* "a model that cannot serve, else auto": the floor is for what auto stands for */
START_TEST(a_choice_behind_a_name_has_its_floor)
{
	ask_for("|4|12");
	plan.candidates[1].named = plan.candidates[2].named = false;
	facts.wish.quality_floor = 0.85;
	ck_assert_int_eq(run("cost"), ERR_OK);
	ck_assert_str_eq(order(), "41");
	ck_assert(rejected(2, REJECTED_floor));
	assert_str(plan.strategy, "named");
	ck_assert_int_eq(plan.guard, GUARD_UNASKED);
}
END_TEST

/* one model at several endpoints: among equals a conversation always goes to the same */
START_TEST(equals_share_conversations)
{
	int seen[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		targets[i].model = &models[0];
		given[i] = given[0];
	}
	for (uint64_t seed = 1; seed <= 300; seed++) {
		char first;

		facts.seed = seed;
		plan.n = 0;
		ask_for("012");
		ck_assert_int_eq(run("balanced"), ERR_OK);
		first = order()[0];
		seen[first - '0']++;
		plan.n = 0;
		ask_for("210");
		ck_assert_int_eq(run("balanced"), ERR_OK);
		ck_assert_int_eq(order()[0], first);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(seen[i], 60);
}
END_TEST

/* --- strategies of the configuration --- */

static const struct custom_strategy mine[] = {
	{ .name = STR("mine"), .base = STR("cost"), .scores = true },
};

/* a rule that says nothing */
static bool no_rule(void *who, const struct custom_strategy *s, const struct facts *f,
		    struct wish *wish, struct fault *fault_r)
{
	(void)who, (void)s, (void)f, (void)wish, (void)fault_r;
	return true;
}

/* cost, above a floor */
static bool a_rule(void *who, const struct custom_strategy *s, const struct facts *f,
		   struct wish *wish, struct fault *fault_r)
{
	(void)who, (void)s, (void)f, (void)fault_r;
	wish->strategy = STR("cost");
	wish->quality_floor = 0.7;
	return true;
}

static bool likes_weak(void *who, const struct custom_strategy *s, const struct choice *choice,
		       double *score_r, struct fault *fault_r)
{
	(void)s, (void)fault_r;
	for (uint32_t i = 0; i < choice->n; i++)
		score_r[i] = choice->candidates[i].target == &targets[4] ? 1 : 0;
	score_r[0] = NAN;
	return who == NULL;
}

static bool gives_up(void *who, const struct custom_strategy *s, const struct choice *choice,
		     double *score_r, struct fault *fault_r)
{
	(void)who, (void)s, (void)choice, (void)score_r;
	fault_set(fault_r, ERR_INTERNAL, "", "it took too long");
	return false;
}

static enum err run_custom(const struct custom_runner *runner)
{
	const struct decide_ask ask = {
		.facts = &facts, .policy = &policy, .snapshot = &snapshot, .custom = runner
	};
	struct fault f;

	catalog.strategies = (struct custom_strategy *)mine;
	catalog.n_strategies = 1;
	facts.wish.strategy = STR("mine");
	return decide(&ask, &plan, &f);
}

START_TEST(a_custom_strategy_scores_and_filters)
{
	const struct custom_runner runner = { no_rule, likes_weak, NULL };

	ask_for("0124");
	ck_assert_int_eq(run_custom(&runner), ERR_OK);
	ck_assert_int_eq(order()[0], '4');
	ck_assert(rejected(0, REJECTED_filter));
	ck_assert(!plan.custom_failed);
}
END_TEST

START_TEST(a_rule_of_a_custom_strategy_names_another)
{
	const struct custom_runner runner = { a_rule, gives_up, NULL };

	ask_for("0124");
	ck_assert_int_eq(run_custom(&runner), ERR_OK);
	ck_assert_str_eq(order(), "201");
	ck_assert(rejected(4, REJECTED_floor));
	ck_assert(!plan.custom_failed);
}
END_TEST

/* it likes candidates of one rank and cannot score those of another */
static bool stumbles(void *who, const struct custom_strategy *s, const struct choice *choice,
		     double *score_r, struct fault *fault_r)
{
	(void)who, (void)s;
	score_r[0] = NAN;
	for (uint32_t i = 0; i < choice->n; i++)
		if (choice->candidates[i].target == &targets[1])
			return fault_set(fault_r, ERR_INTERNAL, "", "stumbled"), false;
	return true;
}

/* or a replay, which knows only that it failed, would decide otherwise */
START_TEST(a_custom_strategy_fails_for_all_ranks)
{
	static const struct custom_runner runner = { no_rule, stumbles, NULL };

	ask_for("0|12");
	for (uint32_t i = 0; i < plan.n; i++)
		plan.candidates[i].named = false;
	ck_assert_int_eq(run_custom(&runner), ERR_OK);
	ck_assert(plan.custom_failed);
	ck_assert_str_eq(order(), "021");
}
END_TEST

START_TEST(a_custom_strategy_that_fails_falls_back)
{
	const struct custom_runner runner = { no_rule, gives_up, NULL };

	ask_for("012");
	ck_assert_int_eq(run_custom(&runner), ERR_OK);
	ck_assert_str_eq(order(), "201");
	ck_assert(plan.custom_failed);
	ck_assert_str_eq(plan.custom_fault, "it took too long");
}
END_TEST

/* --- wishes --- */

START_TEST(wishes_are_read)
{
	struct wish w;
	struct fault f;

	wish_unsaid(&w);
	ck_assert_int_eq(wish_read(STR(" cost ; quality_floor = 0.8;max_cost=0.01;"), "x", &w, &f),
			 ERR_OK);
	assert_str(w.strategy, "cost");
	ck_assert_double_eq(w.quality_floor, 0.8);
	ck_assert_double_eq(w.max_cost, 0.01);
	ck_assert(isnan(w.cost_weight));
}
END_TEST

static const char *const bad_wishes[] = {
	"cost; quality_flor=0.8", "quality_floor=1.5", "quality_floor=-1", "quality_floor=", "=1",
	"max_cost=nan",           "max_cost=0x10",     "max_cost=1e3",     "max_cost=inf",
};

START_TEST(bad_wishes_are_refused)
{
	struct wish w;
	struct fault f = { .code = ERR_OK };

	wish_unsaid(&w);
	ck_assert_int_eq(wish_read(str_of(bad_wishes[_i]), "header", &w, &f), ERR_VALUE);
	ck_assert_str_eq(f.param, "header");
}
END_TEST

static const struct {
	const char *text, *told;
} wrong_words[] = {
	{ "cost; quality_flor=0.8", "no parameter quality_flor; there are quality_weight, cost" },
	{ "a word\x01=1", "no parameter of that name; there are quality_weight" },
	{ "max_cost=2000000", "'max_cost' in 'header' must be a number from 0 to 1000000" },
};

START_TEST(the_wrong_word_is_told)
{
	struct wish w;
	struct fault f = { .code = ERR_OK };

	wish_unsaid(&w);
	ck_assert_int_eq(wish_read(str_of(wrong_words[_i].text), "header", &w, &f), ERR_VALUE);
	ck_assert_msg(str_has(str_of(f.text), wrong_words[_i].told), "%s", f.text);
	ck_assert_msg(!str_has(str_of(f.text), "..."), "%s", f.text);
}
END_TEST

START_TEST(a_strategy_that_is_not_there_is_told_with_those_that_are)
{
	static struct custom_strategy many[40];
	const struct catalog with = { .strategies = many, .n_strategies = (uint32_t)_i };
	struct fault f;

	for (int i = 0; i < 40; i++)
		many[i].name = i ? STR("another_one") : STR("thrifty");
	ck_assert_int_eq(strategy_unknown(&with, STR("nosuch"), "header", &f), ERR_VALUE);
	ck_assert_msg(str_has(str_of(f.text), "'header': there is no strategy nosuch; there are "
					      "order, "),
		      "%s", f.text);
	ck_assert_int_eq(str_has(str_of(f.text), ", thrifty"), _i > 0);
	ck_assert_msg(str_ends(str_of(f.text), STR(", another_one, ...")) == (_i == 40), "%s",
		      f.text);
	strategy_unknown(&with, STR("no\nname"), "header", &f);
	ck_assert(str_has(str_of(f.text), "no strategy of that name; there are order"));
}
END_TEST

START_TEST(the_strictest_floor_and_the_latest_weight_count)
{
	struct wish w, later;

	wish_default(&w);
	w.quality_floor = 0.7;
	w.max_cost = 0.5;
	wish_unsaid(&later);
	later.quality_floor = 0.2;
	later.max_cost = 0.1;
	later.cost_weight = 3;
	later.certainty = 0; /* else the floor would be a lower one */
	later.strategy = STR("cost");
	wish_join(&w, &later);
	ck_assert_double_eq(w.quality_floor, 0.7);
	ck_assert_double_eq(w.max_cost, 0.1);
	ck_assert_double_eq(w.cost_weight, 3);
	ck_assert_double_eq(w.certainty, 1);
	ck_assert_double_eq(w.quality_weight, 1);
	assert_str(w.strategy, "cost");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decide");
	TCase *t = tcase_create("decide");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, a_strategy_orders, 0, COUNT_OF(choices));
	tcase_add_test(t, what_has_no_price_keeps_no_limit_of_cost);
	tcase_add_test(t, what_has_no_price_keeps_no_limit_of_price);
	tcase_add_test(t, cost_takes_the_cheapest_above_the_floor);
	tcase_add_test(t, the_floor_is_for_what_is_sure);
	tcase_add_test(t, when_nothing_is_good_enough_the_best_answers);
	tcase_add_test(t, the_pace_decides_what_a_budget_buys);
	tcase_add_test(t, the_guard_lets_go_when_the_evidence_is_real);
	tcase_add_test(t, quality_moves_for_more_quality_only);
	tcase_add_test(t, the_guard_takes_the_best_that_passes);
	tcase_add_test(t, certainty_and_drop_open_the_guard);
	tcase_add_test(t, a_first_that_is_free_is_left_for_a_much_better_one);
	tcase_add_test(t, a_first_that_fails_is_left);
	tcase_add_test(t, a_packed_plan_is_the_same_plan);
	tcase_add_loop_test(t, a_packed_plan_is_not_read_as_a_whole, 0, 2);
	tcase_add_test(t, caps_leave_out);
	tcase_add_test(t, caps_that_leave_nothing_refuse);
	tcase_add_test(t, latency_is_kept_where_it_can_be);
	tcase_add_test(t, latency_that_nothing_keeps_is_given_up);
	tcase_add_test(t, a_stream_is_as_slow_as_its_first_token);
	tcase_add_test(t, what_has_no_price_is_never_the_cheapest);
	tcase_add_test(t, ranks_come_before_scores);
	tcase_add_test(t, fallbacks_stay_behind);
	tcase_add_test(t, an_order_of_vendors_goes_around_no_floor);
	tcase_add_test(t, a_choice_behind_a_name_has_its_floor);
	tcase_add_test(t, equals_share_conversations);
	tcase_add_test(t, a_custom_strategy_scores_and_filters);
	tcase_add_test(t, a_rule_of_a_custom_strategy_names_another);
	tcase_add_test(t, a_custom_strategy_fails_for_all_ranks);
	tcase_add_test(t, a_custom_strategy_that_fails_falls_back);
	tcase_add_test(t, wishes_are_read);
	tcase_add_loop_test(t, bad_wishes_are_refused, 0, COUNT_OF(bad_wishes));
	tcase_add_loop_test(t, the_wrong_word_is_told, 0, (int)COUNT_OF(wrong_words));
	tcase_add_loop_test(t, a_strategy_that_is_not_there_is_told_with_those_that_are, 0, 2);
	tcase_add_loop_test(t, a_strategy_that_is_not_there_is_told_with_those_that_are, 40, 41);
	tcase_add_test(t, the_strictest_floor_and_the_latest_weight_count);
	suite_add_tcase(s, t);
	return unit_run(s);
}
