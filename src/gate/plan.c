/* plan.c -- which targets may serve the request, in order of preference. No waiting. */
#include "core/plan.h"

#include "gate/request.h"

void step_plan(struct request *r)
{
	const struct plan_ask ask = {
		.catalog = r->catalog->catalog,
		.policy = r->policy,
		.payer = &r->payer,
		.chat = &r->chat,
		.usable = r->catalog->usable,
	};
	struct fault f;

	if (plan_make(&ask, &r->plan, &f) == ERR_OK) {
		request_go(r, STEP_admit);
		return;
	}
	stats_count(&r->worker->stats, COUNT_refused_request);
	request_fail(r, &f);
}
