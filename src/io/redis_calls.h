/*
 * redis_calls.h -- the commands of one connection that wait for their answers: each
 * gets exactly one, and never inside the call that made it.
 */
#ifndef IO_REDIS_CALLS_H
#define IO_REDIS_CALLS_H

#include <sys/queue.h>

#include "io/redis.h"
#include "io/redis_link.h"

struct calls_events {
	/* The connection broke, or a deadline passed: the owner calls calls_lose(). */
	void (*broken)(void *who, const char *why);
	/* An answer said that this server is not to be asked. */
	void (*unfit)(void *who);
};

struct call;
TAILQ_HEAD(call_list, call);

struct calls {
	struct loop *loop;
	struct link *link; /* of the latest call; (not owned) */
	const struct calls_events *events;
	void *who;
	struct timer deadline; /* of the first in `pending` */
	struct timer answer;   /* to `refused` */
	struct call_list pending, refused;
	uint32_t n_pending, max_pending;
	bool closing;
};

void calls_init(struct calls *s, struct loop *l, uint32_t max_pending,
		const struct calls_events *events, void *who);
/* From now on refused calls get no answer. */
void calls_close(struct calls *s);
/* Answers those that were refused; none must be pending. */
void calls_release(struct calls *s);

/* The command is in Redis' protocol (resp.h), and copied. link NULL: there is none; command absent:
 * it was too long; then the answer is REDIS_DOWN. */
void calls_send(struct calls *s, struct link *link, int64_t due_us, struct str command,
		redis_reply_f *fn, void *who);
/* All that wait get REDIS_LOST, now; the link is not touched any more. */
void calls_lose(struct calls *s);

#endif
