/* retry.c -- after a failed attempt: again, another candidate, or stop? */
#include "core/retry.h"

#define FIRST_WAIT_MS 50
/* a vendor that asks for a longer rest is not asked again within one request */
#define LONGEST_WAIT_MS 5000
/* of the time that a vendor asked for: all were told the same, and shall not come back at once */
#define LATER_PERCENT 10

/* A prompt that was too long for one model fits only a larger one. */
static bool may_take_over(const struct retry_ask *ask, uint32_t i)
{
	const struct model *failed = ask->plan->candidates[ask->candidate].target->model;
	const struct model *other = ask->plan->candidates[i].target->model;

	return ask->fault->code != ERR_CONTEXT || other->context > failed->context;
}

static bool find_other(const struct retry_ask *ask, uint32_t *candidate_r)
{
	if (!ask->fault->failover)
		return false;
	for (uint32_t i = ask->candidate + 1; i < ask->plan->n; i++) {
		if (may_take_over(ask, i)) {
			*candidate_r = i;
			return true;
		}
	}
	return false;
}

static int64_t wait_before(const struct retry_ask *ask, struct rnd *rnd)
{
	uint32_t doublings = ask->attempts_here > 6 ? 6 : ask->attempts_here - 1;
	int64_t asked_ms = ask->fault->retry_after_ms > 0 ? ask->fault->retry_after_ms : 0;
	int64_t most = asked_ms ? asked_ms * LATER_PERCENT / 100 + FIRST_WAIT_MS
				: (int64_t)FIRST_WAIT_MS << doublings;

	return asked_ms + (int64_t)rnd_below(rnd, (uint32_t)most + 1);
}

struct retry_answer retry_decide(const struct retry_ask *ask, struct rnd *rnd)
{
	struct retry_answer r = { .next = NEXT_STOP };

	if (ask->attempts >= ask->policy->max_attempts || ask->left_ms <= 0)
		return r;
	if (find_other(ask, &r.candidate)) {
		r.next = NEXT_OTHER;
		return r;
	}
	if (!ask->fault->retry || ask->fault->retry_after_ms > LONGEST_WAIT_MS ||
	    ask->attempts_here >= ask->policy->max_attempts_per_target)
		return r;
	r.wait_ms = wait_before(ask, rnd);
	if (r.wait_ms < ask->left_ms)
		r.next = NEXT_AGAIN;
	return r;
}
