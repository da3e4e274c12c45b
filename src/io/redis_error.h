/* redis_error.h -- what an error reply means: the table tbl/redis_errors.h. */
#ifndef IO_REDIS_ERROR_H
#define IO_REDIS_ERROR_H

#include <hiredis/hiredis.h>

#include "base/obj.h"
#include "base/str.h"

enum redis_means {
	MEANS_NONE,    /* it is no error */
	MEANS_UNKNOWN, /* it may have been done */
	/* and of all others it is certain that nothing was done */
	MEANS_MOVED,   /* ask the node that it names, from now on */
	MEANS_ASK,     /* ask the node that it names, this once, after ASKING */
	MEANS_WAIT,    /* ask again in a moment */
	MEANS_LEAVE,   /* as if it were down, and who is the primary must be asked anew */
	MEANS_DOWN,    /* as if it were down */
	MEANS_REFUSED, /* it is told to whoever asked */
	MEANS_SCRIPT,  /* send the script's text */
};

enum redis_means redis_means(const redisReply *reply);

/* Where MOVED and ASK point: "MOVED 3999 127.0.0.1:6381". host is a slice of the reply, absent
 * where it is the host that was asked. False: they point nowhere. */
bool redis_pointer(const redisReply *reply, uint16_t *slot_r, struct str *host_r,
		   int64_t *port_r) MUST_CHECK;

#endif
