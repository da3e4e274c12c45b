/*
 * probe.h -- is an endpoint well again? A worker's part in finding out.
 *
 * When a breaker's time is over every worker asks Redis to be the one who probes it; one of the
 * fleet gets the place, for breakers.probe_timeout. The next request that would go there anyway is
 * the probe: it is paid for as any other, and another candidate takes over when it fails. When none
 * comes soon, the worker makes one up, of one token (probe_call.c).
 */
#ifndef GATE_PROBE_H
#define GATE_PROBE_H

#include "core/breaker.h"
#include "store/breakers.h"

/* that a worker may hold the place of at once */
#define PROBES_MAX 8

struct attempt;
struct probe;
struct probing;
struct request;
struct worker;

/* NULL: no memory */
struct probing *probing_new(struct worker *w);
/* When the worker's loop has ended; what is under way is broken off. NULL is fine. */
void probing_free(struct probing *p);

/* the places that no request has taken, of targets of this catalog; how many */
uint32_t probing_offers(const struct probing *p, const struct catalog *c,
			struct probe_offer offers_r[PROBES_MAX]);

/* The plan is made: its first candidate may be a probe. False: it may not be this request's, whose
 * answer would take longer than a probe may. */
bool probe_take(struct request *r) MUST_CHECK;
/* The request does not go there after all: somebody else may. Fine without a place. */
void probe_give_back(struct request *r);
/* An attempt begins: at another candidate the place is given back. */
void probe_begins(struct request *r, const struct attempt *a);
/* its first content, or it is slow; its failure */
void probe_answered(struct request *r, const struct attempt *a);
void probe_failed(struct request *r, const struct attempt *a);
/* the request ends: whatever it still holds is left to others */
void probe_gone(struct request *r);

/* --- between probe.c and probe_call.c --- */

enum probe_state {
	PROBE_NONE,
	PROBE_ASKED, /* Redis is asked for the place */
	PROBE_FREE,  /* the place is ours, and no request has it */
	PROBE_TAKEN, /* a client's request is the probe */
	PROBE_MADE,  /* one of our own making is */
};

struct probe_call;

struct probe {
	struct probing *probing;
	enum probe_state state;
	enum probe_kind kind;
	struct catalog_in_use *catalog; /* (ref) */
	const struct endpoint *endpoint;
	const struct target *target; /* NULL: the breaker is the endpoint's */
	char name[BREAKER_NAME_MAX];
	int64_t token;
	int64_t until_us, free_since_us; /* monotonic */
	struct request *request;         /* that has taken it (not owned) */
	struct probe_call *call;         /* of our own making */
};

/* what came of it; the place is empty then */
void probe_end(struct probe *p, struct probe_result result);
struct worker *probe_worker(const struct probe *p);

/* Calls probe_end() exactly once, later or now. */
void probe_call_start(struct probe *p);
/* no probe_end() any more; NULL is fine */
void probe_call_cancel(struct probe_call *c);

#endif
