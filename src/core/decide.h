/*
 * decide.h -- which candidate, and why.
 *
 * Pure: the same plan, facts, catalog, snapshot and custom strategies give the same
 * order, bit for bit, on every gateway. Takes the candidates that can serve
 * (core/plan.h), works out the terms of each, leaves out what the wishes forbid, lets
 * a strategy score the rest, asks the guard, and sorts.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "model/facts.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* what a strategy sees of the decision; candidates have their terms */
struct choice {
	const struct facts *facts;
	const struct policy *policy;
	const struct candidate *candidates; /* that are still in */
	uint32_t n;
	uint32_t n_fallbacks; /* behind them: for a custom strategy's filter, never scored */
	const struct candidate
		*first; /* the one that was asked for first, or that the policy puts first */
};

/*
 * Whoever runs the configuration's own strategies (core/custom.h). False: *fault_r says why; then
 * the strategy's base decides. Both must be deterministic, and may keep no state from one request
 * to the next.
 *
 * rule: before candidates are looked at, adds to *wish what the strategy's rules say; they may name
 * another strategy, too.
 *
 * score: a score for each candidate of the choice, and any number for each fallback; NAN leaves one
 * out. Of a strategy that does not score only the NANs count.
 */
struct custom_runner {
	bool (*rule)(void *who, const struct custom_strategy *strategy, const struct facts *facts,
		     struct wish *wish, struct fault *fault_r);
	bool (*score)(void *who, const struct custom_strategy *strategy,
		      const struct choice *choice, double *score_r, struct fault *fault_r);
	void *who;
};

struct decide_ask {
	const struct facts *facts;
	const struct policy *policy;
	const struct snapshot *snapshot;
	const struct custom_runner *custom; /* NULL: there is none, and their bases decide */
	bool panic; /* those that stand well were not enough: those that do not are kept, too */
	struct str custom_failed; /* of a replay: why the strategy's score failed then; absent: it
				     did not */
};

/* Sorts and prunes plan->candidates, which have rank, target, bounds and evidence. An empty plan
 * is a fault. */
enum err decide(const struct decide_ask *ask, struct plan *plan, struct fault *fault_r) MUST_CHECK;

#endif
