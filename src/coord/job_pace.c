/*
 * job_pace.c -- what a dollar is worth to each budget that money moves in (core/pace.h).
 *
 * All that it knows lies in Redis, so that the next leader goes on where this one ended.
 */
#include "base/log.h"
#include "coord/org_round.h"
#include "store/pace.h"

static void list_paced(struct org_round *r)
{
	struct coordinator *c = r->job->coordinator;

	paced_list(&c->store, r->org, r->from, c->settings->coordinator_pace_batch,
		   org_round_listed, r);
}

static void drop(struct org_round *r)
{
	struct coordinator *c = r->job->coordinator;

	if (job_may_write(r->job))
		paced_drop(&c->store, &c->lease, r->org, r->name);
}

static void written(void *who, enum pace_end end)
{
	struct org_round *r = who;

	if (end == PACE_FENCED) {
		log_say(LOG_WARN, "fenced", "another one leads: pace");
		org_round_end(r);
		return;
	}
	if (end == PACE_GONE)
		drop(r);
	org_round_next(r);
}

static void seen(void *who, bool ok, const struct pace_seen *seen, const struct pace *pace)
{
	struct org_round *r = who;
	struct coordinator *c = r->job->coordinator;
	struct pace next = *pace;
	struct paced budget;
	int64_t micros;

	if (!ok || seen->limit_nanos < 0 || !job_may_write(r->job) ||
	    !paced_of(r->org, r->name, &budget)) {
		org_round_next(r);
		return;
	}
	micros = pace_tick(&next, seen);
	pace_write(&c->store, &c->lease, &budget, &next, micros, written, r);
}

/* unless its period is over */
static bool look_at_budget(struct org_round *r)
{
	struct store *s = &r->job->coordinator->store;
	struct paced budget;

	if (!paced_of(r->org, r->name, &budget) || store_now_us(s) >= budget.span.end_us) {
		drop(r);
		return false;
	}
	pace_read(s, &budget, seen, r);
	return true;
}

void job_pace(struct job *j)
{
	static const struct org_round_steps steps = { .list = list_paced, .look = look_at_budget };

	org_round_begin(j, &steps);
}
