/* refusal.c -- the one sentence for a request that nobody may serve. */
#include "core/refusal.h"

#include <stdio.h>

#include "core/price.h"

#define FIGURE_BYTES 64

/* what was compared with a limit that somebody set */
struct too_dear {
	const char *limit, *of; /* its name; what it is for */
	double is, most;        /* dollars */
};

/* plain digits, with no more of them behind the point than there are */
static const char *dollars(char text[FIGURE_BYTES], double value)
{
	size_t n = (size_t)snprintf(text, FIGURE_BYTES, "%.9f", value);

	while (text[n - 1] == '0')
		n--;
	text[text[n - 1] == '.' ? n - 1 : n] = '\0';
	return text;
}

static bool is_too_dear(const struct rejected *r)
{
	return r->reason == REJECTED_price || r->reason == REJECTED_cost;
}

/* what has no price counts as dearer than the dearest that has one */
static const struct rejected *cheapest(const struct plan *p)
{
	const struct rejected *least = NULL;

	for (uint32_t i = 0; i < p->n_rejected; i++) {
		const struct rejected *r = &p->rejected[i];

		if (is_too_dear(r) && (!least || r->terms.cost_nanos < least->terms.cost_nanos))
			least = r;
	}
	return least;
}

static struct too_dear price_of(const struct rejected *r, const struct facts *f)
{
	const struct price *p = r->model->price;
	const struct rate *rate = price_rate(p, (int64_t)r->terms.input, f->at_s);
	/* pico-dollars for a token, as dollars for a million */
	double input = (double)rate->picos[USAGE_input] / 1e6;
	double output = (double)rate->picos[USAGE_output] / 1e6;

	if (input > f->wish.max_price_input)
		return (struct too_dear){ "max_price_input (provider.max_price.prompt)",
					  "a million input tokens", input,
					  f->wish.max_price_input };
	return (struct too_dear){ "max_price_output (provider.max_price.completion)",
				  "a million output tokens", output, f->wish.max_price_output };
}

static enum err tell_too_dear(const struct rejected *r, const struct facts *f,
			      struct fault *fault_r)
{
	struct too_dear t = { "max_cost", "this request", r->terms.cost_nanos / 1e9,
			      f->wish.max_cost };
	char is[FIGURE_BYTES], most[FIGURE_BYTES];

	if (!r->model->price)
		return fault_set(fault_r, r->code, "model",
				 "%.*s has no price, so that it keeps no limit of cost",
				 STR_ARG(r->model->id));
	if (r->reason == REJECTED_price)
		t = price_of(r, f);
	return fault_set(fault_r, r->code, "model",
			 "%.*s is the cheapest that could serve this request, and %s would cost "
			 "$%s, more than %s allows: $%s",
			 STR_ARG(r->model->id), t.of, dollars(is, t.is), t.limit,
			 dollars(most, t.most));
}

/* the vendor that may be asked first again */
static enum err tell_blocked(const struct plan *p, struct fault *fault_r)
{
	const struct rejected *soonest = NULL;

	for (uint32_t i = 0; i < p->n_rejected; i++) {
		const struct rejected *r = &p->rejected[i];

		if (r->reason == REJECTED_blocked &&
		    (!soonest || r->blocked_ms < soonest->blocked_ms))
			soonest = r;
	}
	fault_set(fault_r, soonest->code, "model", "%.*s cannot serve this request: %s",
		  STR_ARG(soonest->model->id), soonest->why);
	fault_r->retry_after_s = (int)((soonest->blocked_ms + 999) / 1000);
	return soonest->code;
}

enum err refusal_tell(const struct plan *p, const struct facts *f, struct fault *fault_r)
{
	const struct rejected *r = &p->rejected[p->n_rejected - 1];

	if (is_too_dear(r))
		return tell_too_dear(cheapest(p), f, fault_r);
	if (r->reason == REJECTED_blocked)
		return tell_blocked(p, fault_r);
	return fault_set(fault_r, r->code, "model", "%.*s cannot serve this request: %s%s",
			 STR_ARG(r->model->id), r->why,
			 p->n_rejected > 1 ? " (and every other candidate is left out too)" : "");
}
