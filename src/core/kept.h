/*
 * kept.h -- rule R3: what Redis has confirmed is kept until a failover can no longer
 * lose it.
 *
 * It is durable when every replica has it; when one has it and the window has
 * passed; or, with a Redis that has no replicas, when the window has passed. A
 * replica that has left is one that does not have it, for ten windows: it may come
 * back to take over. A primary that all of them have left may have been deposed:
 * then what they did not have is kept for as long; so is what none of them ever
 * has, as in a Cluster where one primary has replicas and another has none. While
 * Redis is away nothing is durable: what comes back may be older than what went,
 * however long it took. Items are the caller's and carry the link.
 */
#ifndef CORE_KEPT_H
#define CORE_KEPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* windows that a primary without its replicas has to wait, and whoever does not ask about them */
#define KEPT_WINDOWS_MOST 10

struct kept_item {
	TAILQ_ENTRY(kept_item) next;
	uint64_t number;
	int64_t since_us;
};

struct kept {
	TAILQ_HEAD(kept_items, kept_item) items; /* in the order of their confirmation */
	uint32_t n, most;
	int64_t window_us;
	uint64_t newest;         /* number of the item that came last */
	uint64_t on_one, on_all; /* up to these numbers one replica has them, all have */
	int64_t asked_us;        /* when they were asked first; 0 = never */
	int64_t replica_us;      /* when one was seen last; 0 = never */
	uint32_t replicas;       /* the most that were seen together of late ... */
	int64_t replicas_us;     /* ... and when they were last */
};

void kept_init(struct kept *k, uint32_t most, int64_t window_us);
/* Redis has confirmed it just now. */
void kept_add(struct kept *k, struct kept_item *item, int64_t now_us);
/* WAIT was sent when `newest` was the number: so many of the primary's replicas had it. In the
 * first window nobody knows how many there ought to be, and none are all: a primary that was
 * deposed may have one left, which is about to follow the new one and to forget what it had. */
void kept_waited(struct kept *k, uint64_t newest, uint32_t replicas, uint32_t acknowledged,
		 int64_t now_us);
/* The oldest, taken out, when it need not be kept any longer; there: Redis is; *lost_r: it was too
 * much, and is not safe. NULL: none. */
struct kept_item *kept_let_go(struct kept *k, int64_t now_us, bool there, bool *lost_r);
/* It has to be sent again: the history has changed. */
void kept_take(struct kept *k, struct kept_item *item);

#endif
