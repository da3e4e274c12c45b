/* breaker_list.h -- the breakers of a running fleet, of all vendors. */
#ifndef CTL_BREAKER_LIST_H
#define CTL_BREAKER_LIST_H

#include "ctl/session.h"
#include "model/breaker.h"

/* name: breaker_name(); valid during the call */
typedef void breaker_listed_f(void *who, struct str vendor, struct str name,
			      const struct breaker *b);

/* Tells of each that is not closed, or blocked, of the catalog's vendors; not of credentials that
 * nobody has any more. Returns the exit status. */
int breaker_list(struct session *s, const struct catalog *c, breaker_listed_f *fn, void *who);

#endif
