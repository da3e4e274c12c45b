/*
 * gateway.h -- the process around the workers: its own loop follows the published
 * catalog, settles what a former life left in the journal, tells the fleet that
 * it is there, and listens to signals.
 */
#ifndef GATE_GATEWAY_H
#define GATE_GATEWAY_H

#include "core/apikey.h"
#include "gate/worker.h"
#include "io/secret.h"
#include "io/signals.h"
#include "store/published.h"

struct follow;
struct recovery;
struct report;
struct watch;
struct admin;
struct escrow_holder;

struct gateway {
	struct settings *settings;
	const char *config_path; /* NULL: the default */
	char name[24];
	struct secret *pepper, *redis_password;
	char pepper_mark[APIKEY_PEPPER_MARK]; /* for operators: do all gateways have the same? */
	struct worker_shared shared;
	char address[256]; /* where clients find it */
	int inherited;     /* the socket, when systemd has opened it; -1 */
	struct worker *workers[MOST_WORKERS];
	uv_thread_t threads[MOST_WORKERS];
	uint32_t n_workers, n_ended;
	struct learned *learned;
	struct catalog_in_use *catalog; /* what the workers were told last */
	struct snapshot *snapshot;      /* of that catalog */
	struct breakers *breakers;      /* of that catalog */
	char *snapshot_text;            /* what it was read from; NULL: it knows nothing */
	struct published snapshot_from;
	int lock_fd; /* of the state folder */

	struct loop *loop;
	struct store store;
	bool redis_up;
	struct follow *follow;
	struct recovery *recovery;
	struct report *report;
	struct watch *watch;
	struct stats stats; /* of this thread, beside the workers' */
	struct admin *admin;
	struct escrow_holder *escrow_holder;
	struct timer heartbeat;
	int64_t peak; /* of requests in flight, since memory was given back */
	int64_t longest_call_ms;
	int64_t started_us;
	char awaited[65]; /* hash of the catalog that must be published before it is announced */
	bool announced;
	bool open;          /* the workers were told to take clients */
	bool stopping;      /* atomic: gateway_stops() */
	struct timer drain; /* while it leaves: when no new connections are taken */
	struct signals signals;
};

/* Do all workers reach Redis? One that does not refuses what the system hands to it. From any
 * thread. */
bool gateway_reaches_redis(const struct gateway *g) MUST_CHECK;

/* Prints the address, once, when the awaited catalog is the published one. */
void gateway_announce(struct gateway *g);

/* --- life.c --- */

/* listen to signals */
void life_begin(struct gateway *g);
void life_end(struct gateway *g);
/* What is published is in use, or cannot be had: clients are served now. */
void gateway_open(struct gateway *g);
/* Was it told to stop? From any thread. */
bool gateway_stops(const struct gateway *g) MUST_CHECK;

/* --- in_use.c --- */

/* The first catalog, with what was learned and a snapshot that knows nothing; takes over the
 * reference. False: no memory. */
bool gateway_begin_with(struct gateway *g, struct catalog *c) MUST_CHECK;
/* the published catalog has changed; takes over the reference */
void gateway_use_catalog(struct gateway *g, struct catalog *c);
/* the model files were read again; takes over the reference */
void gateway_use_learned(struct gateway *g, struct learned *l);
/* The published snapshot has changed. False: it cannot be read, and the old one stays. */
bool gateway_use_snapshot(struct gateway *g, const struct published *p) MUST_CHECK;
/* breakers have changed */
void gateway_use_breakers(struct gateway *g);
/* settings, catalog, snapshot or breakers are others */
void gateway_tell_workers(struct gateway *g);
void gateway_forget_in_use(struct gateway *g);
/* the numbers of what is in use; 0: from the local file; nothing is known */
int64_t gateway_epoch(const struct gateway *g);
int64_t gateway_version(const struct gateway *g);

/* --- follow.c --- */

/* Follow what is published: by its messages, and by asking every follow_interval. */
struct follow *follow_start(struct gateway *g);
/* ask now */
void follow_ask(struct follow *f);
void follow_free(struct follow *f);

/* --- report.c --- */

/* tell the fleet what was observed, every report_interval; NULL: no memory */
struct report *report_start(struct gateway *g);
void report_free(struct report *r);

/* --- report_breakers.c --- */

struct breaker_sums *breaker_sums_new(struct gateway *g);
void breaker_sums_free(struct breaker_sums *b);
void breaker_sums_add(struct breaker_sums *b, const struct observation *o);
/* What cannot wait goes at once, and everything with it; all: nothing waits any longer. */
void breaker_sums_send(struct breaker_sums *b, bool all);

/* --- watch.c --- */

/* Follow the breakers of the vendors, as follow.c does what is published. NULL: no memory. */
struct watch *watch_start(struct gateway *g);
void watch_free(struct watch *w);
/* the vendor's breakers are others now */
void watch_heard(struct watch *w, struct str vendor);
/* what is known of them, for a catalog; NULL: no memory */
struct breakers *watch_breakers(const struct watch *w, const struct catalog_in_use *c);

/* --- recovery.c --- */

/* Read the journals of former lives before new ones are begun. NULL: *fault_r says why. */
struct recovery *recovery_read(struct gateway *g, struct fault *fault_r);
/* settle what was found, in the background; the journals are deleted when all is confirmed */
void recovery_start(struct recovery *r);
void recovery_free(struct recovery *r);

/* --- escrow_hold.c --- */

/* Set money aside from now on, every escrow.interval. NULL: *fault_r says why. */
struct escrow_holder *escrow_holder_start(struct gateway *g, struct fault *fault_r);
/* Redis is back, perhaps with a part of its latest writes lost: slices are looked after at once.
 * NULL is fine. */
void escrow_holder_again(struct escrow_holder *h);
/* Give everything back; then the control loop ends. What Redis does not take in time, and what a
 * failover could still lose, is left to the journal. */
void escrow_holder_stop(struct escrow_holder *h);
/* once the store is closed */
void escrow_holder_free(struct escrow_holder *h);

/* --- admin.c --- */

/* /metrics and /healthz on their own address; NULL with fault_r->code ERR_OK: not configured */
struct admin *admin_start(struct gateway *g, struct fault *fault_r);
void admin_free(struct admin *a);

/* the sum of the workers' counters, and of their requests in flight */
void gateway_stats(const struct gateway *g, struct stats *sum_r, int64_t *in_flight_r);

#endif
