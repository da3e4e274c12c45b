/* guard.c -- another model than the policy's first only when the evidence is real. */
#include "core/guard.h"

#include <math.h>

#include "core/strategy.h"

/* A strategy that looks for quality has no reason to take what may be worse. */
static double drop_allowed(const struct choice *choice, struct str strategy)
{
	return str_is(strategy, "quality") ? 0 : choice->facts->wish.quality_drop;
}

static bool passes(const struct choice *choice, const struct candidate *c, double drop)
{
	const struct terms *it = &c->terms, *first = &choice->first->terms;
	double gain = strategy_quality_expected(it) - strategy_quality_expected(first);
	double se = sqrt(it->quality_se * it->quality_se + first->quality_se * first->quality_se);

	/* the same model at another endpoint: nothing is unsure about its quality */
	if (c->target->model == choice->first->target->model)
		return gain >= -drop;
	return gain - choice->facts->wish.certainty * se >= -drop;
}

enum guard guard_check(const struct choice *choice, struct str strategy, uint32_t *order)
{
	uint32_t first = (uint32_t)(choice->first - choice->candidates), at = 0;
	double drop = drop_allowed(choice, strategy);

	if (order[0] == first)
		return GUARD_UNASKED;
	while (order[at] != first && !passes(choice, &choice->candidates[order[at]], drop))
		at++;
	uint32_t taken = order[at];

	for (; at > 0; at--)
		order[at] = order[at - 1];
	order[0] = taken;
	return taken == first ? GUARD_HELD : GUARD_PASSED;
}
