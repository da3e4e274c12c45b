/*
 * plan.h -- the candidates for one request, in order of preference.
 *
 * Made by core/ without waiting; walked in Redis, where the first candidate that
 * every budget can pay for is reserved.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "base/err.h"
#include "model/catalog.h"

#define PLAN_MAX 16 /* candidates */

struct candidate {
	const struct target *target;
	int64_t fixed_nanos;   /* worst cost of the prompt */
	int64_t output_picos;  /* worst cost of one output token, times n */
	int64_t max_tokens;    /* output allowance wanted */
	int64_t min_tokens;    /* the least it may be clamped to; = max_tokens: no clamping */
	int64_t input_bound;   /* tokens */
	int64_t choices;       /* n: so many answers, each of max_tokens */
};

/* a target that was looked at and left out */
struct rejected {
	const struct target *target; /* NULL: the model has no endpoint here */
	const struct model *model;
	enum err code;
	char why[96];
};

struct plan {
	struct candidate candidates[PLAN_MAX];
	uint32_t n;
	struct rejected rejected[PLAN_MAX];
	uint32_t n_rejected;
	const char *strategy; /* what ordered it: "named", "alias", "order" */
};

#endif
