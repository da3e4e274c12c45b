/*
 * job_pace.c -- what a dollar is worth to each budget that money moves in (core/pace.h), org by
 * org, a batch of each at a time, one after the other.
 *
 * All that it knows lies in Redis, so that the next leader goes on where this one ended.
 */
#include "base/log.h"
#include "coord/coordinator.h"
#include "store/pace.h"
#include "store/payer.h"

struct round {
	struct job *job;
	struct arena arena; /* of the list of orgs */
	struct str *orgs;
	size_t n_orgs, org;
	struct arena batch; /* of names of one org's budgets */
	struct str *names;
	size_t n_names, name;
	int64_t from;        /* where the batch begins */
	struct paced budget; /* the one that is looked at */
};

static void next_org(struct round *r);
static void next_batch(struct round *r);
static void next_budget(struct round *r);

static void end_round(struct round *r)
{
	struct job *j = r->job;

	arena_release(&r->arena);
	arena_release(&r->batch);
	free(r);
	job_done(j);
}

static struct str *copy_list(struct arena *a, size_t n, const struct str *list)
{
	struct str *copy = ARENA_ARRAY(a, struct str, n + 1);

	for (size_t i = 0; copy && i < n; i++)
		copy[i] = arena_str(a, list[i]);
	return a->full ? NULL : copy;
}

/* --- one budget --- */

static void drop(struct round *r)
{
	paced_drop(&r->job->coordinator->store, r->orgs[r->org], r->names[r->name]);
}

static void done_with_budget(struct round *r)
{
	r->name++;
	next_budget(r);
}

static void written(void *who, enum pace_end end)
{
	struct round *r = who;

	if (end == PACE_FENCED) {
		log_say(LOG_WARN, "fenced", "a newer leader paces budgets");
		end_round(r);
		return;
	}
	if (end == PACE_GONE)
		drop(r);
	done_with_budget(r);
}

static void seen(void *who, bool ok, const struct pace_seen *seen, const struct pace *pace)
{
	struct round *r = who;
	struct coordinator *c = r->job->coordinator;
	struct pace next = *pace;
	int64_t micros;

	if (!ok || seen->limit_nanos < 0 || !job_may_write(r->job)) {
		done_with_budget(r);
		return;
	}
	micros = pace_tick(&next, seen);
	pace_write(&c->store, c->token, &r->budget, &next, micros, written, r);
}

/* the next one whose period is not over */
static bool find_budget(struct round *r)
{
	int64_t now_us = store_now_us(&r->job->coordinator->store);

	for (; r->name < r->n_names; r->name++) {
		if (paced_of(r->orgs[r->org], r->names[r->name], &r->budget) &&
		    now_us < r->budget.span.end_us)
			return true;
		drop(r);
	}
	return false;
}

static void next_budget(struct round *r)
{
	if (job_may_write(r->job) && find_budget(r))
		pace_read(&r->job->coordinator->store, &r->budget, seen, r);
	else
		next_batch(r);
}

/* --- all of them --- */

static void listed(void *who, bool ok, size_t n, const struct str *names)
{
	struct round *r = who;

	arena_reset(&r->batch);
	r->names = ok ? copy_list(&r->batch, n, names) : NULL;
	if (!r->names || n == 0) {
		r->org++;
		next_org(r);
		return;
	}
	r->n_names = n;
	r->name = 0;
	next_budget(r);
}

static void next_batch(struct round *r)
{
	struct coordinator *c = r->job->coordinator;

	if (!job_may_write(r->job)) {
		end_round(r);
		return;
	}
	/* what was dropped meanwhile moves the others: those that are missed come next time */
	r->from += (int64_t)r->n_names;
	paced_list(&c->store, r->orgs[r->org], r->from, c->settings->coordinator_pace_batch, listed,
		   r);
}

static void next_org(struct round *r)
{
	if (r->org == r->n_orgs) {
		end_round(r);
		return;
	}
	r->from = 0;
	r->n_names = 0;
	next_batch(r);
}

static void got_orgs(void *who, bool ok, size_t n, const struct str *orgs)
{
	struct round *r = who;

	r->orgs = ok ? copy_list(&r->arena, n, orgs) : NULL;
	r->n_orgs = r->orgs ? n : 0;
	next_org(r);
}

void job_pace(struct job *j)
{
	struct round *r = calloc(1, sizeof(*r));

	if (!r) {
		job_done(j);
		return;
	}
	r->job = j;
	arena_init(&r->arena, 16 << 20);
	arena_init(&r->batch, 16 << 20);
	record_list(&j->coordinator->store, STR_NONE, SCOPE_org, got_orgs, r);
}
