/* escrow_parts.h -- what escrow.c and escrow_hold.c share. */
#ifndef GATE_ESCROW_PARTS_H
#define GATE_ESCROW_PARTS_H

#include <sys/queue.h>
#include <uthash.h>
#include <uv.h>

#include "core/bucket.h"
#include "core/demand.h"
#include "core/kept.h"
#include "gate/escrow.h"

struct escrow_holder;

/* Money set aside for a payee. What is left of it: given - used. */
struct slice {
	struct held held; /* where it is reserved; its rid is the slice's name */
	struct escrow *escrow;
	struct escrow_holder *holder;
	struct payee *payee;   /* NULL: nothing is drawn from it any more */
	int64_t given;         /* in all, never more than Redis gave */
	int64_t used;          /* charged, and at stake */
	int64_t due;           /* what Redis would have it be */
	int64_t calls;         /* of escrow_hold */
	uint32_t unsettled;    /* attempts drawn from it that Redis does not know */
	bool asking;           /* Redis has been asked, ... */
	uint32_t round;        /* ... in this history of the org's data */
	bool told;             /* Redis has answered since its data have their present history */
	bool back;             /* it was given back, ... */
	struct kept_item kept; /* ... and is kept in case a failover loses that */
	TAILQ_ENTRY(slice) next;
	UT_hash_handle hh;
};

/* a key that this gateway serves */
struct payee {
	char name[2 * ID_MAX]; /* "org/key" */
	struct payer payer;
	struct demand demand;
	struct slice *slice; /* NULL: none yet, or none is needed */
	int64_t admitted_us; /* by Redis, last */
	int64_t asked_us;    /* anything, last */
	bool seen;           /* at a tick, so that it was not there for a moment only */
	UT_hash_handle hh;
};

/* of an org, team or key, while Redis is away */
struct usage_here {
	char name[2 * ID_MAX + 8]; /* "org", "org/team:ID", "org/key:ID" */
	int64_t live;
	int64_t asked_us; /* last */
	struct bucket rate[RATE_COUNT];
	UT_hash_handle hh;
};

struct escrow {
	uv_mutex_t lock;
	struct settings *settings; /* (ref) under the lock */
	char incarnation[32];
	struct payee *payees;
	struct slice *by_name;
	TAILQ_HEAD(, slice) slices;
	struct usage_here *usage;
	uint64_t n_made;   /* slices, ever */
	uint32_t gateways; /* in the fleet, at least 1 */
};

#endif
