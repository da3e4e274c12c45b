/*
 * terms.c -- what a candidate would mean for a request.
 *
 *   input   = expected tokens x calibration of the model for this kind of prompt
 *   cost    = (warm x cache_read + fresh x input + output x output) x tier, at the rate of the
 * hour. An attempt that fails costs nothing, but another then answers, for about as much. total   =
 * first token + output x time per token, taken as lognormal
 *
 * What was seen is shrunk towards the next wider figure, as if that had been seen a few times.
 */
#include "core/terms.h"

#include <math.h>

#include "core/calibration.h"
#include "core/dialect.h"
#include "core/length.h"
#include "core/price.h"
#include "core/prompt_cache.h"
#include "core/quality.h"
#include "core/tokens.h"

/* answers that a wider figure of latency is worth to a narrower one, and calls one of failures */
#define PRIOR_ANSWERS 5.0
#define PRIOR_CALLS   10.0

/* answers of its own from which on a figure counts as known */
#define KNOWN_ANSWERS 3.0

/* Before anything was seen: a second to the first token, more for a long prompt and for thinking,
 * with a spread that lets 95 of 100 begin within three times that; then 50 tokens a second. */
#define PRIOR_FIRST_MS   1000.0
#define PRIOR_INPUT_MS   0.1 /* for each token of input */
#define PRIOR_FIRST_HIGH 3.0
#define PRIOR_TOKEN_MS   20.0
#define PRIOR_TOKEN_VAR  100.0
#define PRIOR_FAILURE    0.01

/* what is surely enough for a filter: so many times what is expected */
#define INPUT_HIGH 1.25

#define Z90 1.2815515655446004
#define Z95 1.6448536269514722

/* a candidate, and what its terms rest on */
struct filler {
	const struct snapshot *snapshot;
	const struct facts *facts;
	uint32_t task, model, target;
	struct candidate *c;
};

/* --- tokens --- */

static void fill_input(const struct filler *f)
{
	double most = f->c->input_bound > 0 ? (double)f->c->input_bound : INFINITY;
	struct terms *t = &f->c->terms;

	t->input = tokens_expected(f->facts, f->c->target->model) *
		   calibration_of(&f->snapshot->models[f->model], f->facts->kind);
	t->input_high = fmin(t->input * INPUT_HIGH, most);
	t->input = fmin(t->input, most);
}

static double choices(const struct filler *f)
{
	return f->facts->choices > 1 ? (double)f->facts->choices : 1;
}

static void fill_output(const struct filler *f)
{
	struct length l = length_of(f->snapshot, f->facts, f->model, f->task);
	double most = f->c->max_tokens > 0 ? (double)f->c->max_tokens : 1;
	struct terms *t = &f->c->terms;

	t->output = length_mean(&l, most) * choices(f);
	t->output_high = fmax(length_high(&l, most) * choices(f), t->output);
	if (l.n >= KNOWN_ANSWERS)
		t->known |= KNOWN_LENGTH;
}

/* --- cost --- */

/* What is not in the cache yet is written to it, where the vendor does that unasked, or did with
 * this conversation. */
static enum usage_class fresh_class(const struct filler *f)
{
	enum dialect_id d = f->c->target->endpoint->dialect;
	bool writes = dialect_of(d)->caches_unasked || f->c->terms.warm > 0;

	return writes && f->c->terms.input >= prompt_cache_least(d) ? USAGE_cache_write
								    : USAGE_input;
}

static void fill_cost(const struct filler *f)
{
	const struct price *price = f->c->target->model->price;
	double tier = f->c->tier_permille > 0 ? (double)f->c->tier_permille / 1000 : 1;
	struct terms *t = &f->c->terms;
	const struct rate *r;
	double picos;

	t->warm = prompt_cache_share(f->snapshot, f->facts, f->target, t->input);
	if (!price)
		return;
	t->known |= KNOWN_PRICE;
	r = price_rate(price, (int64_t)t->input, f->facts->at_s);
	picos = t->input * t->warm * (double)r->picos[USAGE_cache_read] +
		t->input * (1 - t->warm) * (double)r->picos[fresh_class(f)] +
		t->output * (double)r->picos[USAGE_output];
	t->cost_nanos = picos * tier / 1000;
}

/* --- latency --- */

/* of an answer's tokens those that are thought before it, as far as anybody can tell */
static double thought(const struct filler *f, double output)
{
	if (!tokens_thinks(f->facts, f->c->target->model))
		return 0;
	return output * (1 - 1 / length_thinking_times(f->facts->effort));
}

static struct latency prior_of(const struct filler *f, double output)
{
	double first = PRIOR_FIRST_MS + PRIOR_INPUT_MS * f->c->terms.input +
		       PRIOR_TOKEN_MS * thought(f, output);
	double spread = first * (PRIOR_FIRST_HIGH - 1) / Z95;

	return (struct latency){
		.first_p50_ms = first,
		.first_p95_ms = first * PRIOR_FIRST_HIGH,
		.first_mean_ms = first,
		.first_var = spread * spread,
		.token_mean_ms = PRIOR_TOKEN_MS,
		.token_var = PRIOR_TOKEN_VAR,
	};
}

/* `seen` over what was known before; returns how much it was seen */
static double narrow(struct latency *known, const struct latency *seen)
{
	double share = seen->n / (seen->n + PRIOR_ANSWERS);

	if (!(seen->n > 0) || !(seen->first_p50_ms > 0))
		return 0;
	known->first_p50_ms += share * (seen->first_p50_ms - known->first_p50_ms);
	known->first_p95_ms += share * (seen->first_p95_ms - known->first_p95_ms);
	known->first_mean_ms += share * (seen->first_mean_ms - known->first_mean_ms);
	known->first_var += share * (seen->first_var - known->first_var);
	if (seen->token_mean_ms > 0) {
		known->token_mean_ms += share * (seen->token_mean_ms - known->token_mean_ms);
		known->token_var += share * (seen->token_var - known->token_var);
	}
	return seen->n;
}

/* From the widest to the narrowest: the model at other endpoints, this one with prompts of other
 * sizes, of this size. Returns how many answers of this endpoint it rests on. */
static double narrow_all(const struct filler *f, struct latency *known)
{
	const struct model *m = f->c->target->model;
	const struct target_view *views = f->snapshot->targets, *own = &views[f->target];
	enum size_bucket size = size_bucket_of(f->c->terms.input);
	double n = 0;

	for (uint32_t t = m->first_target; t < m->first_target + m->n_targets; t++)
		if (t != f->target)
			narrow(known, &views[t].latency[size]);
	for (int b = 0; b < SIZE_BUCKET_COUNT; b++)
		if (b != (int)size)
			n += narrow(known, &own->latency[b]);
	return n + narrow(known, &own->latency[size]);
}

static void fill_total(const struct filler *f, const struct latency *l)
{
	struct terms *t = &f->c->terms;
	double output = t->output / choices(f), high = t->output_high / choices(f);
	/* What was thought in silence is in the time to the first token already. */
	double silent = fmin(thought(f, output) * l->token_mean_ms,
			     fmax(l->first_mean_ms - PRIOR_FIRST_MS, 0));
	double spread = (high - output) / Z90 * l->token_mean_ms;
	double mean = l->first_mean_ms + output * l->token_mean_ms - silent;
	double var = l->first_var + spread * spread + output * output * l->token_var;
	double s2 = log1p(var / (mean * mean));

	t->total_ms = fmax(mean * exp(-s2 / 2), t->first_ms);
	t->total_high_ms = fmax(t->total_ms * exp(Z95 * sqrt(s2)), t->first_high_ms);
}

static void fill_latency(const struct filler *f)
{
	struct terms *t = &f->c->terms;
	struct latency l = prior_of(f, t->output / choices(f));

	if (narrow_all(f, &l) >= KNOWN_ANSWERS)
		t->known |= KNOWN_LATENCY;
	t->first_ms = l.first_p50_ms;
	t->first_high_ms = l.first_p95_ms;
	fill_total(f, &l);
}

static void fill_failure(const struct filler *f)
{
	const struct target_view *v = &f->snapshot->targets[f->target];

	f->c->terms.failure = (v->failure * v->attempts + PRIOR_FAILURE * PRIOR_CALLS) /
			      (v->attempts + PRIOR_CALLS);
}

/* --- the whole --- */

void terms_fill(const struct snapshot *snapshot, const struct facts *facts, uint32_t task,
		struct candidate *c)
{
	const struct catalog *catalog = snapshot->catalog;
	const struct model *model = c->target->model;
	const struct filler f = { .snapshot = snapshot,
				  .facts = facts,
				  .task = task,
				  .model = (uint32_t)(model - catalog->models),
				  .target = (uint32_t)(c->target - catalog->targets),
				  .c = c };
	struct quality q = quality_of(snapshot, model, task, &c->evidence);

	c->terms = (struct terms){ .quality = q.mean, .quality_se = q.se };
	c->terms.known = q.known ? KNOWN_QUALITY : 0;
	fill_input(&f);
	fill_output(&f);
	fill_cost(&f);
	fill_latency(&f);
	fill_failure(&f);
}
