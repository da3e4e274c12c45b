/*
 * decision_other.h -- what would have been decided under another configuration.
 *
 * Pure. A record knows what its request needs, not its words: so candidates that it did not
 * look at pass the filters by abilities, context and price, and have no evidence of this one
 * prompt. Those that it declined because of the request or its key stay declined.
 */
#ifndef CORE_DECISION_OTHER_H
#define CORE_DECISION_OTHER_H

#include "core/decision.h"

struct decision_other {
	const struct snapshot *snapshot; /* with the catalog that is to count */
	const struct custom_runner *custom;
	const struct wish *wish; /* what the policy shall say besides; NULL: nothing */
};

/* facts_r, plan_r: as it would have been. A fault: the request would have been refused. */
enum err decision_otherwise(const struct decision *d, const struct decision_other *other,
			    struct facts *facts_r, struct plan *plan_r,
			    struct fault *fault_r) MUST_CHECK;

#endif
