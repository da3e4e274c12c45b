/*
 * balanced.c -- quality, cost and latency in one sum.
 *
 *   score = quality_weight * quality
 *         - cost_weight    * cost / cost of the policy's first model for this request
 *         - latency_weight * log2(latency / latency_target), where that is more than 0
 *
 * Cost is counted in what the first model would take, so that a weight means the same for a short
 * prompt and a long one, and stays true when prices change. Where that one is free the dearest is
 * the unit, or nothing would ever be worth its price. Twice as slow is as much worse from 5 seconds
 * as from 50: people wait in proportion.
 */
#include <math.h>

#include "core/strategy.h"

static double over_target(const struct choice *choice, const struct candidate *c)
{
	double times = strategy_latency_s(choice, &c->terms) / choice->facts->wish.latency_target;

	return times > 1 ? log2(times) : 0;
}

double strategy_balanced(const struct choice *choice, const struct candidate *c)
{
	const struct wish *w = &choice->facts->wish;
	double unit = choice->first->terms.cost_nanos;

	if (unit < 1)
		unit = strategy_dearest(choice);
	return w->quality_weight * strategy_quality_expected(&c->terms) -
	       w->cost_weight * c->terms.cost_nanos / unit -
	       w->latency_weight * over_target(choice, c);
}
