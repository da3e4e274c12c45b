/*
 * quality.h -- how good a model's answer will be, and how sure that is.
 *
 * Pure. Evidence narrows from the table of priors (conf/quality.yaml) over the feedback
 * of the fleet to that of the key, each shrunk towards the one before
 * (q = (a + kappa q') / (n + kappa), reference: doc/decision.md), and is corrected by
 * what the quality model says of this prompt.
 */
#ifndef CORE_QUALITY_H
#define CORE_QUALITY_H

#include "model/facts.h"
#include "model/snapshot.h"

struct quality {
	double mean, se; /* 0..1 */
	bool known;      /* rests on more than the prior for unknown models */
};

struct quality quality_of(const struct snapshot *snapshot, const struct model *model, uint32_t task,
			  const struct evidence *evidence);

#endif
