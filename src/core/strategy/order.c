/* order.c -- the order that the policy writes. */
#include "core/strategy.h"

double strategy_order(const struct choice *choice, const struct candidate *c)
{
	return -(double)(c - choice->candidates);
}
