/*
 * lease.h -- who leads: one coordinator at a time, by a lease in Redis with a fencing token.
 *
 * Whatever only the leader may write carries its lease, and the script refuses it when
 * the lease is over by Redis' clock, or when a newer leader has written in the same
 * slot (lua/include/fence.lua): a leader that was stopped, or whose words came late,
 * does no harm.
 */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include "store/store.h"

struct lease {
	int64_t token;    /* greater than that of any leader before */
	int64_t until_us; /* Redis' clock */
};

/* mine: I lead now. Else until_us is when the other's lease ends, if nobody renews it, or
 * when somebody may begin to lead after a failover. ok = false: Redis gave no answer. */
typedef void lease_f(void *who, bool ok, bool mine, const struct lease *lease);
void lease_take(struct store *s, struct str me, int64_t ttl_ms, lease_f *fn, void *who);
void lease_renew(struct store *s, struct str me, int64_t token, int64_t ttl_ms, lease_f *fn,
		 void *who);
/* tells those who listen to the news that nobody leads now */
void lease_drop(struct store *s, struct str me, int64_t token, lease_f *fn, void *who);
/* The history of the data (redis_history()) in which the lease lies now. */
struct str lease_history(const struct store *s);
/* a message of the news: nobody leads */
bool lease_news(struct str message) MUST_CHECK;

/* Names that nobody needs any more, of a hash or a sorted set beside its slot's fence. No answer is
 * waited for. */
enum lease_forget { FORGET_MEMBERS, FORGET_FIELDS };
void lease_forget(struct store *s, const struct lease *lease, struct str fence, struct str key,
		  enum lease_forget what, size_t n, const struct str *names);

#endif
