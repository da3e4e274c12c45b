/*
 * upstream_parts.h -- what the files of the vendor side share; nobody else includes it.
 *
 *   upstream.c         calls: start, end, cancel; the end of a turn
 *   upstream_easy.c    one transfer: libcurl's options and its callbacks
 *   upstream_socket.c  libcurl's sockets and timers on our loop
 *   upstream_memory.c  libcurl's memory, wiped
 */
#ifndef IO_UPSTREAM_PARTS_H
#define IO_UPSTREAM_PARTS_H

#include <curl/curl.h>
#include <sys/queue.h>

#include "core/vendor_limit.h"
#include "io/upstream.h"

#define UPSTREAM_MAGIC 0x75707374u
#define CALL_MAGIC     0x63616c6cu

/* what is kept of a header that somebody needs; longer ones are cut */
#define HEAD_BYTES 256
enum { HEAD_TYPE, HEAD_RETRY, HEAD_RETRY_MS, HEAD_ID, HEAD_COUNT };

struct up_multi {
	struct upstream *u;
	CURLM *curl;
	struct timer timer;
	bool kicked; /* it wants to be run, at the end of the turn */
	uint32_t n_calls;
	int64_t left_us; /* when its last call ended */
};

enum call_state {
	CALL_SPARE,    /* in the pool */
	CALL_STARTING, /* waits for the end of the turn */
	CALL_RUNNING,
	CALL_CANCELLED, /* nobody is told any more; libcurl lets go at the end of the turn */
};

struct up_call {
	uint32_t magic;
	enum call_state state;
	struct upstream *u;
	struct up_multi *m; /* while libcurl has it */
	CURL *easy;
	CURLU *url;  /* the last that was asked for, parsed */
	char *asked; /* that one as it was written: `easy` is set to it; NULL: not known */
	uint64_t trusts; /* the generation of trust that `easy` is set to */
	const struct up_handler *handler;
	void *who;

	bool sent;   /* libcurl has a connection and is about to write, or has written */
	bool paused; /* by the handler */
	bool held;   /* libcurl holds back bytes, because of that */
	bool has_end;
	enum up_end end; /* of our own making, stronger than what libcurl says */
	bool on_work;

	int64_t connect_ms, idle_ms, total_ms;
	int64_t moved_us; /* the last byte in either direction */
	struct timer idle, total;

	char *lines; /* list of headers and their bytes; wiped */
	size_t lines_bytes, lines_cap;
	const struct rope *body; /* (the asker's) NULL: none, or copied to `small` */
	size_t body_at;
	char *small; /* a body that leaves with the headers; wiped */
	size_t small_bytes, small_cap;

	size_t head_bytes; /* of all header lines so far */
	bool head_told;
	int status;
	struct str head[HEAD_COUNT];
	char head_text[HEAD_COUNT][HEAD_BYTES];
	struct vendor_limits limits;
	char error[CURL_ERROR_SIZE];
	TAILQ_ENTRY(up_call) all; /* in upstream->spare, ->starting or ->running */
	TAILQ_ENTRY(up_call) work;
};

TAILQ_HEAD(up_calls, up_call);

struct up_socket {
	struct up_multi *m;
	struct watch *watch; /* NULL until libcurl waits for it */
	int fd;
	int wanted;
	bool ours;      /* else libcurl's resolver's */
	bool connected; /* until then libcurl closes it without a word */
};

struct upstream {
	uint32_t magic;
	struct loop *l;
	struct loop_hook hook;
	struct upstream_limits limits;
	struct trust *trust; /* (not owned) */
	CURLSH *share;
	struct up_multi **multis;
	uint32_t n_multis, max_multis;
	struct timer sweep;
	struct up_socket **sockets; /* by descriptor */
	size_t n_sockets;
	struct up_calls spare, starting, running, work;
	uint32_t n_calls, n_spare;
	bool kicked; /* a multi is */
};

/* upstream.c */
void call_finish(struct up_call *c, enum up_end end, const char *detail);

/* upstream_easy.c */
/* options that never change */
bool easy_init(struct up_call *c);
/* those of one call */
bool easy_set(struct up_call *c, const struct up_ask *ask);
/* which multi it runs on */
bool easy_place(struct up_call *c, struct up_multi *m);
/* what libcurl's verdict means */
enum up_end easy_end(const struct up_call *c, CURLcode code);
/* nothing of the request stays in memory */
void easy_wipe(struct up_call *c);

/* upstream_memory.c: libcurl's global start */
bool memory_init(void);

/* upstream_socket.c */
struct up_multi *multi_new(struct upstream *u);
void multi_free(struct up_multi *m);
/* lets libcurl do what it is due to do */
void multi_run(struct up_multi *m);
curl_socket_t socket_open(void *multi, curlsocktype purpose, struct curl_sockaddr *address);
int socket_close(void *multi, curl_socket_t fd);
/* after the multis, which close them */
void sockets_free(struct upstream *u);

#endif
