/* sideline.c -- who is left out, and who comes last, because of how it stands. */
#include "core/sideline.h"

#include <assert.h>

/* A probe stays, but it may fail as the last one did: it is no reason to do without the others. */
static bool stays(const struct candidate *c)
{
	return c->standing == STANDING_fine || c->standing == STANDING_probe;
}

/* may it be left out for an open breaker, with what was left out before it? */
static bool may_eject(const struct plan *p, uint32_t at, const bool *out)
{
	const struct model *m = p->candidates[at].target->model;
	uint32_t pool = 0, ejected = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		if (p->candidates[i].target->model != m)
			continue;
		pool++;
		ejected += i < at && out[i] && p->candidates[i].standing == STANDING_open;
	}
	return pool == 1 || ejected + 1 <= pool / 2;
}

void sideline(struct plan *plan, bool out_r[PLAN_MAX])
{
	bool anybody = false;

	for (uint32_t i = 0; i < plan->n; i++)
		anybody |= plan->candidates[i].standing == STANDING_fine;
	plan->panic |= plan->n && !anybody;
	for (uint32_t i = 0; i < plan->n; i++) {
		const struct candidate *c = &plan->candidates[i];

		if (c->standing == STANDING_blocked)
			out_r[i] = true;
		else if (plan->panic || stays(c))
			out_r[i] = false;
		else
			out_r[i] = c->standing != STANDING_open || may_eject(plan, i, out_r);
	}
}

bool sideline_left_any(const struct plan *plan)
{
	assert(!plan->packed);
	for (uint32_t i = 0; i < plan->n_rejected; i++)
		if (plan->rejected[i].reason == REJECTED_open ||
		    plan->rejected[i].reason == REJECTED_slow_start)
			return true;
	return false;
}

static enum standing sinks_by(const struct plan *p, uint32_t at)
{
	if (p->candidates[at].standing == STANDING_probe && !p->panic)
		return at == 0 ? STANDING_fine : STANDING_open;
	return p->candidates[at].standing;
}

void sideline_last(struct plan *plan)
{
	struct candidate sorted[PLAN_MAX];
	uint32_t n = 0;

	for (int s = STANDING_fine; s < STANDING_COUNT; s++)
		for (uint32_t i = 0; i < plan->n; i++)
			if (sinks_by(plan, i) == (enum standing)s)
				sorted[n++] = plan->candidates[i];
	memcpy(plan->candidates, sorted, n * sizeof(*sorted));
}
