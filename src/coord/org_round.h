/*
 * org_round.h -- one round of a job through all orgs, and in each through what the job lists
 * there: a batch of names at a time, one after the other.
 *
 * What of an org cannot be listed is left to the next round, so that it does not keep the other
 * orgs. A round ends early when its leader may not write any more.
 */
#ifndef COORD_ORG_ROUND_H
#define COORD_ORG_ROUND_H

#include "coord/coordinator.h"

struct org_round;

struct org_round_steps {
	/* ask for the names of r->org from the place r->from on; org_round_listed() takes the
	 * answer */
	void (*list)(struct org_round *r);
	/* Do with r->org and r->name what is to be done: true when an answer is waited for, which
	 * calls org_round_next() or org_round_end(). */
	bool (*look)(struct org_round *r);
	bool one_batch; /* of each org is enough; else until no more is listed */
};

struct org_round {
	struct job *job;
	const struct org_round_steps *steps;
	struct str org, name;           /* where it is */
	int64_t from;                   /* where the batch begins in the org's list */
	struct arena of_orgs, of_names; /* what the lists lie in */
	const struct str *orgs, *names;
	size_t n_orgs, at_org;
	size_t n_names, at_name;
};

/* job_done() is called at its end */
void org_round_begin(struct job *j, const struct org_round_steps *steps);
/* the store's answer to a list; who: the round */
void org_round_listed(void *who, bool ok, size_t n, const struct str *names);
void org_round_next(struct org_round *r);
void org_round_end(struct org_round *r);

#endif
