/*
 * worker.h -- one thread that serves requests, and all it owns.
 *
 * Workers share nothing but the catalog, which never changes and is swapped
 * whole, and the process' secrets and settings, which are read only. So there is
 * no lock on a request's way.
 */
#ifndef GATE_WORKER_H
#define GATE_WORKER_H

#include <sys/queue.h>

#include "base/rand.h"
#include "conf/conf.h"
#include "core/choose.h"
#include "gate/durable.h"
#include "gate/escrow.h"
#include "gate/observe.h"
#include "gate/payers.h"
#include "gate/rejoin.h"
#include "gate/settlement.h"
#include "gate/stats.h"
#include "io/front.h"
#include "io/learned.h"
#include "io/upstream.h"
#include "store/decision_log.h"
#include "store/journal.h"

#define WORKER_MAGIC 0x576f726bu
#define MOST_WORKERS 256

struct apikey_memo; /* core/apikey_memo.h */
struct custom;  /* core/custom.h */
struct probing; /* gate/probe.h */
struct secrets; /* gate/secrets.h */

/* what every worker of a process is given */
struct worker_shared {
	struct str pepper;          /* of API key digests */
	const char *redis_password; /* NULL = none */
	char incarnation[32];       /* of this process: part of every request id */
	struct escrow *escrow;      /* what can be spent while Redis is away */
	struct trust *trust;        /* by which vendors are known */
	char listen[256];           /* where all workers listen, for front_new() */
};

/* a catalog in use, with what this process has for it */
struct catalog_in_use {
	int refs;                  /* atomic */
	struct catalog *catalog;
	struct learned *learned;   /* task model and quality model */
	struct secrets *secrets;   /* credentials by endpoint index */
	bool *usable;              /* by endpoint index */
	struct custom *custom[MOST_WORKERS]; /* runs its own strategies, by worker; NULL: none */
};

/* what requests are decided by, swapped together: all of the same catalog */
struct in_use {
	struct catalog_in_use *catalog;
	struct snapshot *snapshot;
	struct breakers *breakers;
};

struct worker {
	unsigned magic;
	uint32_t index;
	const struct worker_shared *shared;
	struct settings *settings; /* what a request began with it keeps */
	struct loop *loop;
	struct front *front;
	struct upstream *upstream;
	struct store store;
	struct journal *journal;
	struct decision_log *decisions;
	struct observations *observations; /* that the control thread takes */
	struct payers *payers;
	struct apikey_memo *digests; /* of secrets that were right */
	struct catalog_in_use *catalog;
	struct snapshot *snapshot;            /* of that catalog */
	struct breakers *breakers;            /* of that catalog */
	struct probing *probing;
	struct arena_stock chunks;            /* of requests' arenas */
	struct arena scratch;                 /* of one step of one request; emptied behind it */
	struct news *news;                    /* atomic: what the process told it and it has not taken yet */
	struct stats stats;
	struct rnd rnd;
	uint64_t next_rid;
	TAILQ_HEAD(, request) requests;       /* that are not done */
	uint32_t in_flight;                   /* how many */
	TAILQ_HEAD(, request) spare_requests; /* that are done, for the next */
	uint32_t n_spare_requests;
	uint32_t drains;                      /* of them: vendor answers read for clients that left */
	struct settlements settlements;
	struct periods periods;    /* of the latest admission */
	struct rejoin rejoin;
	struct durable durable;
	bool redis_known;          /* whether it can be reached; before, nobody is taken */
	bool catalog_known;        /* the same, of what is published */
	bool draining;             /* the process is about to stop: nothing new is begun */
	bool hurrying;             /* ... and the time for it is over */
	bool closing;              /* the worker is being freed: Redis is not asked any more */
	bool redis_up;             /* atomic: the process asks */
	struct timer stop;         /* while stopping: when to look again */
	int64_t stop_by_us;
};

/* NULL: *fault_r says why */
struct worker *worker_new(const struct worker_shared *shared, struct settings *settings,
			  uint32_t index, const struct in_use *in_use, struct fault *fault_r);
/* blocks until worker_stop() and everything in flight has ended, or the time for it is over */
void worker_run(struct worker *w);
/* after worker_run() has returned */
void worker_free(struct worker *w);

/* From any thread: what is published is in use, or cannot be had. */
void worker_open(struct worker *w);
/* From any thread: every answer closes its connection from now on. */
void worker_leave(struct worker *w);
/* From any thread: no new connections, end when the last request is done. One that is not when
 * gateway.stop_timeout is over ends with an error. */
void worker_stop(struct worker *w);
/* From any thread: end at once. */
void worker_end(struct worker *w);
/* From any thread: for requests from now on. The worker takes references of its own. */
void worker_use(struct worker *w, struct settings *settings, const struct in_use *in_use);

/* Before the worker gets this catalog, by the thread that gives it. */
void worker_prepare(struct worker *w, struct catalog_in_use *c);

/* Takes over the reference to c, and one of its own to the learned; resolves credentials. NULL: no
 * memory. */
struct catalog_in_use *catalog_in_use_new(struct catalog *c, struct learned *learned);
struct catalog_in_use *catalog_in_use_ref(struct catalog_in_use *c);
void catalog_in_use_unref(struct catalog_in_use *c);

#endif
