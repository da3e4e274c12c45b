/*
 * walk.h -- the first candidate of a plan that a sum of money can pay for (doc/money.md,
 * "The walk"): what lua/include/walk.lua does in Redis, for when Redis is away.
 */
#ifndef CORE_WALK_H
#define CORE_WALK_H

#include "model/plan.h"

/* a candidate as the walk sees it; amounts are nano-dollars, picos pico-dollars */
struct walk_terms {
	int64_t whole;       /* with all of its output */
	int64_t fixed;       /* without any output */
	int64_t picos;       /* of one output token of all choices; 0 = never clamped */
	int64_t most, least; /* output tokens that it should and must have */
};
struct walk_terms walk_terms(const struct candidate *c);

struct walk_grant {
	uint32_t chosen;    /* index in the plan */
	int64_t max_tokens; /* below what was wanted when clamped */
	int64_t cost_nanos; /* the worst case */
	int64_t tokens;     /* input and output, at most */
};
/* Candidates from `from` on; first whole, then clamped. False: none fits. */
bool walk_choose(const struct plan *plan, uint32_t from, int64_t free_nanos,
		 struct walk_grant *grant_r) MUST_CHECK;

#endif
