/* refusal.h -- what a client is told when no candidate is left. */
#ifndef CORE_REFUSAL_H
#define CORE_REFUSAL_H

#include "base/err.h"
#include "model/facts.h"
#include "model/plan.h"

/* Of a plan with no candidate and at least one that was rejected. What was too dear names the
 * cheapest, because that is what a limit has to be raised to. Returns the code of the fault. */
enum err refusal_tell(const struct plan *p, const struct facts *f, struct fault *fault_r);

#endif
