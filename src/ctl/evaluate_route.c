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

#define CATALOG_MAX    (1u << 20)
#define PRIOR_MOST     50.0 /* answers that a prior is worth at most: it is of no single prompt */
#define NO_LIMIT       1000000000
#define COST_TOKENS    1000.0
#define SURELY         1e6   /* answers: the lengths are known */
#define AS_GOOD        0.003 /* a difference in quality that is none */
#define GUARDED_SURELY 2.0   /* standard errors by which a gain must be real */

/* what a model is worth: its mean quality, and the cost of a mean answer in dollars */
struct value {
	double quality, cost;
};

/* what is known of a model before a fold is looked at */
struct known_model {
	struct value all;
	struct value kinds[KIND_STRANGE + 1];
	double input, output;                /* dollars per token */
	double tokens_out[KIND_STRANGE + 1]; /* of the mean answer to each kind of prompts */
	double mass;
	uint32_t model;
};

struct fleet {
	struct catalog *catalog;
	struct snapshot *snapshot;
	uint32_t models[PLAN_MAX];            /* of the pool, best first: the order of the policy */
	struct known_model known[PLAN_MAX];   /* of these */
	bool may[PLAN_MAX][KIND_STRANGE + 1]; /* be chosen for prompts of a kind */
	uint32_t n;
};

/* where priors come from: figures of several tables do not compare, so it is one for all models */
enum source { SOURCE_NAMED, SOURCE_FORESEEN, SOURCE_FILE, SOURCE_FOLDS };

struct desk {
	const struct pool *pool;
	const struct foresight *foresight;
	struct fleet fleets[EVALUATE_FOLDS];
	enum source source;
	struct policy policy;
	struct plan plan;
	bool may[QUALITY_MODELS_MAX];
	bool seen[KIND_STRANGE + 1]; /* the pool has prompts of the kind */
};

/* --- what is known of models --- */

/* The means of what is foreseen of the model, of all prompts and of each kind. */
static struct skill foreseen(const struct pool *p, const struct foresight *f, uint32_t m,
			     struct skill kinds_r[KIND_STRANGE + 1])
{
	struct skill all = { 0, 0 };

	memset(kinds_r, 0, (KIND_STRANGE + 1) * sizeof(*kinds_r));
	for (size_t i = 0; i < p->n; i++) {
		const struct sample *s = &p->samples->list[p->list[i]];
		const struct skill *skill =
			&f->cells[p->list[i]][sample_cell(s, p->models[m]) - s->cells];
		struct skill *kind = &kinds_r[f->kinds[p->list[i]]];

		if (skill->mass <= 0)
			continue;
		all.mass += skill->mass;
		all.mean += (skill->mean - all.mean) * skill->mass / all.mass;
		kind->mass += skill->mass;
		kind->mean += (skill->mean - kind->mean) * skill->mass / kind->mass;
	}
	return all;
}

/* of a model's answers outside of a fold */
struct tally {
	double n, score, cost, tokens_out, lengths;
};

static void tally_add(struct tally *t, const struct cell *cell, double cost)
{
	t->n++;
	t->score += cell->score;
	t->cost += cost;
	t->lengths += cell->tokens_out >= 0;
	t->tokens_out += fmax(cell->tokens_out, 0);
}

/* of all prompts, and of those of each kind */
static struct tally tally_outside(const struct pool *p, const struct foresight *f, uint32_t m,
				  int fold, struct tally kinds_r[KIND_STRANGE + 1])
{
	struct tally all = { 0 };

	memset(kinds_r, 0, (KIND_STRANGE + 1) * sizeof(*kinds_r));
	for (size_t i = 0; i < p->n; i++) {
		const struct sample *s = &p->samples->list[p->list[i]];
		const struct cell *cell = sample_cell(s, p->models[m]);

		if (sample_fold(s) == fold)
			continue;
		tally_add(&all, cell, pool_cost(p, i, m));
		tally_add(&kinds_r[f->kinds[p->list[i]]], cell, pool_cost(p, i, m));
	}
	return all;
}

/* Tokens of the mean answer. Where costs alone were recorded, the mean answer has COST_TOKENS
 * tokens, which cost all of it, and a kind of prompts that is dearer has longer answers. */
static double tokens_of(const struct tally *t, const struct tally *all, bool priced)
{
	if (priced)
		return t->lengths > 0 ? t->tokens_out / t->lengths
				      : all->tokens_out / fmax(all->lengths, 1);
	if (t->n < 1 || all->cost <= 0)
		return COST_TOKENS;
	return COST_TOKENS * (t->cost / t->n) / (all->cost / all->n);
}

/* What is not known of a kind is taken from all prompts. */
static void know_kinds(struct known_model *k, const struct skill *priors, const struct tally *kinds,
		       const struct tally *all, bool priced)
{
	for (int kind = 0; kind <= KIND_STRANGE; kind++) {
		const struct tally *t = &kinds[kind];

		k->kinds[kind] = k->all;
		if (priors[kind].mass > 0)
			k->kinds[kind].quality = priors[kind].mean;
		if (t->n > 0)
			k->kinds[kind].cost = t->cost / t->n;
		k->tokens_out[kind] = tokens_of(t, all, priced);
	}
}

/* The mean of a model over the training tables that have the names of the pool's; mass 0: one of
 * them is not there. */
static struct skill named(const struct pool *p, const struct foresight *f, uint32_t m)
{
	struct skill all = { 0, 0 };

	for (size_t i = 0; i < p->n; i++) {
		uint32_t dataset = p->samples->list[p->list[i]].dataset;
		const struct skill *skill =
			&f->named[dataset * p->samples->n_models + p->models[m]];

		if (skill->mass <= 0)
			return (struct skill){ 0, 0 };
		all.mass++;
		all.mean += (skill->mean - all.mean) / all.mass;
	}
	return all;
}

static enum source source_of(const struct pool *p, const struct foresight *f)
{
	bool all_named = true, all_foreseen = true, all_in_file = true;
	struct skill kinds[KIND_STRANGE + 1];

	for (uint32_t m = 0; m < p->n_models; m++) {
		all_named &= named(p, f, m).mass > 0;
		all_foreseen &= foreseen(p, f, m, kinds).mass > 0;
		all_in_file &= f->priors[p->models[m]].mass > 0;
	}
	return all_named      ? SOURCE_NAMED
	       : all_foreseen ? SOURCE_FORESEEN
	       : all_in_file  ? SOURCE_FILE
			      : SOURCE_FOLDS;
}

static struct known_model know(const struct desk *d, const struct list_prices *prices, uint32_t m,
			       int fold)
{
	const struct pool *p = d->pool;
	struct tally kinds[KIND_STRANGE + 1], t = tally_outside(p, d->foresight, m, fold, kinds);
	struct skill priors[KIND_STRANGE + 1], prior = foreseen(p, d->foresight, m, priors);
	const struct list_price *price = list_price_of(prices, p->samples->models[p->models[m]]);
	struct known_model k = { .model = m };
	bool priced = price && t.lengths > 0;

	if (d->source > SOURCE_FORESEEN)
		memset(priors, 0, sizeof(priors));
	if (d->source == SOURCE_NAMED)
		prior = named(p, d->foresight, m);
	else if (d->source == SOURCE_FILE)
		prior = d->foresight->priors[p->models[m]];
	else if (d->source == SOURCE_FOLDS)
		prior = (struct skill){ t.score / fmax(t.n, 1), t.n };
	k.all = (struct value){ prior.mean, t.cost / fmax(t.n, 1) };
	k.mass = fmin(prior.mass, PRIOR_MOST);
	k.input = priced ? price->input / 1e6 : 0;
	k.output = priced ? price->output / 1e6 : k.all.cost / COST_TOKENS;
	know_kinds(&k, priors, kinds, &t, priced);
	return k;
}

/* --- who may be chosen --- */

static bool dominates(struct value a, struct value b)
{
	return a.quality >= b.quality && a.cost <= b.cost &&
	       (a.quality > b.quality || a.cost < b.cost);
}

/* Would calls by lot to a and b, for the same money as m, be better than m? */
static bool mix_beats(struct value a, struct value b, struct value m)
{
	if (!(a.cost <= m.cost && m.cost <= b.cost && a.cost < b.cost))
		return false;
	return a.quality + (b.quality - a.quality) * (m.cost - a.cost) / (b.cost - a.cost) >
	       m.quality;
}

/*
 * Another one is no dearer and no worse at this kind of prompts. A model of which that is true of
 * all prompts together may still be the one for a kind, but only when no two others are better
 * value there.
 */
static bool is_left_out(const struct known_model *list, uint32_t n, uint32_t m, int kind)
{
	bool dominated = false;

	for (uint32_t i = 0; i < n; i++) {
		if (dominates(list[i].kinds[kind], list[m].kinds[kind]))
			return true;
		dominated |= dominates(list[i].all, list[m].all);
	}
	for (uint32_t i = 0; i < n && dominated; i++)
		for (uint32_t j = 0; j < n; j++)
			if (mix_beats(list[i].kinds[kind], list[j].kinds[kind],
				      list[m].kinds[kind]))
				return true;
	return false;
}

static int best_first(const void *a, const void *b)
{
	const struct known_model *p = a, *q = b;

	if (p->all.quality != q->all.quality)
		return p->all.quality > q->all.quality ? -1 : 1;
	return (p->all.cost > q->all.cost) - (p->all.cost < q->all.cost);
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
	struct skill *skills = ARENA_ARRAY(&c->arena, struct skill, KIND_STRANGE + 1);

	if (!skills)
		return false;
	for (int kind = 0; kind <= KIND_STRANGE; kind++)
		skills[kind] = (struct skill){ k->kinds[kind].quality, k->mass };
	c->models[at] = (struct model){ .id = id,
					.vendor = STR("table"),
					.context = NO_LIMIT,
					.max_output = NO_LIMIT,
					.price = &c->prices[at],
					.skills = skills,
					.first_target = at,
					.n_targets = 1 };
	c->targets[at] = (struct target){ &c->models[at], &c->endpoints[0] };
	fill_price(&c->arena, &c->prices[at], k);
	return true;
}

/* each kind of prompts is a task; the strange ones are "other" */
static bool name_tasks(struct catalog *c)
{
	c->n_tasks = KIND_STRANGE + 1;
	c->tasks = ARENA_ARRAY(&c->arena, struct str, c->n_tasks);
	for (uint32_t kind = 0; c->tasks && kind < KIND_STRANGE; kind++)
		c->tasks[kind] = arena_printf(&c->arena, "kind-%u", kind);
	if (c->tasks)
		c->tasks[KIND_STRANGE] = STR(TASK_OTHER);
	return !c->arena.full;
}

static bool make_catalog(struct fleet *f, const struct pool *p)
{
	struct catalog *c = f->catalog = catalog_new(CATALOG_MAX);

	if (!c)
		return false;
	c->n_models = c->n_prices = c->n_targets = f->n;
	c->n_endpoints = 1;
	c->models = ARENA_ARRAY(&c->arena, struct model, f->n);
	c->prices = ARENA_ARRAY(&c->arena, struct price, f->n);
	c->targets = ARENA_ARRAY(&c->arena, struct target, f->n);
	c->endpoints = ARENA_NEW(&c->arena, struct endpoint);
	if (!name_tasks(c))
		return false;
	c->endpoints[0] = (struct endpoint){ .name = STR("table"), .vendor = STR("table") };
	for (uint32_t i = 0; i < f->n; i++)
		if (!fill_model(c, i, p->samples->models[p->models[f->models[i]]], &f->known[i]))
			return false;
	return !c->arena.full;
}

/* All answers of a model to one kind of prompts are told to be as long as their mean. */
static bool make_snapshot(struct fleet *f)
{
	f->snapshot = snapshot_new(f->catalog, CATALOG_MAX);
	for (uint32_t i = 0; f->snapshot && i < f->n; i++) {
		struct model_view *view = &f->snapshot->models[i];

		view->lengths = ARENA_ARRAY(&f->snapshot->arena, struct length,
					    f->catalog->n_tasks);
		for (int kind = 0; view->lengths && kind <= KIND_STRANGE; kind++) {
			double length = log(f->known[i].tokens_out[kind] + 1);

			view->lengths[kind] = (struct length){ SURELY, length, length };
		}
	}
	return f->snapshot && !f->snapshot->arena.full;
}

/* Moves the cheapest of those that are as good as the best to the front of a list that is sorted by
 * quality. */
static void put_first(struct known_model *list, uint32_t n)
{
	uint32_t first = 0;
	struct known_model it;

	for (uint32_t m = 1; m < n; m++)
		if (list[m].all.quality >= list[0].all.quality - AS_GOOD &&
		    list[m].all.cost < list[first].all.cost)
			first = m;
	it = list[first];
	memmove(list + 1, list, first * sizeof(*list));
	list[0] = it;
}

/* The models that may be chosen for some kind, best first; returns how many. The best of all is
 * never left out: another one in its place is for the guard to decide. */
static uint32_t pick_models(struct desk *d, struct fleet *f, struct known_model *all)
{
	uint32_t n = d->pool->n_models, kept = 0;

	qsort(all, n, sizeof(*all), best_first);
	put_first(all, n);
	for (uint32_t m = 0; m < n && kept < PLAN_MAX; m++) {
		bool any = false;

		for (int kind = 0; kind <= KIND_STRANGE; kind++) {
			f->may[kept][kind] = m == 0 || !is_left_out(all, n, m, kind);
			any |= f->may[kept][kind] && d->seen[kind];
		}
		if (!any)
			continue;
		d->may[all[m].model] = true;
		f->models[kept] = all[m].model;
		f->known[kept++] = all[m];
	}
	return kept;
}

static bool make_fleet(struct desk *d, struct fleet *f, const struct list_prices *prices, int fold)
{
	struct known_model *all = calloc(d->pool->n_models, sizeof(*all));
	bool fine = all != NULL;

	for (uint32_t m = 0; fine && m < d->pool->n_models; m++)
		all[m] = know(d, prices, m, fold);
	if (fine) {
		f->n = pick_models(d, f, all);
		fine = make_catalog(f, d->pool) && make_snapshot(f);
	}
	free(all);
	return fine;
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
	d->source = source_of(p, f);
	d->policy.name = STR("default");
	wish_default(&d->policy.wish);
	d->policy.wish.strategy = STR("balanced");
	d->policy.wish.latency_weight = 0;
	for (size_t i = 0; i < p->n; i++)
		d->seen[f->kinds[p->list[i]]] = true;
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
	uint8_t kind = d->foresight->kinds[d->pool->list[i]];
	struct facts facts = { .features = s->features,
			       .task = { f->catalog->tasks[kind], 1 },
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
	facts.wish.certainty = dial.kind == DIAL_GUARDED ? GUARDED_SURELY : 0;
	d->plan = (struct plan){ .choosing = true };
	for (uint32_t m = 0; m < f->n; m++)
		if (f->may[m][kind])
			add_candidate(d, f, m, i);
	if (decide(&ask, &d->plan, &fault) != ERR_OK)
		return f->models[0];
	return f->models[d->plan.candidates[0].target - f->catalog->targets];
}
