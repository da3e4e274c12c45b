/*
 * check_decision_again.c -- what was decided comes out again of its record, to the last bit;
 * and what does not is told.
 *
 * The world is any: candidates, evidence, wishes and what is known of the fleet are chance, seed by
 * seed. The record and the snapshot go through their texts.
 */
#include <math.h>

#include "base/rand.h"
#include "core/decision_other.h"
#include "core/snapshot_text.h"
#include "core/strategy.h"
#include "core/wish.h"
#include "small_catalog.h"
#include "unit.h"

static struct arena a;
static struct buf text;
static struct catalog *catalog;
static struct snapshot *snapshot;
static struct facts facts;
static struct plan plan;
static struct decision record, again;
static struct rate rates[2];
static struct price prices[2];

static double any(struct rnd *r, double least, double most)
{
	return least + (most - least) * (double)(rnd_u64(r) >> 11) / 9007199254740992.0;
}

static void price_models(struct rnd *r)
{
	for (int i = 0; i < 2; i++) {
		rates[i] = (struct rate){ .days = 0x7F, .to_minute = 1440, .above_input = -1 };
		rates[i].picos[USAGE_input] = 1 + rnd_below(r, 10000000);
		rates[i].picos[USAGE_output] = 1 + rnd_below(r, 90000000);
		prices[i] = (struct price){ .rates = &rates[i], .n_rates = 1 };
		catalog->models[i].price = rnd_below(r, 5) ? &prices[i] : NULL;
		catalog->models[i].context = 100000;
		catalog->models[i].max_output = 8192;
	}
}

static void know_targets(struct rnd *r, struct snapshot *s)
{
	for (uint32_t t = 0; t < catalog->n_targets; t++) {
		struct target_view *v = &s->targets[t];

		v->attempts = any(r, 0, 1000);
		v->failure = any(r, 0, 0.3);
		for (int b = 0; b < SIZE_BUCKET_COUNT; b++)
			v->latency[b] = (struct latency){ .n = any(r, 1, 100),
							  .first_p50_ms = any(r, 100, 2000),
							  .first_p95_ms = any(r, 2000, 9000),
							  .first_mean_ms = any(r, 100, 3000),
							  .first_var = any(r, 1, 1e6),
							  .token_mean_ms = any(r, 1, 50),
							  .token_var = any(r, 0, 100) };
	}
	for (uint32_t m = 0; m < catalog->n_models; m++)
		s->models[m].length = (struct length){ .n = any(r, 1, 100),
						       .q50 = any(r, 2, 6),
						       .q90 = any(r, 6, 8) };
}

/* what a gateway has: read from a text */
static void know_the_fleet(struct rnd *r)
{
	struct snapshot *s = snapshot_new(catalog, 1 << 20);
	struct fault f;

	know_targets(r, s);
	buf_reset(&text);
	snapshot_write(s, &text);
	snapshot_unref(s);
	snapshot = snapshot_read(buf_str(&text), catalog, &f);
	ck_assert_msg(snapshot != NULL, "%s", f.text);
}

static void ask_something(struct rnd *r)
{
	facts = (struct facts){ .task = { rnd_below(r, 2) ? STR("code") : STR("other"),
					  any(r, 0, 1) },
				.max_tokens = (int64_t)rnd_below(r, 4000) - 1,
				.choices = 1,
				.stream = rnd_below(r, 2),
				.seed = rnd_u64(r),
				.at_s = 1795000000 };
	for (int i = 0; i < TEXT_CLASS_COUNT; i++)
		facts.features.counts[i] = rnd_below(r, 300);
	facts.features.text_bytes = rnd_below(r, 5000);
	facts.features.messages = facts.features.turns = 1;
	wish_unsaid(&facts.said);
	wish_default(&facts.wish);
	facts.wish.strategy = str_of(strategy_nth(rnd_below(r, 5))->name);
	facts.wish.quality_floor = rnd_below(r, 2) ? any(r, 0, 1) : 0;
	facts.wish.max_cost = rnd_below(r, 3) ? 1e6 : any(r, 0, 0.1);
	facts.wish.max_latency = rnd_below(r, 3) ? 1e6 : any(r, 0, 60);
}

static void offer_candidates(struct rnd *r)
{
	plan = (struct plan){ .choosing = rnd_below(r, 4) > 0, .strategy = STR("named") };
	for (uint32_t t = 0; t < catalog->n_targets; t++)
		plan.candidates[plan.n++] = (struct candidate){
			.target = &catalog->targets[t],
			.max_tokens = 1000,
			.input_bound = 500,
			.fixed_nanos = rnd_below(r, 100000),
			.choices = 1,
			.rank = t < 2 ? 0 : (uint8_t)(rnd_below(r, 2) * RANK_FALLBACK),
			.named = rnd_below(r, 3) == 0,
			.evidence = { .payer_mean = any(r, 0, 1),
				      .payer_mass = any(r, 0, 30),
				      .prompt_mean = any(r, 0, 1),
				      .prompt_mass = any(r, 0, 30) },
		};
}

static void decide_and_record(struct rnd *r)
{
	const struct decide_ask ask = { .facts = &facts,
					.policy = &catalog->policies[0],
					.snapshot = snapshot };
	struct fault f;

	offer_candidates(r);
	if (decide(&ask, &plan, &f) != ERR_OK)
		ck_assert_uint_eq(plan.n, 0);
	record = (struct decision){ .facts = facts, .policy = STR("default") };
	decision_of_plan(&record, &plan);
	buf_reset(&text);
	decision_write(&text, &record);
	ck_assert_msg(decision_read(buf_str(&text), &a, &again, &f) == ERR_OK, "%s", f.text);
	ck_assert(decision_bind(&again, catalog));
}

static void begin(uint64_t seed)
{
	struct rnd r = rnd_seed(seed);

	arena_init(&a, 64 << 20);
	buf_init(&text, 1 << 20);
	catalog = small_catalog();
	catalog->policies = ARENA_ARRAY(&catalog->arena, struct policy, 1);
	catalog->policies[0] = (struct policy){ .name = STR("default"),
						.default_max_tokens = 4096 };
	wish_default(&catalog->policies[0].wish);
	catalog->n_policies = 1;
	price_models(&r);
	know_the_fleet(&r);
	ask_something(&r);
	decide_and_record(&r);
}

static void end(void)
{
	snapshot_unref(snapshot);
	catalog_unref(catalog);
	arena_release(&a);
	buf_release(&text);
}

START_TEST(any_decision_comes_out_again)
{
	struct plan out;
	struct fault f = { .text = "" };

	begin((uint64_t)_i);
	decision_again(&again, snapshot, NULL, &out);
	ck_assert_msg(decision_equal(&again, &out, &f), "%s", f.text);
	ck_assert_uint_eq(out.n, plan.n);
	for (uint32_t i = 0; i < out.n; i++)
		ck_assert_ptr_eq(out.candidates[i].target, plan.candidates[i].target);
	end();
}
END_TEST

static double one_bit_more(double value)
{
	return nextafter(value, INFINITY);
}

/* what may have changed in a record, and what is told of it */
static void spoil_score(struct considered *c)
{
	c->candidate.score = one_bit_more(c->candidate.score);
}
static void spoil_quality(struct considered *c)
{
	c->candidate.terms.quality = one_bit_more(c->candidate.terms.quality);
}
static void spoil_latency(struct considered *c)
{
	c->candidate.terms.total_high_ms = one_bit_more(c->candidate.terms.total_high_ms);
}
static void spoil_known(struct considered *c)
{
	c->candidate.terms.known ^= KNOWN_PRICE;
}
static void spoil_place(struct considered *c)
{
	c->place += 1;
}
static void spoil_reason(struct considered *c)
{
	c->left_out = STR("cost");
}

static const struct {
	void (*spoil)(struct considered *c);
	const char *told;
} spoilers[] = {
	{ spoil_score, "score" },           { spoil_quality, "quality" },
	{ spoil_latency, "total_high_ms" }, { spoil_known, "known" },
	{ spoil_place, "place" },           { spoil_reason, "reason to leave it out" },
};

START_TEST(the_first_difference_is_told)
{
	struct plan out;
	struct fault f = { .text = "" };

	begin(3);
	spoilers[_i].spoil(&again.considered[1]);
	decision_again(&again, snapshot, NULL, &out);
	ck_assert(!decision_equal(&again, &out, &f));
	ck_assert_msg(str_has(str_of(f.text), spoilers[_i].told), "%s", f.text);
	end();
}
END_TEST

START_TEST(another_strategy_orders_by_its_own_score)
{
	struct wish wish;
	struct decision_other other = { .wish = &wish };
	struct facts then;
	struct plan out;
	struct fault f;

	begin((uint64_t)_i);
	other.snapshot = snapshot;
	wish_unsaid(&wish);
	wish.strategy = STR("cost");
	again.choosing = true;
	again.versions.catalog = str_of(catalog->hash);
	for (uint32_t i = 0; i < again.n_considered; i++) {
		again.considered[i].candidate.rank = 0;
		again.considered[i].candidate.named = false;
	}
	ck_assert_msg(decision_otherwise(&again, &other, &then, &out, &f) == ERR_OK, "%s", f.text);
	assert_str(out.strategy, "cost");
	for (uint32_t i = 1; i < out.n; i++)
		ck_assert(out.candidates[i - 1].score >= out.candidates[i].score - 1e-3);
	/* what the request said itself counts more */
	again.facts.said.strategy = STR("latency");
	ck_assert_int_eq(decision_otherwise(&again, &other, &then, &out, &f), ERR_OK);
	assert_str(out.strategy, "latency");
	end();
}
END_TEST

START_TEST(what_the_catalog_has_lost_is_noticed)
{
	begin(1);
	again.considered[0].endpoint = STR("nowhere");
	ck_assert(!decision_bind(&again, catalog));
	ck_assert_ptr_null(again.considered[0].candidate.target);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decision_again");
	TCase *t = tcase_create("again");

	tcase_add_loop_test(t, any_decision_comes_out_again, 0, 500);
	tcase_add_loop_test(t, the_first_difference_is_told, 0, (int)COUNT_OF(spoilers));
	tcase_add_loop_test(t, another_strategy_orders_by_its_own_score, 0, 20);
	tcase_add_test(t, what_the_catalog_has_lost_is_noticed);
	suite_add_tcase(s, t);
	return unit_run(s);
}
