/*
 * redis_dial.h -- from a place to a socket of hiredis that is connecting.
 *
 * hiredis looks names up while everybody waits; here another thread does, and hiredis
 * gets an address.
 */
#ifndef IO_REDIS_DIAL_H
#define IO_REDIS_DIAL_H

#include <hiredis/async.h>

#include "conf/redis_url.h"
#include "io/loop.h"

struct dial;

/* ac may have failed already (ac->err); NULL: why says it */
typedef void dial_f(void *who, redisAsyncContext *ac, const char *why);

/* nth: of several addresses of one name the one to take. The callback comes once: inside this
 * call, and then NULL is returned, or later, unless it is cancelled. */
struct dial *dial_begin(struct loop *l, const struct redis_place *place, unsigned nth, dial_f *fn,
			void *who);
/* NULL is fine */
void dial_cancel(struct dial *d);

#endif
