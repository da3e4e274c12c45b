/*
 * expr_strategy.h -- a strategy that is written in expressions: rules, a filter, a score.
 */
#ifndef CORE_EXPR_STRATEGY_H
#define CORE_EXPR_STRATEGY_H

#include "core/decide.h"
#include "core/expr.h"

/* of several rules the first that holds counts, and the others do not */
struct expr_rule {
	struct expr when;
	struct wish wish; /* what it says; the rest is unsaid */
};

struct expr_strategy {
	const struct expr_rule *rules;
	uint32_t n_rules;
	const struct expr *filter; /* NULL: all candidates stay */
	const struct expr *score;  /* NULL: the strategy's base scores */
};

/* Adds to *wish what the rule says that holds. False: *fault_r says which one failed. */
bool expr_strategy_rule(const struct expr_strategy *s, const struct facts *facts, struct wish *wish,
			struct fault *fault_r) MUST_CHECK;

/* NAN for what the filter leaves out, fallbacks too; the score of the others, 0 where there is
 * none. False: *fault_r says what failed. */
bool expr_strategy_score(const struct expr_strategy *s, const struct choice *choice,
			 double *score_r, struct fault *fault_r) MUST_CHECK;

#endif
