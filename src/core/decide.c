/*
 * decide.c -- which candidate, and why.
 *
 *   terms of each -> left out: dearer than max_price and max_cost
 *   those that stand badly with the fleet -> left out, while another stands well (core/sideline.h);
 *         if then a custom strategy's filter leaves nobody: from the beginning, with them
 *   of those to choose from -> left out: slower than max_latency (unless all are), not surely as
 *         good as quality_floor (unless none is)
 *         scored by the strategy
 *   each rank, what was asked for first, fallbacks last: sorted, the guard asked
 */
#include "core/decide.h"

#include <math.h>
#include <string.h>

#include "base/rand.h"
#include "core/guard.h"
#include "core/price.h"
#include "core/refusal.h"
#include "core/sideline.h"
#include "core/strategy.h"
#include "core/terms.h"

/* Scores this close are equal: then conversations are spread over endpoints, each always to the
 * same. */
#define EQUAL_SCORE 1e-3

/* what a limit of cost is when nobody set one (tbl/wishes.h) */
#define NO_LIMIT 1e6

struct decider {
	const struct decide_ask *ask;
	const struct facts *facts; /* as the rules of a custom strategy leave them */
	struct plan *plan;
	const struct strategy *scored_by; /* NULL: a custom one, or there was nothing to choose */
};

/* --- leaving out --- */

static void leave_out(struct plan *p, uint32_t at, enum rejection reason)
{
	struct candidate *c = &p->candidates[at];

	if (p->n_rejected < REJECTED_MAX) {
		struct rejected *r = &p->rejected[p->n_rejected++];

		*r = (struct rejected){ .target = c->target,
					.model = c->target->model,
					.reason = reason,
					.code = rejection_error(reason),
					.blocked_ms = c->blocked_ms,
					.terms = c->terms };
		str_copy(r->why, sizeof(r->why), str_of(rejection_text(reason)));
	}
	memmove(c, c + 1, (p->n - at - 1) * sizeof(*c));
	p->n--;
}

static bool above_price(const struct decider *d, const struct candidate *c)
{
	const struct wish *w = &d->facts->wish;
	const struct price *price = c->target->model->price;
	const struct rate *rate;

	if (!price)
		return w->max_price_input < NO_LIMIT || w->max_price_output < NO_LIMIT;
	rate = price_rate(price, (int64_t)c->terms.input, d->facts->at_s);
	return (double)rate->picos[USAGE_input] > w->max_price_input * 1e6 ||
	       (double)rate->picos[USAGE_output] > w->max_price_output * 1e6;
}

static bool above_cost(const struct decider *d, const struct candidate *c)
{
	if (!(c->terms.known & KNOWN_PRICE))
		return d->facts->wish.max_cost < NO_LIMIT;
	return c->terms.cost_nanos > d->facts->wish.max_cost * 1e9;
}

/* Is it to be chosen or left by a strategy? Who names a model gets it. */
static bool is_free(const struct decider *d, const struct candidate *c)
{
	return d->plan->choosing && !c->named;
}

/* Is it what the policy falls back to from a strategy's choice? */
static bool is_fallback(const struct decider *d, const struct candidate *c)
{
	return d->plan->choosing && c->named && c->rank >= RANK_FALLBACK;
}

static double latency_s(const struct decider *d, const struct candidate *c)
{
	const struct choice as = { .facts = d->facts };

	return strategy_latency_s(&as, &c->terms);
}

static bool too_slow(const struct decider *d, const struct candidate *c)
{
	return is_free(d, c) && latency_s(d, c) > d->facts->wish.max_latency;
}

/* Surely above the floor: by as many standard errors as the guard wants. */
static bool below_floor(const struct decider *d, const struct candidate *c)
{
	const struct wish *w = &d->facts->wish;

	return is_free(d, c) &&
	       c->terms.quality - w->certainty * c->terms.quality_se < w->quality_floor;
}

/* a score that is not a number: the strategy's own filter */
static bool was_filtered(const struct decider *d, const struct candidate *c)
{
	(void)d;
	return isnan(c->score);
}

typedef bool filter_f(const struct decider *d, const struct candidate *c);

static void leave_out_sidelined(struct plan *p)
{
	bool out[PLAN_MAX];
	uint32_t n = p->n, left_out = 0;

	sideline(p, out);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = i - left_out;

		if (!out[i])
			continue;
		leave_out(p, at, standing_rejection(p->candidates[at].standing));
		left_out++;
	}
}

static void filter(struct decider *d, enum rejection reason, filter_f *is_out)
{
	uint32_t at = 0;

	while (at < d->plan->n) {
		if (is_out(d, &d->plan->candidates[at]))
			leave_out(d->plan, at, reason);
		else
			at++;
	}
}

/* of those to choose from; false: there is none */
static bool all_are(const struct decider *d, filter_f *is)
{
	bool any = false;

	for (uint32_t at = 0; at < d->plan->n; at++) {
		const struct candidate *c = &d->plan->candidates[at];

		if (is_free(d, c) && !is(d, c))
			return false;
		any |= is_free(d, c);
	}
	return any;
}

/* Limits that are kept where they can be. A prediction is no promise, so none of these alone
 * refuses a request. They look over all ranks, so that who asks for an order of vendors gets no
 * worse model by it. */
static void filter_softly(struct decider *d)
{
	if (all_are(d, too_slow))
		d->plan->relaxed = true;
	else
		filter(d, REJECTED_latency, too_slow);
	if (all_are(d, below_floor))
		d->plan->floor_unmet = true;
	else
		filter(d, REJECTED_floor, below_floor);
}

/* --- scoring --- */

/* a number for the pair that is the same on every gateway: rendezvous hashing */
static uint64_t weight_of(const struct facts *f, const struct target *t)
{
	uint64_t of = f->n_prefixes ? f->prefixes[0].hash : f->seed;
	struct rnd r = rnd_seed(of ^ ((uint64_t)str_hash(t->endpoint->name) << 32));

	return rnd_u64(&r);
}

/* does a come before b? */
static bool better(const struct facts *f, const struct candidate *a, const struct candidate *b)
{
	if (a->target->model == b->target->model && fabs(a->score - b->score) < EQUAL_SCORE)
		return weight_of(f, a->target) > weight_of(f, b->target);
	return a->score > b->score;
}

static void sort(const struct choice *choice, uint32_t *order)
{
	for (uint32_t i = 0; i < choice->n; i++) {
		uint32_t at = i;

		for (; at > 0 && better(choice->facts, &choice->candidates[i],
					&choice->candidates[order[at - 1]]);
		     at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* --- choosing --- */

/* those that are not left out */
static void score_built_in(const struct choice *choice, const struct strategy *s, double *score_r)
{
	for (uint32_t i = 0; i < choice->n; i++)
		if (!isnan(score_r[i]))
			score_r[i] = s->score(choice, &choice->candidates[i]);
}

static void note_failure(struct decider *d, struct str why)
{
	d->plan->custom_failed = true;
	str_copy(d->plan->custom_fault, sizeof(d->plan->custom_fault), why);
}

static bool score_custom(struct decider *d, const struct choice *choice,
			 const struct custom_strategy *custom, double *score_r)
{
	const struct custom_runner *runner = d->ask->custom;
	struct str why = d->ask->custom_failed;
	struct fault f;

	if (d->plan->custom_failed)
		return false;
	if (str_absent(why)) {
		if (runner && runner->score(runner->who, custom, choice, score_r, &f))
			return true;
		why = runner ? str_of(f.text) : STR("nothing here can run it");
	}
	note_failure(d, why);
	memset(score_r, 0, PLAN_MAX * sizeof(*score_r));
	return false;
}

/* Returns what scored in the end. NULL: a custom strategy. */
static const struct strategy *score(struct decider *d, const struct choice *choice, double *score_r)
{
	struct str name = d->facts->wish.strategy;
	const struct strategy *s = strategy_of(name);
	const struct custom_strategy *custom = s ? NULL
						 : catalog_strategy(d->ask->snapshot->catalog,
								    name);
	bool scored;

	memset(score_r, 0, PLAN_MAX * sizeof(*score_r));
	scored = custom && score_custom(d, choice, custom, score_r) && custom->scores;
	if (d->plan->floor_unmet) /* where nothing is good enough, the best there is */
		s = strategy_of(STR("quality"));
	else if (scored)
		return NULL;
	else if (!s)
		s = strategy_of(custom ? custom->base : STR("order"));
	score_built_in(choice, s, score_r);
	return s;
}

static void rearrange(struct candidate *list, uint32_t n, const uint32_t *order)
{
	struct candidate copy[PLAN_MAX];

	memcpy(copy, list, n * sizeof(*list));
	for (uint32_t i = 0; i < n; i++)
		list[i] = copy[order[i]];
}

/* copies, because what was named may lie between */
static uint32_t collect(const struct decider *d, filter_f *is, struct candidate *list_r)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->plan->n; i++)
		if (is(d, &d->plan->candidates[i]))
			list_r[n++] = d->plan->candidates[i];
	return n;
}

static void hand_out(struct decider *d, filter_f *is, const double *scores)
{
	for (uint32_t i = 0; i < d->plan->n; i++)
		if (is(d, &d->plan->candidates[i]))
			d->plan->candidates[i].score = *scores++;
}

/* Those to choose from are scored together, of whatever rank, so that a custom strategy gives up
 * for all or for none of them, and of their fallbacks. */
static void score_free(struct decider *d)
{
	struct plan *p = d->plan;
	struct candidate list[PLAN_MAX];
	double scores[PLAN_MAX];
	struct choice choice = {
		.facts = d->facts, .policy = d->ask->policy, .candidates = list, .first = list
	};

	choice.n = collect(d, is_free, list);
	choice.n_fallbacks = collect(d, is_fallback, list + choice.n);
	if (choice.n + choice.n_fallbacks == 0)
		return;
	if (is_free(d, &p->candidates[0]))
		p->strategy = d->facts->wish.strategy;
	d->scored_by = score(d, &choice, scores);
	hand_out(d, is_free, scores);
	hand_out(d, is_fallback, scores + choice.n);
	filter(d, REJECTED_filter, was_filtered);
}

/* The endpoints of one model that was asked for by its name: their quality is the same, so what is
 * left is cost and latency, unless the policy wants its own order. */
static struct str for_endpoints(const struct facts *f)
{
	return str_is(f->wish.strategy, "order") ? STR("order") : STR("balanced");
}

static void score_endpoints(const struct choice *choice, struct candidate *list)
{
	double scores[PLAN_MAX] = { 0 };

	score_built_in(choice, strategy_of(for_endpoints(choice->facts)), scores);
	for (uint32_t i = 0; i < choice->n; i++)
		list[i].score = scores[i];
}

/* Sorts candidates [from, to), which are of one rank; guarded where there is a first that the
 * policy wants. */
static void sort_rank(struct decider *d, uint32_t from, uint32_t to)
{
	struct candidate *list = &d->plan->candidates[from];
	struct choice choice = { .facts = d->facts,
				 .policy = d->ask->policy,
				 .candidates = list,
				 .n = to - from,
				 .first = list };
	uint32_t order[PLAN_MAX];

	if (!is_free(d, list) && choice.n > 1)
		score_endpoints(&choice, list);
	sort(&choice, order);
	if (from == 0 && is_free(d, list) && d->scored_by && d->scored_by->guarded)
		d->plan->guard = guard_check(&choice, str_of(d->scored_by->name), order);
	rearrange(list, choice.n, order);
}

/* --- terms --- */

/* Nobody knows what a model without a price costs. It is never chosen because it is cheap: it
 * counts as a little dearer than the dearest here. */
static void price_the_unpriced(struct plan *p)
{
	double most = 0;

	for (uint32_t i = 0; i < p->n; i++)
		if (p->candidates[i].terms.cost_nanos > most)
			most = p->candidates[i].terms.cost_nanos;
	for (uint32_t i = 0; i < p->n; i++)
		if (!(p->candidates[i].terms.known & KNOWN_PRICE))
			p->candidates[i].terms.cost_nanos = most + 1;
}

static void fill_terms(struct decider *d)
{
	const struct decide_ask *ask = d->ask;
	uint32_t task = catalog_task(ask->snapshot->catalog, ask->facts->task.name);

	for (uint32_t i = 0; i < d->plan->n; i++)
		terms_fill(ask->snapshot, ask->facts, task, &d->plan->candidates[i]);
	price_the_unpriced(d->plan);
}

/* --- rules --- */

/* What the rules of a custom strategy make of the wishes; *ruled_r is where the facts are then. */
static void apply_rules(struct decider *d, struct facts *ruled_r)
{
	const struct custom_runner *runner = d->ask->custom;
	const struct custom_strategy *custom = catalog_strategy(d->ask->snapshot->catalog,
								d->facts->wish.strategy);
	struct fault f;

	if (!custom || !runner)
		return;
	*ruled_r = *d->facts;
	if (!runner->rule(runner->who, custom, d->facts, &ruled_r->wish, &f)) {
		note_failure(d, str_of(f.text));
		return;
	}
	d->plan->ruled = memcmp(&ruled_r->wish, &d->facts->wish, sizeof(struct wish)) != 0;
	d->plan->wish = ruled_r->wish;
	d->facts = ruled_r;
}

/* --- the whole --- */

/* What was given, with its terms, without those that are left out. n_rejected: before that. */
static void select_and_score(struct decider *d, uint32_t n_rejected)
{
	struct plan *p = d->plan;

	memcpy(p->candidates, p->given, p->n_given * sizeof(*p->given));
	p->n = p->n_given;
	p->n_rejected = n_rejected;
	p->relaxed = p->floor_unmet = false;
	fill_terms(d);
	filter(d, REJECTED_price, above_price);
	filter(d, REJECTED_cost, above_cost);
	leave_out_sidelined(p);
	filter_softly(d);
	score_free(d);
}

enum err decide(const struct decide_ask *ask, struct plan *plan, struct fault *fault_r)
{
	struct decider d = { .ask = ask, .facts = ask->facts, .plan = plan };
	uint32_t n_rejected = plan->n_rejected;
	struct facts ruled;

	memcpy(plan->given, plan->candidates, plan->n * sizeof(*plan->given));
	plan->n_given = plan->n;
	plan->panic = ask->panic;
	plan->snapshot = ask->snapshot->version;
	if (plan->choosing)
		apply_rules(&d, &ruled);
	if (plan->n && is_free(&d, &plan->candidates[0])) /* it stays so if nothing is left */
		plan->strategy = d.facts->wish.strategy;
	select_and_score(&d, n_rejected);
	if (plan->n == 0 && sideline_left_any(plan)) {
		plan->panic = true;
		select_and_score(&d, n_rejected);
	}
	for (uint32_t from = 0, to; from < plan->n; from = to) {
		for (to = from + 1; to < plan->n; to++)
			if (plan->candidates[to].rank != plan->candidates[from].rank)
				break;
		sort_rank(&d, from, to);
	}
	sideline_last(plan);
	return plan->n ? ERR_OK : refusal_tell(plan, d.facts, fault_r);
}
