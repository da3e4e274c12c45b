/* quality.c -- the best answer expected; of those that are as good, the cheapest. */
#include "core/strategy.h"

/* So much better an answer must be expected to be worth the dearest candidate instead of a free
 * one; the figures of quality are not known better than that. */
#define AS_GOOD 0.01

double strategy_quality(const struct choice *choice, const struct candidate *c)
{
	return strategy_quality_expected(&c->terms) -
	       AS_GOOD * c->terms.cost_nanos / strategy_dearest(choice);
}
