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

/* Until when, after a request came, one of its calls may run in a gateway with these settings;
 * gateways tell it as the member longest_call_ms of their lines. */
int64_t longest_call_ms(const struct settings *set);

#endif
