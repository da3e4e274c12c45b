/*
 * terms.c -- what a candidate would mean for a request.
 *
 *   cost    = warm input x cache_read + fresh input x input + output x output   at the rate of the
 * hour total   = first token + output x time per token; its variance from the parts' what was seen
 * of an endpoint is shrunk towards a prior as if that had been seen PRIOR_ANSWERS times
 */
#include "core/terms.h"

#include <math.h>

#include "core/calibration.h"
#include "core/price.h"
#include "core/quality.h"
#include "core/tokens.h"

#define PRIOR_ANSWERS 5.0

/* Before anything was seen: a second to the first token and 50 tokens a second, with a spread that
 * lets 95 of 100 begin within 3 s; thinking comes before the first token. */
#define PRIOR_FIRST_MS      1000.0
#define PRIOR_FIRST_HIGH_MS 3000.0
#define PRIOR_TOKEN_MS      20.0
#define PRIOR_THINKING_MS   6000.0
#define PRIOR_FAILURE       0.01

/* ln(tokens + 1) of answers before any was seen: half are below 330, nine in ten below 1,800 */
#define PRIOR_Q50 5.8
#define PRIOR_Q90 7.5
/* thinking is output too: so many times as much where a model thinks */
#define THINKING_TIMES 2.5

#define Z90 1.2816
#define Z95 1.6449

/* --- tokens --- */

static void fill_input(const struct model_view *view, const struct facts *f, struct candidate *c)
{
	double ratio = calibration_of(view, f->kind);
	double most = (double)c->input_bound;

	c->terms.input = tokens_expected(f, c->target->model) * ratio;
	c->terms.input_high = 1.25 * c->terms.input;
	if (most > 0 && c->terms.input > most)
		c->terms.input = most;
	if (most > 0 && c->terms.input_high > most)
		c->terms.input_high = most;
}

static bool thinks(const struct facts *f, const struct model *m)
{
	switch (m->thinking) {
	case THINKING_NONE: return false;
	case THINKING_OPTIONAL: return f->effort > EFFORT_NONE;
	case THINKING_DEFAULT: return f->effort != EFFORT_NONE;
	default: return true;
	}
}

static struct length prior_length(bool thinking)
{
	double more = thinking ? log(THINKING_TIMES) : 0;

	return (struct length){ 0, PRIOR_Q50 + more, PRIOR_Q90 + more };
}

/* the narrowest figure that rests on a few answers */
static struct length length_of(const struct snapshot *s, const struct model_view *view,
			       uint32_t task, bool thinking, uint32_t *known)
{
	const struct length *by_task = view->lengths ? &view->lengths[task] : NULL;

	*known |= KNOWN_LENGTH;
	if (by_task && by_task->n >= 3)
		return *by_task;
	if (view->length.n >= 3)
		return view->length;
	*known &= ~(uint32_t)KNOWN_LENGTH;
	if (s->length.n >= 3)
		return s->length;
	return prior_length(thinking);
}

static double at_most(double a, double b)
{
	return a < b ? a : b;
}

static void fill_output(const struct snapshot *s, const struct model_view *view,
			const struct facts *f, uint32_t task, struct candidate *c)
{
	struct terms *t = &c->terms;
	struct length l = length_of(s, view, task, thinks(f, c->target->model), &t->known);
	double sigma = l.q90 > l.q50 ? (l.q90 - l.q50) / Z90 : 0;
	double most = (double)c->max_tokens, n = f->choices > 0 ? (double)f->choices : 1;

	t->output = at_most(exp(l.q50 + sigma * sigma / 2), most) * n;
	t->output_high = at_most(exp(l.q90), most) * n;
}

/* --- cost --- */

static double warm_tokens(const struct snapshot *s, const struct facts *f, uint32_t target)
{
	for (uint32_t p = f->n_prefixes; p > 0; p--)
		for (uint32_t i = 0; i < s->n_warm; i++)
			if (s->warm[i].prefix == f->prefixes[p - 1].hash &&
			    s->warm[i].target == target && s->warm[i].until_s > f->at_s)
				return (double)f->prefixes[p - 1].tokens;
	return 0;
}

static void fill_cost(const struct facts *f, struct candidate *c)
{
	const struct price *price = c->target->model->price;
	struct terms *t = &c->terms;
	const struct rate *r;
	double fresh = t->input * (1 - t->warm), cached = t->input * t->warm;

	t->cost_nanos = 0;
	if (!price)
		return;
	t->known |= KNOWN_PRICE;
	r = price_rate(price, (int64_t)t->input, f->at_s);
	t->cost_nanos = (fresh * (double)r->picos[USAGE_input] +
			 cached * (double)r->picos[USAGE_cache_read] +
			 t->output * (double)r->picos[USAGE_output]) /
			1000;
}

/* --- latency --- */

static enum size_bucket bucket_of(double tokens)
{
	static const double most[] = {
#define SIZE_BUCKET(name, most_tokens) (double)most_tokens,
#include "tbl/size_buckets.h"
#undef SIZE_BUCKET
	};
	int b = 0;

	while (b < SIZE_BUCKET_COUNT - 1 && tokens > most[b])
		b++;
	return (enum size_bucket)b;
}

/* seen n times, prior PRIOR_ANSWERS times */
static double blend(double seen, double n, double prior)
{
	return n > 0 ? (seen * n + prior * PRIOR_ANSWERS) / (n + PRIOR_ANSWERS) : prior;
}

static void fill_latency(const struct target_view *view, const struct facts *f, struct candidate *c)
{
	struct terms *t = &c->terms;
	const struct latency *l = &view->latency[bucket_of(t->input)];
	double thinking = thinks(f, c->target->model) ? PRIOR_THINKING_MS : 0;
	double token = blend(l->token_mean_ms, l->n, PRIOR_TOKEN_MS);
	double first_var, spread;

	t->first_ms = blend(l->first_p50_ms, l->n, PRIOR_FIRST_MS + thinking);
	t->first_high_ms = blend(l->first_p95_ms, l->n, PRIOR_FIRST_HIGH_MS + 2 * thinking);
	first_var = pow((t->first_high_ms - t->first_ms) / Z95, 2);
	spread = (t->output_high - t->output) / Z90 * token;
	t->total_ms = t->first_ms + t->output * token;
	t->total_high_ms = t->total_ms + Z95 * sqrt(first_var + spread * spread +
						    t->output * t->output * l->token_var);
	t->failure = blend(view->failure, view->attempts, PRIOR_FAILURE);
	if (l->n >= PRIOR_ANSWERS)
		t->known |= KNOWN_LATENCY;
}

/* --- the whole --- */

void terms_fill(const struct snapshot *snapshot, const struct facts *facts, uint32_t task,
		struct candidate *c)
{
	const struct catalog *catalog = snapshot->catalog;
	const struct model *model = c->target->model;
	const struct model_view *view = &snapshot->models[model - catalog->models];
	uint32_t target = (uint32_t)(c->target - catalog->targets);
	struct quality q = quality_of(snapshot, model, task, &c->evidence);

	c->terms = (struct terms){ .quality = q.mean, .quality_se = q.se };
	c->terms.known = q.known ? KNOWN_QUALITY : 0;
	fill_input(view, facts, c);
	fill_output(snapshot, view, facts, task, c);
	if (c->terms.input > 0)
		c->terms.warm = at_most(warm_tokens(snapshot, facts, target) / c->terms.input, 1);
	fill_cost(facts, c);
	fill_latency(&snapshot->targets[target], facts, c);
}
