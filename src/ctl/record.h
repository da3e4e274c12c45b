/*
 * record.h -- the record of an org, team or key, as commands see it
 * (doc/redis-keys.md names the fields).
 */
#ifndef CTL_RECORD_H
#define CTL_RECORD_H

#include "base/arena.h"
#include "ctl/entity.h"
#include "store/payer.h"

struct record {
	struct entity who;
	bool found;
	bool blocked;
	struct str name, team, policy, models, strategy, without_redis, digest; /* absent: not set */
	int64_t ver, live, created_us, expires_us, old_until_us;
	struct limits limits;
};

/* Texts are copied into the arena. */
void record_fill(struct record *r, struct arena *a, size_t n, const struct field *fields);

#endif
