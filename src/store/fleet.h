/*
 * fleet.h -- what the fleet shares besides what is published: the lease, who is there.
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include "store/keys.h"
#include "store/store.h"

typedef void lease_f(void *who, bool ok, bool mine, int64_t token);
/* mine: I lead now, under this token. ok = false: Redis gave no answer. */
void lease_take(struct store *s, struct str me, int64_t ttl_ms, lease_f *fn, void *who);
void lease_renew(struct store *s, struct str me, int64_t token, int64_t ttl_ms, lease_f *fn,
		 void *who);
void lease_drop(struct store *s, struct str me, int64_t token, lease_f *fn, void *who);

/* a line of JSON about oneself, each second; role "gateways" or "coordinators" */
void member_tell(struct store *s, const char *role, struct str name, struct str json);
typedef void members_f(void *who, bool ok, size_t n, const struct str *names,
		       const struct str *json);
void members_read(struct store *s, const char *role, members_f *fn, void *who);

#endif
