/*
 * quality.h -- how good a model's answer will be, and how sure that is.
 *
 * Pure. Evidence narrows from the table of priors (conf/quality.yaml) over the feedback of
 * the fleet to that of the payer, and to what the quality model says of this prompt:
 *
 *     fleet    q0 = (m p + n f) / (m + n)          prior p of mass m, n answers of mean f
 *     narrower q  = (n e + w q') / (n + w)         w = min(kappa, mass of q')
 *     sure     se = the spread of Beta(1 + q N, 1 + (1 - q) N), N = max(mass of q', n + w)
 *
 * so that what is wider counts for at most kappa answers of what is narrower, and the answers
 * that a narrower figure rests on, which the wider one holds as well, are not counted twice
 * (doc/decision.md, "Quality and feedback").
 */
#ifndef CORE_QUALITY_H
#define CORE_QUALITY_H

#include "model/facts.h"
#include "model/snapshot.h"

/* kappa: judged answers that a wider figure is worth to a narrower one */
#define QUALITY_SHRINKAGE 20.0
/* a model without figures: so much below the mean of the others, and worth so many answers */
#define QUALITY_UNKNOWN_MARGIN 0.10
#define QUALITY_UNKNOWN_MASS   2.0
/* where no model has figures at all */
#define QUALITY_UNKNOWN_MEAN 0.50

struct quality {
	double mean, se; /* 0..1 */
	bool known;      /* rests on more than the prior for unknown models */
};

/* The model and the task (as the catalog counts it) are those of the snapshot's catalog; one
 * that is no task of it counts as the last, "other". evidence: NULL is fine. */
struct quality quality_of(const struct snapshot *snapshot, const struct model *model, uint32_t task,
			  const struct evidence *evidence);

#endif
