/*
 * redis_parts.h -- for redis*.c alone: what one server, Sentinel and Cluster share.
 */
#ifndef IO_REDIS_PARTS_H
#define IO_REDIS_PARTS_H

#include "io/redis_peer.h"

/* how it is done by one of the three; each has the contract of redis_...() */
struct redis_way {
	void (*start)(struct redis *r);
	void (*stop)(struct redis *r); /* and frees r->data */
	const char *(*history)(const struct redis *r, struct str key);
	void (*call)(struct redis *r, struct str key, struct str command, redis_reply_f *fn,
		     void *who);
	void (*subscribe)(struct redis *r, struct str channel, redis_reply_f *fn, void *who);
};

extern const struct redis_way redis_one, redis_sentinel, redis_cluster;

struct redis {
	uint32_t magic;
	bool up;
	const struct redis_way *way;
	void *data; /* the way's own */
	struct loop *loop;
	struct redis_conf conf; /* its texts are ours */
	struct redis_url url;
	redis_state_f *on_state;
	void *who;
};

/* of a connection to data; the caller changes what differs */
struct peer_conf redis_peer_conf(const struct redis *r);
/* of a call that begins now */
int64_t redis_due_us(const struct redis *r);
/* Tell the owner. */
void redis_changed(struct redis *r, bool up, const char *why);

#endif
