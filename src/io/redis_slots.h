/* redis_slots.h -- where a Cluster keeps a key, and which key a command is about. */
#ifndef IO_REDIS_SLOTS_H
#define IO_REDIS_SLOTS_H

#include <hiredis/hiredis.h>

#include "base/obj.h"
#include "base/str.h"

#define REDIS_SLOTS 16384

/* CRC16 (XMODEM) of the hash tag, modulo 16384 */
uint16_t redis_slot(struct str key);

/* The first key of a command; absent: it is about none. Of a command that redis_slots.c does not
 * list it is the first argument. */
struct str redis_key_of(size_t argc, const struct str *argv);

struct redis_range {
	uint16_t first, last;
	struct str host; /* a slice of the reply; absent: the host that was asked */
	int64_t port;
};

/* One element of the answer to CLUSTER SLOTS: {first, last, {host, port, ...}, replicas ...}.
 * False: it is something else. */
bool redis_range_read(const redisReply *reply, struct redis_range *range_r) MUST_CHECK;

#endif
