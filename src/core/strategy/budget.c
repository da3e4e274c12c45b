/*
 * budget.c -- quality against money, at the pace that makes the budget last its period.
 *
 * The pace is what a dollar is worth in points of quality; one for the whole fleet
 * (core/pace.h). With nothing to save it is 0, and the best is taken.
 */
#include "core/strategy.h"

double strategy_budget(const struct choice *choice, const struct candidate *c)
{
	double dollars = c->terms.cost_nanos / 1e9;

	return strategy_quality_expected(&c->terms) - choice->facts->pace * dollars;
}
