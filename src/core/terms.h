/*
 * terms.h -- what a candidate would mean for a request.
 *
 * Pure. Every figure falls back on the next wider one when nothing is known: endpoint
 * to model to the fleet to a documented prior (doc/decision.md, "Cold start").
 */
#ifndef CORE_TERMS_H
#define CORE_TERMS_H

#include "model/facts.h"
#include "model/plan.h"
#include "model/snapshot.h"

/* Fills c->terms from c's target, bounds and evidence. task: facts->task as the catalog counts it. */
void terms_fill(const struct snapshot *snapshot, const struct facts *facts, uint32_t task,
		struct candidate *c);

#endif
