/*
 * redis.h -- Redis: one server, a primary that Sentinels watch, or a Cluster.
 *
 * Which of them it is, the URL says (redis_url.h); nothing else differs for who asks.
 * Every call has a deadline and gets exactly one answer. Where Redis moves, calls
 * follow, and what can be sent a second time without harm is, within the call's
 * deadline; what may have been done is never sent a second time from here.
 */
#ifndef IO_REDIS_H
#define IO_REDIS_H

#include <hiredis/hiredis.h>

#include "base/err.h"
#include "io/loop.h"

struct redis;

struct redis_conf {
	const char *url;
	const char *user, *password;        /* NULL = none */
	int64_t connect_ms;                 /* for connecting and signing in */
	int64_t command_ms;                 /* for each command */
	int64_t check_ms;                   /* an idle server is looked at */
	int64_t retry_min_ms, retry_max_ms; /* wait between tries to connect */
	uint32_t max_pending; /* commands without answer, of one server; more fail at once */
	uint64_t seed;        /* of the jitter */
};

enum redis_end {
	REDIS_REPLY, /* there is a reply; it may be an error reply (redis_error.h) */
	REDIS_DOWN,  /* there is nobody to ask: nothing was done */
	REDIS_LOST,  /* the connection broke or the deadline passed: it may have been done */
	REDIS_FULL,  /* too many commands without answer: nothing was done */
};

/* The reply is freed after the callback. NULL unless REDIS_REPLY. */
typedef void redis_reply_f(void *who, enum redis_end end, const redisReply *reply);
/* Called on each change of state, with the reason when it went down; also when the first try to
 * connect fails. A Cluster is up while one of its nodes is, and `up` is told again with each node
 * that comes. */
typedef void redis_state_f(void *who, bool up, const char *why);

/* Starts to connect; conf's texts are copied. NULL: the URL is wrong (*fault_r). */
struct redis *redis_new(struct loop *l, const struct redis_conf *conf, redis_state_f *state,
			void *who, struct fault *fault_r);
/* Waiting calls get REDIS_LOST before this returns; calls that they make in turn get no answer.
 * Not from inside a callback of this connection. NULL is fine. */
void redis_free(struct redis *r);
bool redis_is_up(const struct redis *r);

/*
 * Which history of the data a call for this key meets now: a short text that is another one after
 * each restart and each failover, when confirmed writes may be gone. "" when nobody is there to
 * ask. A Cluster has one for each node; the others take no notice of the key. Valid until the
 * next call into this file.
 */
const char *redis_history(const struct redis *r, struct str key);

/* Binary-safe arguments, copied. The callback never runs inside this call. All keys of a command
 * lie in one slot. */
void redis_call(struct redis *r, size_t argc, const struct str *argv, redis_reply_f *fn, void *who);
/* A command without a key (INFO, WAIT), asked where this key lies. */
void redis_call_at(struct redis *r, struct str key, size_t argc, const struct str *argv,
		   redis_reply_f *fn, void *who);
/* A command that is in Redis' protocol already (resp.h), about this key; copied. Absent: it was too
 * long, REDIS_DOWN. */
void redis_call_written(struct redis *r, struct str key, struct str command, redis_reply_f *fn,
			void *who);
/* Messages of a channel until the connection goes down, and again when it is back: reply is
 * {"message", channel, text}. A connection that subscribes takes no other commands. */
void redis_subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who);

#endif
