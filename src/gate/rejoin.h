/*
 * rejoin.h -- an org's data have another history than before: what this worker holds
 * in it is told again (rules R3, R4).
 *
 * Its writes of the last moments may be lost. So settles that Redis had confirmed
 * are sent again and reservations of requests in flight asserted anew; only then
 * is anything admitted again in that org, here and, by the barrier, in the whole
 * fleet. Other orgs do not wait for it.
 */
#ifndef GATE_REJOIN_H
#define GATE_REJOIN_H

#include <sys/queue.h>

#include "io/timer.h"
#include "store/histories.h"

struct request;
struct verdict;
struct worker;

struct rejoin {
	struct histories histories;   /* of the orgs in which something was done lately */
	TAILQ_HEAD(, request) untold; /* in flight, not yet asserted */
	uint32_t under_way;           /* of them: that Redis has been asked for */
	struct timer retry, look;
	/* since the first org had another history, until all have been told; for the log */
	uint32_t n_orgs, orgs, settles, requests;
	int64_t began_us;
};

void rejoin_init(struct worker *w);
void rejoin_release(struct worker *w);
/* Is any org's history another one than before? Then what is held in it is told again. */
void rejoin_look(struct worker *w);
/* The same of this org: may requests of it be admitted? */
bool rejoin_is_over(struct worker *w, struct str org);
/* Something is held in that org: others wait for us there after a failover. */
struct org_history *rejoin_used(struct worker *w, struct str org);
/* The request is admitted: it will be told again. */
void rejoin_hold(struct request *r);
/* Redis is asked for money for it: in the present history. */
void rejoin_ask(struct request *r);
/* The answer: a node of a Cluster that was deposed meanwhile may have given it, and what that one
 * has reserved is not there. Then it is none. */
void rejoin_hear(struct request *r, struct verdict *v);
/* The request ends. */
void rejoin_forget(struct request *r);
/* A settle of before has been confirmed, or was refused. */
void rejoin_settled(struct worker *w, struct org_history *o);

#endif
