/*
 * published.h -- texts that the leading coordinator publishes and every gateway follows:
 * the catalog under its epoch, the snapshot under its version.
 *
 * One script and one shape for all: a number that grows with each change, a hash and a
 * text. A message on the fleet's channel tells of a new number; whoever missed it asks.
 */
#ifndef STORE_PUBLISHED_H
#define STORE_PUBLISHED_H

#include "store/keys.h"
#include "store/lease.h"

enum published_what { PUBLISHED_CATALOG, PUBLISHED_SNAPSHOT, PUBLISHED_COUNT };

struct published {
	int64_t number; /* epoch, version; 0: nothing was published yet */
	int64_t at_us;  /* when, since 1970 */
	struct str hash;
	struct str text; /* absent: nothing was published yet */
};

enum publish_end { PUBLISH_OK, PUBLISH_SAME, PUBLISH_FENCED, PUBLISH_LOST };
typedef void publish_f(void *who, enum publish_end end, int64_t number);
/* A new number when the hash differs from what is published; fenced by the lease. */
void publish(struct store *s, enum published_what what, const struct lease *lease, struct str hash,
	     struct str text, publish_f *fn, void *who);

/* the channel on which "epoch N" and "version N" are said, for redis_subscribe() */
struct str published_channel(struct rkey *room);
/* False: the message is about nothing that is known here */
bool published_news(struct str message, enum published_what *what_r, int64_t *number_r) MUST_CHECK;

/* number 0: nothing was published yet */
typedef void published_number_f(void *who, bool ok, int64_t number);
void published_number(struct store *s, enum published_what what, published_number_f *fn, void *who);

/* valid during the call */
typedef void published_f(void *who, bool ok, const struct published *p);
void published_read(struct store *s, enum published_what what, published_f *fn, void *who);

#endif
