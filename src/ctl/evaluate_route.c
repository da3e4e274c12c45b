/*
 * evaluate_route.c -- the engine of the gateway, at a desk: prompts of a table in, models out.
 *
 * One small fleet for each fold, of one vendor and one endpoint: prices, priors and lengths in
 * its catalog and snapshot come from outside of the fold. What then decides is core/decide.h.
 */
#include <math.h>
#include <stdlib.h>

#include "core/decide.h"
#include "core/wish.h"
#include "ctl/evaluate.h"

#define CATALOG_MAX (1u << 20)
#define PRIOR_MOST  50.0 /* answers that a prior is worth at most: it is of no single prompt */
#define NO_LIMIT    1000000000

struct fleet {
	struct catalog *catalog;
	struct snapshot *snapshot;
	uint32_t models[QUALITY_MODELS_MAX]; /* of the pool, best first: the order of the policy */
	uint32_t n;
};

struct desk {
	const struct pool *pool;
	const struct foresight *foresight;
	struct fleet fleets[EVALUATE_FOLDS];
	struct policy policy;
	struct plan plan;
	bool may[QUALITY_MODELS_MAX];
};

/* what is known of a model before a fold is looked at */
struct known_model {
	double quality, cost; /* means; dollars per prompt */
	double input, output; /* dollars per token */
	double tokens_out;    /* -1: not known */
	double mass;
	uint32_t model;
};

/* --- what is known of models --- */

/* The mean of what is foreseen of the model, over all prompts that are not strange. */
static struct skill foreseen(const struct pool *p, const struct foresight *f, uint32_t m)
{
	double sum = 0, mass = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct sample *s = &p->samples->list[p->list[i]];
		const struct skill *skill =
			&f->cells[p->list[i]][sample_cell(s, p->models[m]) - s->cells];

		sum += skill->mean * skill->mass;
		mass += skill->mass;
	}
	return (struct skill){ mass > 0 ? sum / mass : 0, mass };
}

static const struct list_price *find_price(const struct list_prices *prices, struct str model)
{
	for (size_t i = 0; i < prices->n; i++)
		if (str_eq(prices->list[i].model, model))
			return &prices->list[i];
	return NULL;
}

struct tally {
	double n, score, cost, tokens_in, tokens_out, lengths;
};

static struct tally tally_outside(const struct pool *p, uint32_t m, int fold)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct sample *s = &p->samples->list[p->list[i]];
		const struct cell *cell = sample_cell(s, p->models[m]);

		if (sample_fold(s) == fold)
			continue;
		t.n++;
		t.score += cell->score;
		t.cost += pool_cost(p, i, m);
		t.tokens_in += fmax(s->tokens_in, 1);
		t.lengths += cell->tokens_out >= 0;
		t.tokens_out += fmax(cell->tokens_out, 0);
	}
	return t;
}

static struct known_model know(const struct pool *p, const struct foresight *f,
			       const struct list_prices *prices, uint32_t m, int fold)
{
	struct tally t = tally_outside(p, m, fold);
	struct skill prior = foreseen(p, f, m);
	const struct list_price *price = find_price(prices, p->samples->models[p->models[m]]);
	struct known_model k = { .model = m, .cost = t.cost / fmax(t.n, 1) };

	if (prior.mass <= 0)
		prior = f->priors[p->models[m]];
	if (prior.mass <= 0)
		prior = (struct skill){ t.score / fmax(t.n, 1), t.n };
	k.quality = prior.mean;
	k.mass = fmin(prior.mass, PRIOR_MOST);
	k.tokens_out = t.lengths > 0 ? t.tokens_out / t.lengths : -1;
	if (price && t.lengths > 0) {
		k.input = price->input / 1e6;
		k.output = price->output / 1e6;
	} else {
		/* costs alone were recorded, or nothing: what a token of input stands for */
		k.input = t.cost / fmax(t.tokens_in, 1);
	}
	return k;
}

/* Another one that is no dearer and no worse, and one of both better. */
static bool is_dominated(const struct known_model *k, const struct known_model *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct known_model *o = &list[i];

		if (o->quality >= k->quality && o->cost <= k->cost &&
		    (o->quality > k->quality || o->cost < k->cost))
			return true;
	}
	return false;
}

static int best_first(const void *a, const void *b)
{
	const struct known_model *p = a, *q = b;

	if (p->quality != q->quality)
		return p->quality > q->quality ? -1 : 1;
	return (p->cost > q->cost) - (p->cost < q->cost);
}

/* --- a fleet --- */

static void fill_price(struct arena *a, struct price *price, const struct known_model *k)
{
	struct rate *rate = ARENA_NEW(a, struct rate);

	if (!rate)
		return;
	*rate = (struct rate){ .days = 0x7F, .to_minute = 1440, .above_input = -1 };
	rate->picos[USAGE_input] = llround(k->input * 1e12);
	rate->picos[USAGE_output] = llround(k->output * 1e12);
	price->rates = rate;
	price->n_rates = 1;
}

static bool fill_model(struct catalog *c, uint32_t at, struct str id, const struct known_model *k)
{
	struct skill *skill = ARENA_NEW(&c->arena, struct skill);

	if (!skill)
		return false;
	*skill = (struct skill){ k->quality, k->mass };
	c->models[at] = (struct model){ .id = id,
					.vendor = STR("table"),
					.context = NO_LIMIT,
					.max_output = NO_LIMIT,
					.price = &c->prices[at],
					.skills = skill,
					.first_target = at,
					.n_targets = 1 };
	c->targets[at] = (struct target){ &c->models[at], &c->endpoints[0] };
	fill_price(&c->arena, &c->prices[at], k);
	return true;
}

static bool make_catalog(struct fleet *f, const struct pool *p, const struct known_model *known)
{
	struct catalog *c = f->catalog = catalog_new(CATALOG_MAX);

	if (!c)
		return false;
	c->n_models = c->n_prices = c->n_targets = f->n;
	c->n_endpoints = c->n_tasks = 1;
	c->models = ARENA_ARRAY(&c->arena, struct model, f->n);
	c->prices = ARENA_ARRAY(&c->arena, struct price, f->n);
	c->targets = ARENA_ARRAY(&c->arena, struct target, f->n);
	c->endpoints = ARENA_NEW(&c->arena, struct endpoint);
	c->tasks = ARENA_NEW(&c->arena, struct str);
	if (c->arena.full)
		return false;
	c->endpoints[0] = (struct endpoint){ .name = STR("table"), .vendor = STR("table") };
	c->tasks[0] = STR(TASK_OTHER);
	for (uint32_t i = 0; i < f->n; i++)
		if (!fill_model(c, i, p->samples->models[p->models[f->models[i]]], &known[i]))
			return false;
	return !c->arena.full;
}

/* All answers of a model are told to be as long as their mean. */
static bool make_snapshot(struct fleet *f, const struct known_model *known)
{
	f->snapshot = snapshot_new(f->catalog, CATALOG_MAX);
	for (uint32_t i = 0; f->snapshot && i < f->n; i++) {
		double length = log(fmax(known[i].tokens_out, 0) + 1);

		if (known[i].tokens_out >= 0)
			f->snapshot->models[i].length = (struct length){ 100, length, length };
	}
	return f->snapshot != NULL;
}

static bool make_fleet(struct desk *d, struct fleet *f, const struct list_prices *prices, int fold)
{
	struct known_model all[QUALITY_MODELS_MAX], known[QUALITY_MODELS_MAX];
	uint32_t n = d->pool->n_models;

	for (uint32_t m = 0; m < n; m++)
		all[m] = know(d->pool, d->foresight, prices, m, fold);
	for (uint32_t m = 0; m < n; m++)
		if (!is_dominated(&all[m], all, n))
			known[f->n++] = all[m];
	qsort(known, f->n, sizeof(*known), best_first);
	if (f->n > PLAN_MAX)
		f->n = PLAN_MAX;
	for (uint32_t i = 0; i < f->n; i++) {
		f->models[i] = known[i].model;
		d->may[known[i].model] = true;
	}
	return make_catalog(f, d->pool, known) && make_snapshot(f, known);
}

/* --- the desk --- */

struct desk *desk_new(const struct pool *p, const struct foresight *f,
		      const struct list_prices *prices)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->pool = p;
	d->foresight = f;
	d->policy.name = STR("default");
	wish_default(&d->policy.wish);
	d->policy.wish.strategy = STR("balanced");
	d->policy.wish.latency_weight = 0;
	for (int fold = 0; fold < EVALUATE_FOLDS; fold++)
		if (!make_fleet(d, &d->fleets[fold], prices, fold)) {
			desk_free(d);
			return NULL;
		}
	return d;
}

void desk_free(struct desk *d)
{
	if (!d)
		return;
	for (int fold = 0; fold < EVALUATE_FOLDS; fold++) {
		snapshot_unref(d->fleets[fold].snapshot);
		catalog_unref(d->fleets[fold].catalog);
	}
	free(d);
}

bool desk_may(const struct desk *d, uint32_t model)
{
	return d->may[model];
}

uint32_t desk_first(const struct desk *d, size_t i)
{
	return d->fleets[sample_fold(&d->pool->samples->list[d->pool->list[i]])].models[0];
}

static void add_candidate(struct desk *d, const struct fleet *f, uint32_t at, size_t i)
{
	const struct sample *s = &d->pool->samples->list[d->pool->list[i]];
	const struct cell *cell = sample_cell(s, d->pool->models[f->models[at]]);
	struct skill skill = d->foresight->cells[d->pool->list[i]][cell - s->cells];

	d->plan.candidates[d->plan.n++] = (struct candidate){
		.target = &f->catalog->targets[at],
		.max_tokens = NO_LIMIT,
		.min_tokens = NO_LIMIT,
		.choices = 1,
		.evidence = { .prompt_mean = skill.mean, .prompt_mass = skill.mass }
	};
}

uint32_t desk_choose(struct desk *d, size_t i, struct dial dial)
{
	const struct sample *s = &d->pool->samples->list[d->pool->list[i]];
	const struct fleet *f = &d->fleets[sample_fold(s)];
	struct facts facts = { .features = s->features,
			       .task = { STR(TASK_OTHER), 0 },
			       .max_tokens = -1,
			       .choices = 1,
			       .wish = d->policy.wish,
			       .seed = i };
	const struct decide_ask ask = { .facts = &facts,
					.policy = &d->policy,
					.snapshot = f->snapshot };
	struct fault fault;

	if (dial.kind == DIAL_MONEY)
		facts.wish.strategy = STR("budget");
	facts.pace = dial.weight / fmax(d->pool->cost[f->models[0]], 1e-12);
	facts.wish.cost_weight = dial.weight;
	facts.wish.quality_drop = dial.kind == DIAL_GUARDED ? 0 : 1;
	facts.wish.certainty = dial.kind == DIAL_GUARDED ? 1 : 0;
	d->plan = (struct plan){ .choosing = true };
	for (uint32_t m = 0; m < f->n; m++)
		add_candidate(d, f, m, i);
	if (decide(&ask, &d->plan, &fault) != ERR_OK)
		return f->models[0];
	return f->models[d->plan.candidates[0].target - f->catalog->targets];
}
