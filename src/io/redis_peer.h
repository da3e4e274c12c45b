/*
 * redis_peer.h -- one connection to one Redis: hiredis' async half with our own
 * deadlines, and reconnecting.
 *
 * hiredis 0.14 has no time limits and does not reconnect. Here every call has a
 * deadline and gets exactly one answer; a call that times out closes the connection
 * (what would come on it later belongs to nobody), and the connection comes back by
 * itself with growing, jittered waits. Commands of one turn leave in one write. A
 * connection that is idle is asked now and then, so that a Redis that has died or
 * has become a replica is noticed.
 *
 * Where to connect is asked of the owner before each try.
 */
#ifndef IO_REDIS_PEER_H
#define IO_REDIS_PEER_H

#include "conf/redis_url.h"
#include "io/redis.h"

struct peer;

enum peer_role {
	PEER_PRIMARY,  /* it must be a primary */
	PEER_NODE,     /* of a Cluster: a replica sends us on by itself */
	PEER_SENTINEL, /* no data */
};

struct peer_conf {
	enum peer_role role;
	const char *user, *password; /* "" or NULL = none; outlive the connection */
	int64_t db;
	int64_t connect_ms; /* for each try, signing in included */
	int64_t command_ms; /* for each command of its own */
	int64_t check_ms;   /* between two looks at an idle server */
	int64_t retry_min_ms, retry_max_ms;
	uint32_t max_pending;
	uint64_t seed;
};

struct peer_events {
	/* A try begins: the owner answers with peer_go() or peer_give_up(), now or soon. */
	void (*where)(void *who);
	/* as redis_state_f */
	void (*changed)(void *who, bool up, const char *why);
};

/* Begins to connect soon; no event comes inside this call. Never NULL. */
struct peer *peer_new(struct loop *l, const struct peer_conf *conf,
		      const struct peer_events *events, void *who);
/* As redis_free(). NULL is fine. */
void peer_free(struct peer *c);

/* the answers to `where`; without a try that waits for them, nothing happens */
void peer_go(struct peer *c, const struct redis_place *place);
void peer_give_up(struct peer *c, const char *why);

/* Leave what there is, and try again at once. Waiting calls get REDIS_LOST. */
void peer_leave(struct peer *c, const char *why);

bool peer_is_up(const struct peer *c);
/* It is not up, but is trying for the first time. */
bool peer_is_new(const struct peer *c);
/* struct redis_info; "" while it is not known */
const char *peer_history(const struct peer *c);

/* Binary-safe arguments, copied. The callback never runs inside this call. An error reply that
 * means "as if it were down" comes as REDIS_DOWN. */
void peer_call(struct peer *c, int64_t due_us, size_t argc, const struct str *argv,
	       redis_reply_f *fn, void *who);
/* the same of a command as redis_call_written() takes it */
void peer_call_written(struct peer *c, int64_t due_us, struct str command, redis_reply_f *fn,
		       void *who);
/* as redis_subscribe(); one channel or two, with a space between */
void peer_subscribe(struct peer *c, struct str channels, redis_reply_f *fn, void *who);

#endif
