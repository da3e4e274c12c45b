/*
 * fleet.h -- who is there: each gateway and coordinator tells a line about itself.
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include "store/hash_read.h"
#include "store/keys.h"

/* a line of JSON about oneself, each second; role "gateways" or "coordinators" */
void member_tell(struct store *s, const char *role, struct str name, struct str json);
/* names and lines */
void members_read(struct store *s, const char *role, hash_read_f *fn, void *who);

#endif
