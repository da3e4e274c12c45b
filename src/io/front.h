/*
 * front.h -- HTTP in: libmicrohttpd on our loop.
 *
 * Collects whole request bodies (bounded), refuses what is not strictly HTTP/1.1
 * (core/http_strict.h), answers whole or as a stream with back-pressure, and
 * notices clients that go away while we wait for somebody else. What an exchange
 * means is its handler's business.
 *
 * libmicrohttpd is sharded into many daemons per loop, because resuming one
 * suspended connection walks all suspended connections of its daemon.
 */
#ifndef IO_FRONT_H
#define IO_FRONT_H

#include "base/buf.h"
#include "base/err.h"
#include "io/headers.h"
#include "io/loop.h"

struct front;
struct exchange; /* one request and its answer */

struct front_limits {
	uint32_t shards; /* daemons */
	uint32_t max_connections;
	uint32_t max_per_ip;      /* of this front alone; 0 = no limit */
	size_t header_bytes;      /* request line and headers; a connection takes 8 KiB more */
	size_t body_bytes;        /* largest body */
	size_t bodies_bytes;      /* of all bodies held at once, until their exchanges end */
	int64_t header_ms;        /* from connect, or from the request line, to the last header */
	int64_t body_ms;          /* for the whole body */
	int64_t body_grace_ms;    /* after this the body must come at body_rate */
	int64_t body_rate;        /* bytes a second */
	int64_t idle_ms;          /* from an answer to the next whole request line */
	size_t stream_high_bytes; /* pending output above which exchange_write() says "wait" */
	size_t stream_low_bytes;  /* and below which `drained` is called */
	int64_t stream_stall_ms;  /* a client that takes nothing for so long is cut */
};

/* Callbacks. Each gets what exchange_attach() left in the exchange, or NULL before. */
struct front_handler {
	/* The headers are there. Return true to have the body collected; to refuse, call
	 * exchange_reply() and return false (the connection closes, the body is not read). */
	bool (*headers)(void *who, struct exchange *x);
	/* The whole body is there: answer now or later. */
	void (*request)(void *who, struct exchange *x);
	/* The client is gone, or was cut, before it was answered. The exchange must not be used
	 * afterwards. Not called when nothing is attached. */
	void (*gone)(void *attached);
	/* Pending output fell below the low mark after exchange_write() had said "wait". */
	void (*drained)(void *attached);
	/* A request that never became one (malformed, too large, too slow): what to answer. Called
	 * by the front itself; NULL, or an empty body: the fault's text is told. */
	void (*refuse)(void *who, const struct fault *fault, struct headers *h_r,
		       struct buf *body_r);
};

/* Listens at once; with reuse_port several fronts may share the address (one per worker).
 * address: "127.0.0.1:8080", "[::]:8080", ":0" for a free port, "fd:3" for a socket that listens
 * already and outlives us. NULL: *fault_r says why. */
struct front *front_new(struct loop *l, const char *address, bool reuse_port,
			const struct front_limits *limits, const struct front_handler *handler,
			void *who, struct fault *fault_r);
/* Nobody listens there. Fronts of two processes could share an address by mistake: the first of a
 * process asks. False: *fault_r says why. */
bool front_address_is_free(const char *address, struct fault *fault_r);
/* the port that is listened on */
uint16_t front_port(const struct front *f);
/* Who connects waits in the kernel's queue, until front_accept(). */
void front_hold(struct front *f);
void front_accept(struct front *f);
/* Every answer closes its connection from now on; new connections are still taken. */
void front_leave(struct front *f);
/* As front_leave(), and no new connections, and idle ones are closed; what runs goes on. */
void front_quiesce(struct front *f);
/* exchanges that are not finished; connections that are open */
uint32_t front_exchanges(const struct front *f);
uint32_t front_connections(const struct front *f);
/* Cuts what is left: `gone` is called for each. Not from inside a handler. NULL is fine. */
void front_free(struct front *f);

/* --- the request; slices live as long as the exchange --- */

struct str exchange_method(const struct exchange *x);
struct str exchange_path(const struct exchange *x);  /* without query, %XX resolved */
struct str exchange_query(const struct exchange *x); /* as sent; absent without '?' */
struct str exchange_header(const struct exchange *x, const char *name); /* absent: not sent */
struct str exchange_body(const struct exchange *x);
struct str exchange_peer(const struct exchange *x); /* address as text */
/* when its last byte had arrived, clock_mono_us() */
int64_t exchange_arrived_us(const struct exchange *x);

/* The body changes owner: malloc'ed, *n_r bytes (so that it may outlive the exchange). */
char *exchange_take_body(struct exchange *x, size_t *n_r);

/* handed to gone() and drained() */
void exchange_attach(struct exchange *x, void *attached);

/* --- the answer: exactly one of reply, or stream ... end --- */

/* Whole answer. Takes the buffer's bytes. The exchange must not be used afterwards. */
void exchange_reply(struct exchange *x, int status, const struct reply_header *headers, size_t n,
		    struct buf *body);

/* Begin a streamed answer (chunked). */
void exchange_stream(struct exchange *x, int status, const struct reply_header *headers, size_t n);
/* Queue bytes; they leave at the end of the turn. False: above the high mark, hold the source
 * until `drained`. (Who goes on writing far above it gets the stream broken off.) */
bool exchange_write(struct exchange *x, struct str bytes);
/* What waits leaves now, if it can: at the end of a turn it comes behind all that others got of
 * their vendors in it. Never calls the handler. */
void exchange_flush(struct exchange *x);
size_t exchange_pending(const struct exchange *x);
/* clean: the good end; else the connection is broken off so that the client sees a
 * truncation. The exchange must not be used afterwards. */
void exchange_end(struct exchange *x, bool clean);

#endif
