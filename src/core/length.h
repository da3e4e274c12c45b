/*
 * length.h -- how long an answer will be, in output tokens, thinking included.
 *
 * Pure. Lengths have heavy tails, so they are told as quantiles of ln(tokens + 1) and taken as
 * lognormal. What is known backs off: of the task by this model, of the model, of all models, a
 * prior; each narrower figure of n answers counts n, and the wider one LENGTH_PRIOR answers.
 */
#ifndef CORE_LENGTH_H
#define CORE_LENGTH_H

#include "model/facts.h"
#include "model/snapshot.h"

#define LENGTH_PRIOR 3.0
/* All models together say how this fleet's prompts are, but not how much this model thinks: so they
 * count at most as much as the prior for it. */
#define LENGTH_PRIOR_OF_ALL 10.0

/* before any answer was seen: half are below 330 tokens, nine in ten below 1,800 */
#define LENGTH_PRIOR_Q50 5.8
#define LENGTH_PRIOR_Q90 7.5

/* Of an answer of a model (both counted as in the catalog) to a task; n: what its own answers
 * count. */
struct length length_of(const struct snapshot *snapshot, const struct facts *facts, uint32_t model,
			uint32_t task);

/* times as many output tokens, before anything was seen, when a model thinks so hard */
double length_thinking_times(enum effort effort);

/* the mean and the 90th percentile, where no answer is longer than `most` tokens */
double length_mean(const struct length *l, double most);
double length_high(const struct length *l, double most);

#endif
