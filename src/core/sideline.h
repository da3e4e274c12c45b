/*
 * sideline.h -- candidates that stand badly with the fleet: who is left out, who comes last.
 *
 * Pure. One that stands badly is left out while another stands well. But of a model's endpoints
 * never more than half are left out for an open breaker, which is a guess: the rest come last.
 * Where nobody stands well all are kept, the least bad first, a probe before them, but for those
 * whose vendor asked to be left alone: to ask again would only make it longer.
 */
#ifndef CORE_SIDELINE_H
#define CORE_SIDELINE_H

#include "model/plan.h"

/* Which of plan->candidates are to be left out; plan->panic is set where nobody stands well, and
 * where it is set those that do are not enough. */
void sideline(struct plan *plan, bool out_r[PLAN_MAX]);

/* Was anybody left out who only stands badly, and could be tried where the others cannot? */
bool sideline_left_any(const struct plan *plan) MUST_CHECK;

/* Those that stand badly and are kept, behind all others, the least bad first. A candidate may be
 * its breaker's probe only where it comes first; else, while another stands well, it is what it
 * was. */
void sideline_last(struct plan *plan);

#endif
