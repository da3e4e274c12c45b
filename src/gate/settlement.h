/*
 * settlement.h -- a charge on its way into the books, and after it.
 *
 * It is sent again until Redis confirms it, and outlives its request: clients do
 * not wait for bookkeeping. Then it is kept until no failover can lose it (rule R3):
 * only after that may the journal forget the request.
 */
#ifndef GATE_SETTLEMENT_H
#define GATE_SETTLEMENT_H

#include "core/kept.h"
#include <sys/queue.h>

#include "io/timer.h"
#include "store/books.h"

struct org_history;
struct settlement;
struct worker;

/* a worker's */
struct settlements {
	TAILQ_HEAD(, settlement) list;               /* without Redis' confirmation */
	uint32_t n;                                  /* how many */
	TAILQ_HEAD(turns, settlement) again, unsent; /* of them: that wait for their turn */
	struct settlement *earlier;                  /* of them, by request: that do not end it */
	uint32_t sent;                               /* of them: that Redis has been asked for */
	struct kept kept;                            /* confirmed */
	struct timer let_go;
};

void settlements_init(struct worker *w);
/* The journal has heard of it. */
void settlement_send(struct worker *w, const struct held *h, const struct charge *c);
/* Redis may have lost what it confirmed in that org: it is sent again, at once. The org's
 * telling.settles says how many are still to be confirmed; rejoin_settled() is called for each. */
void settlements_again(struct worker *w, struct org_history *o);
/* Redis is there: those that waited for it are sent. */
void settlements_go_on(struct worker *w);
/* what is durable by now is forgotten, by the journal too */
void settlements_let_go(struct worker *w);
/* A worker stops; what is not confirmed, or not yet durable, is left to the journal's next replay.
 */
void settlements_forget(struct worker *w);

#endif
