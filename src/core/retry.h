/*
 * retry.h -- after a failed attempt: again, another candidate, or stop?
 *
 * Pure. Only asked while no content has gone to the client. Another vendor is
 * preferred to asking the same one twice; waits are full jitter over
 * 50 ms * 2^n (AWS "Exponential backoff and jitter"), or somewhat longer than the
 * vendor asked for, never past the deadline.
 */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include "base/rand.h"
#include "core/dialect.h"
#include "model/plan.h"

enum next { NEXT_STOP, NEXT_AGAIN, NEXT_OTHER };

struct retry_ask {
	const struct policy *policy;
	const struct plan *plan;
	const struct vendor_fault *fault;
	uint32_t candidate;        /* that failed */
	uint32_t attempts;         /* so far, of all targets */
	uint32_t attempts_here;    /* at this one */
	int64_t left_ms;           /* until the request's deadline */
};

struct retry_answer {
	enum next next;
	uint32_t candidate; /* with NEXT_OTHER: the first that may be asked */
	int64_t wait_ms;    /* with NEXT_AGAIN */
};

struct retry_answer retry_decide(const struct retry_ask *ask, struct rnd *rnd);

#endif
