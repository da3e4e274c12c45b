/* cost.c -- the cheapest; core/decide.c has left out what is not surely good enough. */
#include "core/strategy.h"

double strategy_cost(const struct choice *choice, const struct candidate *c)
{
	(void)choice;
	return -c->terms.cost_nanos;
}
