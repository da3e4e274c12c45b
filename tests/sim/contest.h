/*
 * contest.h -- the same requests under the same budget, shared out in four ways.
 */
#ifndef SIM_CONTEST_H
#define SIM_CONTEST_H

#include "sim/world.h"

enum contestant {
	PACED,     /* core/pace.c, with all that stands between it and a request */
	HINDSIGHT, /* the best multiplier for those who know all requests before they come */
	TIERS,     /* a cheaper model at 70, 85 and 95 % of the budget */
	CLIFF,     /* the best model until the budget is spent, then the cheapest */
	CONTESTANTS,
};

/* what is asked of pacing, besides load.most_error */
#define LEAST_WORST  0.95  /* the worst hour's quality, of the mean */
#define MOST_REFUSED 0.001 /* requests */

struct result {
	double quality; /* mean of all requests; a refused one has 0 */
	double worst;   /* mean of the hour where it was least */
	double spent;   /* of the budget */
	size_t n, refused;
};

/* In the last period of the load; false: no memory. The second is PACED alone, which is faster. */
bool contest(const struct load *load, uint64_t seed,
	     struct result results_r[CONTESTANTS]) MUST_CHECK;
bool contest_paced(const struct load *load, uint64_t seed, struct result *result_r) MUST_CHECK;

bool contest_is_good(const struct load *load, const struct result *paced);

#endif
