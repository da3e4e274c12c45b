/* latency.c -- the fastest, counting that a failed attempt is waited for before the next begins. */
#include "core/strategy.h"

double strategy_latency(const struct choice *choice, const struct candidate *c)
{
	double works = 1 - c->terms.failure;

	return -strategy_latency_s(choice, &c->terms) / (works > 0.05 ? works : 0.05);
}
