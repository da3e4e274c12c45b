/*
 * escrow.h -- what a gateway can spend while Redis is away (doc/money.md, "Escrow").
 *
 * One for all workers, because a key's next request may come to any of them. While
 * Redis is well a worker only tells what it sees, and not even that when somebody
 * else is at it, so that no request waits; while Redis is away requests are paid from
 * here, under a lock that is held for microseconds. Slices are got, renewed and given
 * back by the control thread (escrow_hold.c).
 */
#ifndef GATE_ESCROW_H
#define GATE_ESCROW_H

#include "conf/conf.h"
#include "model/plan.h"
#include "store/books.h"

struct escrow;

/* the incarnation is of this process; NULL: no memory */
struct escrow *escrow_new(struct settings *settings, const char *incarnation);
void escrow_free(struct escrow *e);
/* these settings from now on: after a reload */
void escrow_use(struct escrow *e, struct settings *settings);

/* --- told by workers, while Redis is well --- */

/* Redis admitted a request of this payer. */
void escrow_admitted(struct escrow *e, const struct payer *payer, int64_t worst_nanos);
/* An attempt was charged. */
void escrow_charged(struct escrow *e, const struct held *h, int64_t cost_nanos);

/* --- asked by workers, while Redis is away --- */

/* The payer as Redis last confirmed it, at most escrow.time ago. */
bool escrow_payer(struct escrow *e, struct str org, struct str key,
		  struct payer *payer_r) MUST_CHECK;

struct escrow_ask {
	const struct payer *payer;
	const struct plan *plan;
	uint32_t from;           /* of the plan's candidates */
	bool begins;             /* the request: its rates and concurrency are checked */
	const struct held *held; /* where Redis was asked to hold its money; NULL: it was not */
	int64_t now_us;          /* as Redis would see it */
};
/*
 * A verdict as Redis would give it: OK with the slice that pays (verdict.escrow), or a denial by
 * blocked, expired, concurrency or rate, which count for this gateway alone. VERDICT_NO_STORE: not
 * to be served without Redis. *held_r is where the money is held: that of the slice; its rid,
 * issued and attempts are the caller's to fill. What was drawn ends by escrow_settled(), and a
 * request that began here by escrow_left().
 */
void escrow_draw(struct escrow *e, const struct escrow_ask *ask, struct verdict *v_r,
		 struct held *held_r);
/* so much of what was drawn was not needed */
void escrow_return(struct escrow *e, const char *slice, int64_t nanos);
/* Redis confirmed the charge of what was drawn */
void escrow_settled(struct escrow *e, const char *slice);
/* a request that began here has ended */
void escrow_left(struct escrow *e, const struct held *h);

struct escrow_sums {
	int64_t held_nanos; /* set aside, and free */
	int64_t keys;       /* that can be served without Redis */
};
struct escrow_sums escrow_sums(struct escrow *e);

#endif
