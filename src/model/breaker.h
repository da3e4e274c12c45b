/*
 * breaker.h -- who is to be kept away from, as the whole fleet sees it.
 *
 * There is a breaker for each endpoint, which opens when nobody can be reached there, and one for
 * each target, which opens when a model there fails or is slow: so one model may be down while its
 * vendor is fine. And there is one for each credential that was refused, at an endpoint or for a
 * model there, which concerns only those who have that very credential. What gateways hold of them
 * is immutable, counted by references, and belongs to one catalog, as the snapshot does.
 */
#ifndef MODEL_BREAKER_H
#define MODEL_BREAKER_H

#include "model/catalog.h"

enum breaker_state {
#define BREAKER_STATE(name, text) BREAKER_##name,
#include "tbl/breaker_states.h"
#undef BREAKER_STATE
	BREAKER_STATE_COUNT
};

enum breaker_cause {
#define BREAKER_CAUSE(name, text) CAUSE_##name,
#include "tbl/breaker_causes.h"
#undef BREAKER_CAUSE
	BREAKER_CAUSE_COUNT
};

/* calls that were seen; the credential was refused; what came of a probe */
enum breaker_what { BREAKER_SEEN, BREAKER_OUT, PROBE_GOOD, PROBE_BAD, PROBE_GONE };

const char *breaker_state_name(enum breaker_state s);
const char *breaker_cause_name(enum breaker_cause c);
const char *breaker_cause_text(enum breaker_cause c);

/* times are Redis' clock, Unix microseconds */
struct breaker {
	enum breaker_state state;
	enum breaker_cause cause;
	int64_t until_us;   /* open: a probe may go then; half: the probe's time is over */
	int64_t since_us;   /* of the state */
	int64_t openings;   /* one soon after the other */
	int64_t token;      /* of the newest probe */
	int64_t good;       /* probes that went well, in a row */
	int64_t blocked_us; /* the vendor asked to be left alone until then; 0: it did not */
	uint32_t digest;    /* of the credential that it is of; 0: it is everybody's */
};

struct breakers {
	int refs;                /* changed with __atomic builtins only */
	struct catalog *catalog; /* (ref) */
	int64_t slow_start_us;
	/* by index, as the catalog counts; where a credential was refused its breaker hides the
	 * other */
	struct breaker *endpoints;
	struct breaker *targets;
	bool any; /* one of them is not closed */
};

/* All closed. Takes a reference of its own to the catalog. NULL: no memory. */
struct breakers *breakers_new(struct catalog *c, int64_t slow_start_us);
struct breakers *breakers_ref(struct breakers *b);
void breakers_unref(struct breakers *b); /* NULL is fine */

#endif
