/*
 * fleet.h -- what the fleet shares: the lease, the published catalog, who is there.
 */
#ifndef STORE_FLEET_H
#define STORE_FLEET_H

#include "store/keys.h"
#include "store/store.h"

typedef void lease_f(void *who, bool ok, bool mine, int64_t token);
/* mine: I lead now, under this token. ok = false: Redis gave no answer. */
void lease_take(struct store *s, struct str me, int64_t ttl_ms, lease_f *fn, void *who);
void lease_renew(struct store *s, struct str me, int64_t token, int64_t ttl_ms, lease_f *fn, void *who);
void lease_drop(struct store *s, struct str me, int64_t token, lease_f *fn, void *who);

enum publish_end { PUBLISH_OK, PUBLISH_SAME, PUBLISH_FENCED, PUBLISH_LOST };
typedef void publish_f(void *who, enum publish_end end, int64_t epoch);
/* A new epoch when the hash differs from what is published; fenced by the lease's token. */
void catalog_publish(struct store *s, int64_t token, struct str hash, struct str text, publish_f *fn,
		     void *who);

/* the channel on which "epoch N" is said when a catalog is published, for redis_subscribe() */
struct str fleet_channel(struct rkey *room);

/* 0: nothing was published yet */
typedef void epoch_f(void *who, bool ok, int64_t epoch);
void epoch_read(struct store *s, epoch_f *fn, void *who);
typedef void catalog_text_f(void *who, bool ok, int64_t epoch, struct str hash, struct str text);
/* text absent: nothing was published yet */
void catalog_fetch(struct store *s, catalog_text_f *fn, void *who);

/* a line of JSON about oneself, each second; role "gateways" or "coordinators" */
void member_tell(struct store *s, const char *role, struct str name, struct str json);
typedef void members_f(void *who, bool ok, size_t n, const struct str *names, const struct str *json);
void members_read(struct store *s, const char *role, members_f *fn, void *who);

#endif
