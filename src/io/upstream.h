/*
 * upstream.h -- HTTP out: libcurl on our loop.
 *
 * Sharded into many curl multis of at most `per_multi` calls, because removing a
 * finished transfer walks every connection of its multi; first fit, so idle
 * connections stay together. HTTP/1.1 only (with HTTP/2 a paused stream grows
 * without bound). Follows no redirects and speaks to nobody but the URL given.
 */
#ifndef IO_UPSTREAM_H
#define IO_UPSTREAM_H

#include "base/rope.h"
#include "io/loop.h"
#include "io/trust.h"

struct upstream;
struct up_call;

struct upstream_limits {
	uint32_t max_calls; /* at once; more are refused */
	uint32_t per_multi;
	size_t buffer_bytes; /* curl's receive buffer of a call, at the most */
	size_t header_bytes; /* of an answer */
};

enum up_end {
	UP_DONE,            /* the answer arrived whole, whatever its status */
	UP_REFUSED,         /* no connection: nothing was sent */
	UP_TLS,             /* no trust: nothing was sent */
	UP_CONNECT_TIMEOUT, /* nothing was sent */
	UP_IDLE_TIMEOUT,    /* no byte for too long */
	UP_TOTAL_TIMEOUT,
	UP_BROKEN,    /* the connection broke after we began to send */
	UP_TOO_LARGE, /* headers beyond the limit */
	UP_STOPPED,   /* the write callback said stop */
};

const char *up_end_text(enum up_end e);
/* true: the vendor cannot have seen the request, so it cannot have billed it */
bool up_end_unsent(enum up_end e);

struct up_head {
	int status;
	/* only what somebody needs; absent when not sent */
	struct str content_type, retry_after, retry_after_ms, request_id;
	int64_t limit_ms; /* to be left alone, since a limit of the vendor is used up; 0 = none is
			   */
};

struct up_handler {
	/* the status line and headers are there; slices are valid during the call */
	void (*head)(void *who, const struct up_head *head);
	/* A piece of the body. False: stop, `done` follows with UP_STOPPED. May call up_pause(). */
	bool (*data)(void *who, struct str bytes);
	/* Exactly once, unless the call was cancelled. The call is gone afterwards. detail is for
	 * logs: libcurl's words, or those of the end. */
	void (*done)(void *who, enum up_end end, const char *detail);
};

struct up_ask {
	const char *url;
	const char *const *headers; /* "name: value", n of them; copied */
	size_t n_headers;
	const char *secret_header; /* "authorization: Bearer ..."; copied, wiped afterwards; NULL =
				      none */
	const struct rope *body;   /* (not owned) must live until done or cancel; NULL = GET */
	int64_t connect_ms, idle_ms, total_ms;
	bool trickles; /* the answer comes a little at a time: a small buffer will do */
	bool fresh;    /* on no kept connection: where one has died, others may have */
	const struct up_handler *handler; /* (not owned) */
	void *who;
};

/* trust outlives it */
struct upstream *upstream_new(struct loop *l, const struct upstream_limits *limits,
			      struct trust *trust);
/* cancels what runs; no callbacks */
void upstream_free(struct upstream *u);

/* Starts at the end of this turn (after the journal is written). NULL: too many calls, or no
 * memory. */
struct up_call *up_start(struct upstream *u, const struct up_ask *ask) MUST_CHECK;
/* no callback afterwards; breaks the connection if bytes are under way. NULL is fine. */
void up_cancel(struct up_call *c);
/* stop and go on reading: back-pressure. Idle time does not run while paused. */
void up_pause(struct up_call *c);
void up_resume(struct up_call *c);
/* Is there a connection, so that the first byte is about to be written, or was? It is written once:
 * a kept connection that dies without an answer ends the call. */
bool up_sent(const struct up_call *c);
uint32_t upstream_calls(const struct upstream *u);

#endif
