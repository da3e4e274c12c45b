/*
 * plan.h -- from what was asked for to the candidates that can serve it.
 *
 * Pure: the same request, catalog, payer and set of usable endpoints give the
 * same plan. Ranks say what was asked for first: what the client named (a model, an
 * alias, a `models` list), or the policy's models for "auto", then the policy's fallbacks.
 * Hard filters leave out what cannot serve, with the reason. What is best among those of one
 * rank is core/decide.h's.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "model/chat.h"
#include "model/payer.h"
#include "model/plan.h"

struct plan_ask {
	const struct catalog *catalog;
	const struct policy *policy;
	const struct payer *payer;
	const struct chat *chat;
	const bool *usable; /* by endpoint index: this gateway has a credential for it */
	bool reorder;       /* a strategy was asked for: it chooses among all that was named */
};

/* An empty plan is a fault: ERR_MODEL_UNKNOWN, ERR_MODEL_DENIED, ERR_UNSUPPORTED ... */
enum err plan_make(const struct plan_ask *ask, struct plan *plan_r, struct fault *fault_r) MUST_CHECK;

#endif
