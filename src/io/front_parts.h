/*
 * front_parts.h -- what the files of the front share; nobody else includes it.
 *
 *   front.c           daemons, the end of a turn, start and stop
 *   front_listen.c    the listening socket; who may come in
 *   front_conn.c      a connection's phases, their deadlines, and its end
 *   front_gone.c      clients that leave while libmicrohttpd looks away
 *   front_exchange.c  a request: head, body, accessors
 *   front_answer.c    an answer: whole or streamed
 *   front_refuse.c    answers that the front gives by itself
 *   front_linger.c    closing without destroying what was just said
 */
#ifndef IO_FRONT_PARTS_H
#define IO_FRONT_PARTS_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/queue.h>
#include <uthash.h>

#include "core/http_strict.h"
#include "io/front.h"

#define FRONT_MAGIC 0x66726e74u
#define CONN_MAGIC  0x636f6e6eu

/* more headers than any client sends; more are refused */
#define FIELDS_MAX 100

/*
 * One setter, conn_enter(). A request goes HEAD, BODY, WAIT, then REPLY or STREAM and REPLY, then
 * IDLE; a refused one goes from HEAD or BODY to REPLY or CUT; CUT can follow any.
 */
enum conn_phase {
	CONN_IDLE,   /* between two requests */
	CONN_HEAD,   /* new, or the request line has come */
	CONN_BODY,   /* the headers were taken, the body comes */
	CONN_WAIT,   /* the handler has the request and libmicrohttpd sleeps */
	CONN_STREAM, /* the handler writes */
	CONN_REPLY,  /* the answer is complete, the client takes it */
	CONN_CUT,    /* shut down, libmicrohttpd is about to close it */
	CONN_PHASES
};

struct front;
struct conn;

struct exchange {
	struct conn *c;
	void *attached; /* (the handler's) */
	bool counted;   /* among front->n_exchanges */
	bool in_call;   /* the handler is being told of it */
	bool asleep;    /* libmicrohttpd was told to look away */

	bool is_http10;
	struct str method; /* (in libmicrohttpd's memory) */
	struct str target; /* as sent */
	struct str path;   /* escapes resolved */
	struct http_body framing;
	char *body; /* malloc'ed */
	size_t body_n, body_cap;
	size_t body_held; /* counted in front->bodies_held */
	int64_t arrived_us;

	struct MHD_Response *response; /* to be queued */
	int status;
	bool streaming; /* ... and once it is queued */
	bool direct;    /* the socket is ours until the end of the stream */
	bool ended, clean;
	bool behind;     /* exchange_write() said "wait" */
	struct buf out;  /* framed as chunks when direct */
	size_t out_from; /* what comes before has been sent */
};

struct conn {
	uint32_t magic;
	enum conn_phase phase;
	struct front *f;
	struct shard *shard;
	struct MHD_Connection *mhd; /* NULL before and after its life there */
	int fd;                     /* (libmicrohttpd's) */
	bool hung_up;               /* the client said that it sends no more */
	bool linger;                /* close gently */
	bool refused;               /* past libmicrohttpd */
	bool has_work;              /* on front->work */
	struct timer deadline;
	int64_t since_us;       /* start of the phase, or when its answer last moved */
	uint64_t acked;         /* bytes of the answer when it was last looked at */
	const char *raw_target; /* (in libmicrohttpd's memory) */
	char *line;             /* target and path of the request */
	size_t line_cap;
	struct address_count *address;
	char peer[INET6_ADDRSTRLEN];
	struct exchange x;
	LIST_ENTRY(conn) all; /* of its shard */
	TAILQ_ENTRY(conn) work;
	SLIST_ENTRY(conn) dead;
};

struct shard {
	struct front *f;
	struct MHD_Daemon *mhd;
	struct watch *watch;
	bool dirty; /* MHD_run() is due */
	LIST_HEAD(, conn) conns;
	uint32_t n_conns;
};

struct address_count {
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	uint32_t n;
	UT_hash_handle hh;
};

struct lingering;

struct front {
	uint32_t magic;
	struct loop *l;
	struct loop_hook hook;
	struct front_limits limits;
	struct front_handler handler;
	void *who;

	int listen_fd;
	bool inherited; /* others may go on to listen on it */
	struct watch *listen;
	struct timer listen_again;
	uint16_t port;
	bool leaving;          /* every answer closes its connection */
	bool quiesced;         /* ... and no new connections are taken */
	struct conn *arriving; /* being handed to libmicrohttpd */
	struct address_count *addresses;

	struct shard *shards;
	uint32_t n_shards;
	bool is_old; /* libmicrohttpd 0.9: parses in place, and leniently */

	int gone_fd; /* epoll */
	struct watch *gone;

	TAILQ_HEAD(, conn) work;
	SLIST_HEAD(, conn) dead; /* freed at the end of the turn */
	uint32_t n_conns, n_exchanges;
	size_t bodies_held;
	LIST_HEAD(, lingering) lingerings;
	uint32_t n_lingerings;

	int64_t log_after_us; /* libmicrohttpd's next line */
	uint32_t log_lost;
};

/* front.c */
void front_each(struct front *f, void (*fn)(struct conn *c));

/* front_listen.c */
bool front_listen(struct front *f, const char *address, bool reuse_port, struct fault *fault_r);
void front_close_listener(struct front *f);
/* the connection's address has one less */
void front_forget_address(struct front *f, struct address_count *a);

/* front_conn.c */
struct conn *conn_new(struct front *f, int fd);
void conn_free(struct conn *c);
void conn_enter(struct conn *c, enum conn_phase phase);
/* A stream has bytes waiting for its client, or has none. */
void conn_expect(struct conn *c, bool something);
/* at the end of this turn, answer_work() */
void conn_touch(struct conn *c);
/* Shuts it down, tells the handler, and lets libmicrohttpd find out. */
void conn_cut(struct conn *c);
/* The client sees a reset, and what it has not taken yet is dropped. */
void conn_reset(const struct conn *c);
/* libmicrohttpd opened or closed it */
void conn_notify(void *front, struct MHD_Connection *mhd, void **context,
		 enum MHD_ConnectionNotificationCode code);

/* front_gone.c */
bool gone_open(struct front *f);
void gone_close(struct front *f);
bool gone_watch(struct conn *c);
void gone_unwatch(struct conn *c);

/* front_exchange.c: callbacks of libmicrohttpd */
void *exchange_line(void *front, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_step(void *front, struct MHD_Connection *mhd, const char *url,
			      const char *method, const char *version, const char *data, size_t *n,
			      void **context);
void exchange_completed(void *front, struct MHD_Connection *mhd, void **context,
			enum MHD_RequestTerminationCode code);
/* tells the handler, once, that its client is gone */
void exchange_leave(struct exchange *x);

/* front_answer.c */
/* what exchange_reply() and the like left to do */
void answer_work(struct exchange *x);
/* hands the response to libmicrohttpd */
bool answer_queue(struct exchange *x);
void answer_wake(struct exchange *x);
static inline size_t answer_pending(const struct exchange *x)
{
	return x->out.n - x->out_from;
}

/* front_refuse.c */
struct MHD_Response *refuse_response(struct front *f, const struct fault *fault);
/* Past libmicrohttpd, which cannot answer now. It has nothing under way on this socket. */
void refuse_raw(struct front *f, int fd, const struct fault *fault);

/* libmicrohttpd is about to refuse the head that it has just read on one of these. */
void refuse_unparsed(struct shard *s);

/* front_linger.c */
/* keeps the connection of fd open, in a copy, until the client closes or has had its time */
void linger_start(struct front *f, int fd);
void linger_stop_all(struct front *f);

#endif
