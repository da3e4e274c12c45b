/*
 * rejoin.h -- Redis' data have another history than before: what this worker holds
 * is told again (rules R3, R4).
 *
 * Its writes of the last moments may be lost. So settles that Redis had confirmed
 * are sent again and reservations of requests in flight asserted anew; only then
 * is anything admitted again, here and, by the barrier, in the whole fleet.
 */
#ifndef GATE_REJOIN_H
#define GATE_REJOIN_H

#include <sys/queue.h>

#include "io/timer.h"
#include "store/histories.h"

struct request;
struct worker;

struct rejoin {
	struct histories histories;   /* of the orgs in which something was done lately */
	bool over;                    /* requests may be admitted */
	bool failed;                  /* something of it had no answer: it begins anew */
	TAILQ_HEAD(, request) untold; /* in flight, not yet asserted */
	const struct org_history
		*untold_org; /* the next one to say that this was all; NULL: none */
	uint32_t under_way;  /* questions without answer */
	struct timer retry;
	int64_t began_us;
	uint32_t n_settles, n_requests; /* how many there were, for the log */
};

void rejoin_init(struct worker *w);
void rejoin_release(struct worker *w);
/* Is the history that of before? If not, all is told again, and until then it is not over. */
bool rejoin_is_over(struct worker *w);
/* a settle of before has been confirmed */
void rejoin_go_on(struct worker *w);
/* Something is held in that org: others wait for us there after a failover. */
void rejoin_used(struct worker *w, struct str org);
/* the request ends, or is settled */
void rejoin_forget(struct request *r);

#endif
