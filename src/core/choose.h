/*
 * choose.h -- from a request to the plan of where to send it: the whole decision.
 *
 *   features -> task -> wishes -> facts -> candidates that can serve (core/plan.h)
 *            -> evidence and standing of each -> terms, strategy, guard, order (core/decide.h)
 *
 * Pure, and the only way to a plan: a gateway, `smartrouter explain` and the tests call the same
 * function with the same arguments.
 */
#ifndef CORE_CHOOSE_H
#define CORE_CHOOSE_H

#include "core/breaker.h"
#include "core/decide.h"
#include "core/payer_skills.h"
#include "core/plan.h"
#include "core/quality_model.h"
#include "core/task_model.h"

struct choose_ask {
	const struct catalog *catalog;
	const struct policy *policy;
	const struct payer *payer;
	const struct payer_skills *skills;   /* what the payer's feedback says; NULL: nothing */
	const struct chat *chat;
	const bool *usable;                  /* by endpoint index: there is a credential for it */
	const struct snapshot *snapshot;     /* of this catalog */
	const struct task_model *task_model; /* NULL: every task is "other" */
	const struct quality_model *quality_model; /* NULL: nothing is known of this very prompt */
	const struct custom_runner *custom;  /* NULL: fallbacks decide */
	struct str wanted; /* the request's x-smartrouter-strategy; absent = none */
	const char *wanted_by; /* what an error calls it; NULL: the header */
	const struct standing_ask *standing; /* NULL: all candidates stand well */
	bool panic; /* those that do are not enough: those that do not are kept, too */
	uint64_t seed;
	int64_t now_s; /* Unix seconds */
	struct arena *scratch; /* for what nobody needs behind the choice; the caller empties it */
};

/* of a request's body: the same request is decided alike by every gateway */
uint64_t choose_seed(struct str body);

/* Memory in a. A fault is the client's: what it asked for does not exist, cannot be kept, or
 * nothing can serve it. *facts_r and *plan_r are filled as far as it went. */
enum err choose(const struct choose_ask *ask, struct arena *a, struct facts *facts_r,
		struct plan *plan_r, struct fault *fault_r) MUST_CHECK;

#endif
