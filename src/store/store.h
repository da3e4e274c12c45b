/*
 * store.h -- one worker's door to Redis: the connection, and Redis' clock.
 *
 * Redis' clock decides about periods, rates and deadlines, so that gateways whose
 * clocks differ decide alike. Every answer that tells the time corrects the
 * estimate of it kept here.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "conf/conf.h"
#include "io/redis.h"

#define WORKER_NAME_MAX 48

struct store {
	struct loop *loop;
	struct redis *redis;
	int64_t clock_offset_us; /* Redis' wall clock minus our monotonic clock */
	bool clock_known;
	int64_t admit_window_us; /* not_after = now + this */
	int64_t tombstone_ms;    /* a finished reservation is kept */
	int64_t estimate_ms;     /* one that may have to be corrected */
	int64_t feedback_ms;     /* an answer can be rated; 0 = never */
	int64_t ledger_entries;
	char worker[WORKER_NAME_MAX]; /* whom the barrier after a failover waits for */
	int64_t grace_us;             /* ... for so long */
	int64_t loss_window_us;       /* what was written longer ago survives a failover */
	int64_t logged_us;            /* when a refusal of Redis was logged last */
	const char *test_history;     /* tests only: what *_history() says; else NULL */
	int64_t test_now_us;          /* tests only: the time, for us and for the scripts; else 0 */
};

/*
 * Connect as the settings say; password NULL: none. state is told of each change (redis.h).
 * False: *fault_r says why; nothing is left open.
 */
bool store_open(struct store *s, struct loop *l, const struct settings *settings,
		const char *password, redis_state_f *state, void *who,
		struct fault *fault_r) MUST_CHECK;
/* One more connection alike, e.g. to subscribe. NULL: *fault_r says why. */
struct redis *store_connect(struct loop *l, const struct settings *settings, const char *password,
			    redis_state_f *state, void *who, struct fault *fault_r);
/* fine on a store that is not open */
void store_close(struct store *s);

/* Redis' time now, as well as we know it; our own wall clock before the first answer */
int64_t store_now_us(const struct store *s);
/* an answer came that says what time it is */
void store_saw_clock(struct store *s, int64_t redis_now_us);
/* Ask Redis for its time. To be done whenever the connection comes up: before the first answer
 * a clock that differs from Redis' makes admissions late. */
void store_read_clock(struct store *s);
/* The same, for who waits for it. ok: it is known now. Of a Cluster any node is asked. */
typedef void store_clock_f(void *who, bool ok);
void store_ask_clock(struct store *s, store_clock_f *fn, void *who);

/* Which history of the data of this org a call meets now (redis_history()); "": nobody is there. */
struct str store_history(const struct store *s, struct str org);
/* the same of the data that this key is of */
struct str store_history_of(const struct store *s, struct str key);

/* --- for store/ itself --- */

/* Zeroed memory for a call on its way. Never NULL: without it somebody would wait for ever, so
 * that running out of memory here ends the process. */
void *store_waiting(size_t bytes);

/* Is there an answer, and is it no error? Logs an error (once a second); what is for the log. */
bool store_took(struct store *s, const char *what, enum redis_end end,
		const redisReply *reply) MUST_CHECK;
/* Is it an error about this very call, while others may go well? */
bool store_refused(enum redis_end end, const redisReply *reply);
/* an integer, or a string of digits */
bool reply_int(const redisReply *reply, int64_t *value_r) MUST_CHECK;
/* absent when the reply is no string */
struct str reply_str(const redisReply *reply);

#endif
