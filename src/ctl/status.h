/*
 * status.h -- the state of a fleet as one JSON object, and what is wrong with it.
 *
 * The object is what --json prints; the tables for people are made from it, so the
 * two cannot tell different things. smartrouter(1) lists its members.
 */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include "ctl/out.h"
#include "ctl/session.h"

/* signs of life come every second; after this many without one a process counts as gone */
#define STATUS_GONE_S 10
/* and after this many it is not shown any more */
#define STATUS_FORGOTTEN_S 3600

/* in the member `unknown`: all that lies in the slot of {fleet} gave no answer */
#define STATUS_FLEET "the fleet: who leads, the catalog, gateways, coordinators, the list of orgs"

/* A new reference. EXIT_STORE: Redis gave no answer. */
int status_collect(struct session *s, json_t **status_r) MUST_CHECK;
/* its member `breakers`, and their table */
int status_breakers(struct session *s, json_t *status) MUST_CHECK;
void status_print_breakers(struct session *s, const json_t *status);
/* sentences about what is wrong; a new array */
json_t *status_problems(const json_t *status);
void status_print(struct session *s, const json_t *status, bool counters);

#endif
