/*
 * coordinator.h -- the process that does what must be done once per fleet.
 *
 * Several run; one leads, by a lease in Redis with a fencing token. A leader
 * trusts its lease for seven tenths of its life only, counted from before it
 * asked. What it sent all the same, or sent in time and came late, Redis refuses:
 * every write of a job carries the lease (store/lease.h).
 */
#ifndef COORD_COORDINATOR_H
#define COORD_COORDINATOR_H

#include "conf/conf.h"
#include "io/redis_info.h"
#include "io/secret.h"
#include "io/signals.h"
#include "store/fleet.h"
#include "store/lease.h"
#include "store/published.h"

struct coordinator;

enum job_id {
#define JOB(name, setting, text) JOB_##name,
#include "tbl/jobs.h"
#undef JOB
	JOB_COUNT
};

struct job {
	struct coordinator *coordinator;
	enum job_id id;
	struct timer next;
	bool running;
	int64_t token; /* of the lease under which it runs */
	void *state;   /* (the job's) kept between runs */
};

struct coordinator {
	struct settings *settings;
	struct catalog *catalog;
	const char *config_path;
	char name[24];
	char id[40]; /* name and chance: two processes never share a lease */
	struct secret *redis_password;
	struct loop *loop;
	struct store store;
	int64_t started_us;

	bool leading;
	bool asking;      /* for the lease: there will be an answer */
	bool stopping;    /* nothing new is begun */
	bool handed_back; /* the lease, or it is too late for that */
	int64_t lease_ms; /* those of the start: a lease is trusted for what was asked */
	int64_t standby_ms;
	struct lease lease;              /* the last one */
	int64_t trusted_until_us;        /* monotonic */
	char history[REDIS_HISTORY_MAX]; /* of the data in which it was confirmed */
	int64_t asked_us;                /* when the lease was asked for last */
	struct redis *news;              /* who leaves says so there; NULL: one looks more often */
	struct timer ask, heartbeat;
	struct signals signals;
	struct job jobs[JOB_COUNT];
};

/* Jobs: begin one run; call job_done() exactly once when it is over. */
#define JOB(name, setting, text) void job_##name(struct job *j);
#include "tbl/jobs.h"
#undef JOB
void job_done(struct job *j);
/* Does the lease under which it began still hold? Asked before every write; what was read under
 * another one must not be written back. */
bool job_may_write(const struct job *j);
/* run it soon, as if its time had come */
void job_hurry(struct job *j);

/* --- lead.c --- */

/* Does the lease hold? Only in the data in which it was confirmed: a primary that was deposed may
 * have given it, with a higher token than the one of who leads in the data that survive. */
bool lead_holds(const struct coordinator *c);
/* stand by, lead when the lease can be had */
void lead_start(struct coordinator *c);
/* Begin nothing new, hand the lease back, if it is ours, then stop the loop. Twice: stop it at
 * once. */
void lead_stop(struct coordinator *c);
/* While stopping: if nothing is under way any more. A job must not write when another one leads,
 * and a lease that was asked for must not stay behind. */
void lead_hand_back(struct coordinator *c);

/* --- jobs.c --- */

void jobs_init(struct coordinator *c);
void jobs_start(struct coordinator *c);
void jobs_stop(struct coordinator *c);
bool jobs_run(const struct coordinator *c);

#endif
