/*
 * redis_link.h -- one connection of hiredis on our loop.
 *
 * hiredis frees a connection in its own time, so a link has a life of its own: its
 * owner gives it up, and whatever hiredis still does with it is only cleaned up.
 * (hiredis' adapter for libuv hears nothing of a refused connection and makes two
 * system calls for each write; this one keeps reading armed, and writes when the
 * owner says so.)
 */
#ifndef IO_REDIS_LINK_H
#define IO_REDIS_LINK_H

#include <hiredis/async.h>

#include "io/loop.h"

struct link;

struct link_events {
	void (*connected)(void *who);
	/* at most once; the owner gives the link up in it */
	void (*broken)(void *who, const char *why);
};

/* Takes ac over. NULL: it could not connect, and ac is freed; why_r (cap bytes) says why. */
struct link *link_open(struct loop *l, redisAsyncContext *ac, const struct link_events *events,
		       void *who, char *why_r, size_t cap);
/* The owner hears no more of it; what was asked on it gets NULL replies. NULL is fine. */
void link_give_up(struct link *k);

/* the callback gets who, and the reply or NULL; false: it cannot be sent, there is no callback */
bool link_send(struct link *k, size_t argc, const char **argv, const size_t *lengths,
	       redisCallbackFn *fn, void *who) MUST_CHECK;
/* the same of a command that is in Redis' protocol already (RESP) */
bool link_send_written(struct link *k, struct str command, redisCallbackFn *fn, void *who)
	MUST_CHECK;
/* write what was sent; nothing is written before */
void link_flush(struct link *k);
/* Read what has come, within reason, without waiting for the loop to say so. Its callbacks may
 * give the link up. */
void link_read(struct link *k);

#endif
