/* length.c -- how long an answer will be. */
#include "core/length.h"

#include <math.h>

#include "core/tokens.h"

#define Z90 1.2815515655446004

double length_thinking_times(enum effort effort)
{
	static const double times[] = {
		[EFFORT_UNSET] = 2.5, [EFFORT_NONE] = 1,     [EFFORT_MINIMAL] = 1.2,
		[EFFORT_LOW] = 1.6,   [EFFORT_MEDIUM] = 2.5, [EFFORT_HIGH] = 4,
		[EFFORT_XHIGH] = 6,   [EFFORT_MAX] = 8,
	};

	return times[effort];
}

static struct length prior_of(const struct facts *facts, const struct model *model)
{
	double more = tokens_thinks(facts, model) ? log(length_thinking_times(facts->effort)) : 0;

	return (struct length){ 0, LENGTH_PRIOR_Q50 + more, LENGTH_PRIOR_Q90 + more };
}

/* seen, which counts `n` answers, over what was known before, which counts `prior` */
static struct length narrow(struct length before, struct length seen, double n, double prior)
{
	double share = n > 0 ? n / (n + prior) : 0;

	return (struct length){
		.n = n,
		.q50 = before.q50 + share * (seen.q50 - before.q50),
		.q90 = before.q90 + share * (seen.q90 - before.q90),
	};
}

struct length length_of(const struct snapshot *s, const struct facts *facts, uint32_t model,
			uint32_t task)
{
	const struct model_view *v = &s->models[model];
	struct length l = prior_of(facts, &s->catalog->models[model]);

	l = narrow(l, s->length, fmin(s->length.n, LENGTH_PRIOR_OF_ALL), LENGTH_PRIOR_OF_ALL);
	l = narrow(l, v->length, v->length.n, LENGTH_PRIOR);
	if (v->lengths && v->lengths[task].n > 0)
		l = narrow(l, v->lengths[task], v->lengths[task].n, LENGTH_PRIOR);
	l.n = v->length.n;
	return l;
}

static double sigma_of(const struct length *l)
{
	double sigma = (l->q90 - l->q50) / Z90;

	return sigma > 0.01 ? sigma : 0.01;
}

/* the share of a standard normal below z */
static double normal_below(double z)
{
	return 0.5 * erfc(-z * M_SQRT1_2);
}

double length_mean(const struct length *l, double most)
{
	double sigma = sigma_of(l), cap = log(most + 1), mean;

	/* E[min(X, most + 1)] of a lognormal X */
	mean = exp(l->q50 + sigma * sigma / 2) * normal_below((cap - l->q50) / sigma - sigma) +
	       (most + 1) * normal_below((l->q50 - cap) / sigma);
	return fmax(mean - 1, fmin(1, most));
}

double length_high(const struct length *l, double most)
{
	return fmax(fmin(exp(l->q90) - 1, most), fmin(1, most));
}
