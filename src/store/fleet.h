/*
 * fleet.h -- who is there: each gateway and coordinator tells a line about itself.
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include "store/keys.h"
#include "store/store.h"

/* a line of JSON about oneself, each second; role "gateways" or "coordinators" */
void member_tell(struct store *s, const char *role, struct str name, struct str json);
typedef void members_f(void *who, bool ok, size_t n, const struct str *names,
		       const struct str *json);
void members_read(struct store *s, const char *role, members_f *fn, void *who);

#endif
