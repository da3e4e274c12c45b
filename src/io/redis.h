/*
 * redis.h -- one connection to Redis: hiredis' async half with our own deadlines.
 *
 * hiredis 0.14 has no time limits and does not reconnect. Here every call has a
 * deadline and gets exactly one answer; a call that times out closes the
 * connection (what would come on it later belongs to nobody), and the connection
 * comes back by itself with growing, jittered waits. Commands of one turn leave
 * in one write.
 *
 * URLs: redis://[user@]host[:port][/db], unix:///path[?db=n].
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
	int64_t retry_min_ms, retry_max_ms; /* wait between tries to connect */
	uint32_t max_pending;               /* commands without answer; more fail at once */
	uint64_t seed;                      /* of the jitter */
};

enum redis_end {
	REDIS_REPLY, /* there is a reply; it may be an error reply */
	REDIS_DOWN,  /* not connected: nothing was sent */
	REDIS_LOST,  /* the connection broke or the deadline passed: it may have been done */
	REDIS_FULL,  /* too many commands without answer: nothing was sent */
};

/* The reply is freed after the callback. NULL unless REDIS_REPLY. */
typedef void redis_reply_f(void *who, enum redis_end end, const redisReply *reply);
/* Called on each change of state, with the reason when it went down; also when the first try to
 * connect fails. */
typedef void redis_state_f(void *who, bool up, const char *why);

/* Starts to connect. NULL: the URL is wrong (*fault_r). */
struct redis *redis_new(struct loop *l, const struct redis_conf *conf, redis_state_f *state,
			void *who, struct fault *fault_r);
/* Waiting calls get REDIS_LOST before this returns; calls that they make in turn get no answer.
 * Not from inside a callback of this connection. NULL is fine. */
void redis_free(struct redis *r);
bool redis_is_up(const struct redis *r);

/* Binary-safe arguments, copied. The callback never runs inside this call. */
void redis_call(struct redis *r, size_t argc, const struct str *argv, redis_reply_f *fn, void *who);
/* Messages of a channel until the connection goes down, and again when it is back: reply is
 * {"message", channel, text}. A connection that subscribes takes no other commands. */
void redis_subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who);

#endif
