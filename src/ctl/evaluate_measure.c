/* evaluate_measure.c -- what the choices would have cost and achieved, beside those of others. */
#include <math.h>
#include <stdlib.h>

#include "base/rand.h"
#include "ctl/evaluate.h"

#define STEPS       120
#define WEIGHT_MOST 2.0 /* of a dial; beyond it the cheapest is nearly always taken */

/* --- points --- */

struct sum {
	double cost, quality;
};

static void add_choice(struct sum *s, const struct pool *p, size_t i, uint32_t model)
{
	s->cost += pool_cost(p, i, model) / (double)p->n;
	s->quality += pool_score(p, i, model) / (double)p->n;
}

static void add_point(struct curve *c, struct sum s)
{
	c->points[c->n++] = (struct point){ s.cost, s.quality };
}

/* small steps where most is decided */
static double weight_of(uint32_t step)
{
	double part = (double)step / STEPS;

	return step == STEPS ? 100 : WEIGHT_MOST * part * part;
}

static struct point run_engine(const struct pool *p, struct desk *d, struct dial dial,
			       double *shares_r)
{
	struct sum s = { 0 };

	for (uint32_t m = 0; shares_r && m < p->n_models; m++)
		shares_r[m] = 0;
	for (size_t i = 0; i < p->n; i++) {
		uint32_t model = desk_choose(d, i, dial);

		add_choice(&s, p, i, model);
		if (shares_r)
			shares_r[model] += 1 / (double)p->n;
	}
	return (struct point){ s.cost, s.quality };
}

/* always the first model is a setting too: the strategy `order` */
static void sweep_engine(const struct pool *p, struct desk *d, struct outcome *o)
{
	struct curve *c = &o->by[ROUTER_ENGINE].curve;
	struct sum first = { 0 };

	for (size_t i = 0; i < p->n; i++)
		add_choice(&first, p, i, desk_first(d, i));
	add_point(c, first);
	for (uint32_t step = 0; step <= STEPS; step++)
		c->points[c->n++] = run_engine(p, d, (struct dial){ DIAL_MONEY, weight_of(step) },
					       NULL);
}

static uint32_t oracle_choice(const struct pool *p, size_t i, double weight)
{
	double most = -INFINITY, unit = p->cost[pool_best(p)];
	uint32_t best = 0;

	for (uint32_t m = 0; m < p->n_models; m++) {
		double score = pool_score(p, i, m) -
			       (weight + 1e-6) * pool_cost(p, i, m) / fmax(unit, 1e-12);

		if (score > most) {
			most = score;
			best = m;
		}
	}
	return best;
}

static void sweep_oracle(const struct pool *p, struct outcome *o)
{
	for (uint32_t step = 0; step <= STEPS; step++) {
		struct sum s = { 0 };

		for (size_t i = 0; i < p->n; i++)
			add_choice(&s, p, i, oracle_choice(p, i, weight_of(step)));
		add_point(&o->by[ROUTER_ORACLE].curve, s);
	}
}

/* --- calls in an order: the strong model gets the first ones --- */

struct ranked {
	double gain;
	size_t i;
};

static int by_gain(const void *a, const void *b)
{
	const struct ranked *p = a, *q = b;

	return (p->gain < q->gain) - (p->gain > q->gain);
}

static bool sweep_ranked(const struct pool *p, struct outcome *o, enum router router,
			 const double *gain, struct arena *a)
{
	struct ranked *list = ARENA_ARRAY(a, struct ranked, p->n);
	struct sum s = { p->cost[o->weak], p->quality[o->weak] };
	size_t block = p->n / STEPS + 1;

	if (!list)
		return false;
	for (size_t i = 0; i < p->n; i++)
		list[i] = (struct ranked){ gain[i], i };
	qsort(list, p->n, sizeof(*list), by_gain);
	add_point(&o->by[router].curve, s);
	for (size_t i = 0; i < p->n; i++) {
		s.cost += (pool_cost(p, list[i].i, o->strong) - pool_cost(p, list[i].i, o->weak)) /
			  (double)p->n;
		s.quality += (pool_score(p, list[i].i, o->strong) -
			      pool_score(p, list[i].i, o->weak)) /
			     (double)p->n;
		if (i % block == block - 1 || i + 1 == p->n)
			add_point(&o->by[router].curve, s);
	}
	return true;
}

/* a mix of both by lot: what that is on the average is the line between them */
static void sweep_random(const struct pool *p, struct outcome *o)
{
	struct curve *c = &o->by[ROUTER_RANDOM].curve;

	add_point(c, (struct sum){ p->cost[o->weak], p->quality[o->weak] });
	add_point(c, (struct sum){ p->cost[o->strong], p->quality[o->strong] });
}

static bool sweep_length(const struct pool *p, struct outcome *o, struct arena *a)
{
	double *gain = ARENA_ARRAY(a, double, p->n);

	if (!gain)
		return false;
	for (size_t i = 0; i < p->n; i++)
		gain[i] = (double)p->samples->list[p->list[i]].features.text_bytes;
	return sweep_ranked(p, o, ROUTER_LENGTH, gain, a);
}

/* --- APGR and CPT: over shares of calls --- */

/* what the engine weighs: the least weight at which the prompt no longer goes to the strong
 * model, by halving */
static double strength_wanted(struct desk *d, size_t i, uint32_t strong)
{
	double least = 0, most = WEIGHT_MOST;

	if (desk_choose(d, i, (struct dial){ DIAL_SHARE, 0 }) != strong)
		return 0;
	for (int step = 0; step < 16; step++) {
		double middle = (least + most) / 2;

		if (desk_choose(d, i, (struct dial){ DIAL_SHARE, middle }) == strong)
			least = middle;
		else
			most = middle;
	}
	return most;
}

static bool measure_shares(const struct pool *p, struct desk *d, struct outcome *o,
			   enum router router, struct arena *a)
{
	struct measures *m = &o->by[router];
	double *columns = ARENA_ARRAY(a, double, 3 * p->n), gap;
	double *gain = columns, *weak = columns + p->n, *strong = columns + 2 * p->n;
	struct curve c;

	if (!columns)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		weak[i] = pool_score(p, i, o->weak);
		strong[i] = pool_score(p, i, o->strong);
		if (router == ROUTER_ENGINE)
			gain[i] = strength_wanted(d, i, o->strong);
		else if (router == ROUTER_LENGTH)
			gain[i] = (double)p->samples->list[p->list[i]].features.text_bytes;
		else if (router == ROUTER_ORACLE)
			gain[i] = strong[i] - weak[i];
	}
	c = curve_of_gains(gain, weak, strong, p->n, a);
	if (c.n == 0)
		return false;
	gap = p->quality[o->strong] - p->quality[o->weak];
	m->apgr = curve_apgr(&c, p->quality[o->weak], p->quality[o->strong]);
	m->cpt50 = curve_reach(&c, p->quality[o->weak] + 0.5 * gap);
	m->cpt80 = curve_reach(&c, p->quality[o->weak] + 0.8 * gap);
	return true;
}

/* --- the whole --- */

static void measure_costs(const struct pool *p, struct outcome *o, struct measures *m)
{
	double best = p->quality[o->strong], cost = fmax(p->cost[o->strong], 1e-12), reach;

	curve_sort(&m->curve);
	reach = curve_reach(&m->curve, 0.95 * best);
	m->cost95 = reach < 0 ? -1 : reach / cost;
	reach = curve_reach(&m->curve, best - 1e-9);
	m->cost100 = reach < 0 ? -1 : reach / cost;
}

/* the mean height of the hull between the costs of the cheapest and the dearest model */
static bool measure_hull(const struct pool *p, struct measures *m, struct arena *a)
{
	struct curve hull = { ARENA_ARRAY(a, struct point, m->curve.n + 3), 0 };
	double least = p->cost[pool_cheapest(p)], most = least;

	if (!hull.points)
		return false;
	for (uint32_t k = 0; k < p->n_models; k++)
		most = fmax(most, p->cost[k]);
	for (size_t i = 0; i < m->curve.n; i++)
		hull.points[hull.n++] = m->curve.points[i];
	hull.points[hull.n++] = (struct point){ most, 0 };
	curve_hull(&hull);
	m->aiq = curve_mean(&hull);
	return true;
}

static bool make_room(struct outcome *o, struct arena *a)
{
	for (int r = 0; r < ROUTER_COUNT; r++) {
		o->by[r].apgr = o->by[r].cpt50 = o->by[r].cpt80 = -1;
		o->by[r].curve.points = ARENA_ARRAY(a, struct point, STEPS + 8);
		if (!o->by[r].curve.points)
			return false;
	}
	return true;
}

/* where the curve first reaches 95 % of the best single model */
static void measure_choice(const struct pool *p, struct desk *d, struct outcome *o)
{
	struct dial dial = { DIAL_MONEY, 0 };

	for (uint32_t step = STEPS + 1; step-- > 0;) {
		dial.weight = weight_of(step);
		if (run_engine(p, d, dial, o->shares).quality >= 0.95 * p->quality[o->strong])
			break;
	}
	o->guarded = run_engine(p, d, (struct dial){ DIAL_GUARDED, WEIGHT_MOST },
				o->guarded_shares);
}

bool outcome_measure(struct outcome *o, const struct pool *p, struct desk *d, struct arena *a)
{
	*o = (struct outcome){ .weak = pool_cheapest(p), .strong = pool_best(p) };
	if (!make_room(o, a))
		return false;
	sweep_random(p, o);
	sweep_engine(p, d, o);
	sweep_oracle(p, o);
	measure_choice(p, d, o);
	if (!sweep_length(p, o, a))
		return false;
	for (int r = 0; r < ROUTER_COUNT; r++) {
		measure_costs(p, o, &o->by[r]);
		if (!measure_hull(p, &o->by[r], a))
			return false;
		if (p->n_models == 2 && o->weak != o->strong &&
		    !measure_shares(p, d, o, (enum router)r, a))
			return false;
	}
	return true;
}
