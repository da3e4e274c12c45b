/*
 * job_expire.c -- overdue reservations to suspense (rule R5), org by org, a batch
 * of each at a time, one after the other.
 */
#include "base/log.h"
#include "coord/coordinator.h"
#include "store/books.h"
#include "store/payer.h"

struct round {
	struct job *job;
	struct arena arena;  /* of the list of orgs */
	struct str *orgs;
	size_t n_orgs, org;
	struct arena batch;  /* of one org's request ids */
	struct str *rids;
	size_t n_rids, rid;
};

static void next_org(struct round *r);

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

static void next_rid(struct round *r);

static void expired(void *who, enum expire_end end, int64_t nanos)
{
	struct round *r = who;

	if (end == EXPIRE_OK)
		log_say(LOG_WARN, "expired", "%.*s: %lld nano-dollars to suspense",
			STR_ARG(r->rids[r->rid]), (long long)nanos);
	/* one that cannot be read must not keep the others: it is the first of every round */
	r->rid++;
	next_rid(r);
}

static void next_rid(struct round *r)
{
	struct coordinator *c = r->job->coordinator;

	if (r->rid == r->n_rids) {
		r->org++;
		next_org(r);
		return;
	}
	books_expire(&c->store, r->orgs[r->org], r->rids[r->rid], expired, r);
}

static void overdue(void *who, bool ok, size_t n, const struct str *rids)
{
	struct round *r = who;

	arena_reset(&r->batch);
	r->rids = ok ? copy_list(&r->batch, n, rids) : NULL;
	if (!r->rids) {
		end_round(r);
		return;
	}
	r->n_rids = n;
	r->rid = 0;
	next_rid(r);
}

static void next_org(struct round *r)
{
	struct coordinator *c = r->job->coordinator;

	if (r->org == r->n_orgs || !job_may_write(r->job)) {
		end_round(r);
		return;
	}
	books_overdue(&c->store, r->orgs[r->org], (uint32_t)c->settings->coordinator_expire_batch,
		      overdue, r);
}

static void got_orgs(void *who, bool ok, size_t n, const struct str *orgs)
{
	struct round *r = who;

	r->orgs = ok ? copy_list(&r->arena, n, orgs) : NULL;
	r->n_orgs = r->orgs ? n : 0;
	next_org(r);
}

void job_expire(struct job *j)
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
