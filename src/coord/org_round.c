/* org_round.c -- all orgs, one after the other. */
#include "coord/org_round.h"

#include "store/payer.h"

#define LIST_MEMORY ((size_t)16 << 20)

void org_round_end(struct org_round *r)
{
	struct job *j = r->job;

	arena_release(&r->of_orgs);
	arena_release(&r->of_names);
	free(r);
	job_done(j);
}

/* NULL: there was no answer, or no room */
static const struct str *copy_list(struct arena *a, bool ok, size_t n, const struct str *list)
{
	struct str *copy = ok ? ARENA_ARRAY(a, struct str, n + 1) : NULL;

	for (size_t i = 0; copy && i < n; i++)
		copy[i] = arena_str(a, list[i]);
	return a->full ? NULL : copy;
}

static void next_batch(struct org_round *r)
{
	if (r->at_org == r->n_orgs || !job_may_write(r->job)) {
		org_round_end(r);
		return;
	}
	r->org = r->orgs[r->at_org];
	r->steps->list(r);
}

static void next_org(struct org_round *r)
{
	r->at_org++;
	r->from = 0;
	next_batch(r);
}

static void end_batch(struct org_round *r)
{
	if (r->steps->one_batch) {
		next_org(r);
		return;
	}
	/* what left the list meanwhile moves the others: those that are missed come next time */
	r->from += (int64_t)r->n_names;
	next_batch(r);
}

static void look(struct org_round *r)
{
	for (; r->at_name < r->n_names && job_may_write(r->job); r->at_name++) {
		r->name = r->names[r->at_name];
		if (r->steps->look(r))
			return;
	}
	end_batch(r);
}

void org_round_next(struct org_round *r)
{
	r->at_name++;
	look(r);
}

void org_round_listed(void *who, bool ok, size_t n, const struct str *names)
{
	struct org_round *r = who;

	arena_reset(&r->of_names);
	r->names = copy_list(&r->of_names, ok, n, names);
	if (!r->names || n == 0) {
		next_org(r);
		return;
	}
	r->n_names = n;
	r->at_name = 0;
	look(r);
}

static void got_orgs(void *who, bool ok, size_t n, const struct str *orgs)
{
	struct org_round *r = who;

	r->orgs = copy_list(&r->of_orgs, ok, n, orgs);
	r->n_orgs = r->orgs ? n : 0;
	next_batch(r);
}

void org_round_begin(struct job *j, const struct org_round_steps *steps)
{
	struct org_round *r = calloc(1, sizeof(*r));

	if (!r) {
		job_done(j);
		return;
	}
	r->job = j;
	r->steps = steps;
	arena_init(&r->of_orgs, LIST_MEMORY);
	arena_init(&r->of_names, LIST_MEMORY);
	record_list(&j->coordinator->store, STR_NONE, SCOPE_org, got_orgs, r);
}
