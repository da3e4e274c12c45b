/*
 * job_rollup.c -- what is new in the ledgers is counted into usage by hour and day
 * (store/rollup.h), an org at a time, its hours one after the other.
 */
#include "base/log.h"
#include "coord/org_round.h"
#include "store/rollup.h"

static void rolled(void *who, enum rollup_end end, int64_t next_us);

static void roll(struct org_round *r, int64_t at_us)
{
	struct coordinator *c = r->job->coordinator;
	const struct rollup_conf conf = {
		.entries = c->settings->coordinator_rollup_batch,
		.rows = c->settings->coordinator_rollup_rows,
		.hours_ms = c->settings->coordinator_rollup_hours_ms,
		.days_ms = c->settings->coordinator_rollup_days_ms,
	};

	usage_roll(&c->store, &c->lease, r->org, at_us, &conf, rolled, r);
}

static void rolled(void *who, enum rollup_end end, int64_t next_us)
{
	struct org_round *r = who;

	if (end == ROLLUP_FENCED) {
		log_say(LOG_WARN, "fenced", "another one leads: rollup");
		org_round_end(r);
	} else if (next_us && job_may_write(r->job)) {
		roll(r, next_us);
	} else {
		org_round_next(r);
	}
}

/* there is one thing to look at in each: its ledger */
static void list_ledger(struct org_round *r)
{
	static const struct str ledger = { "ledger", 6 };

	org_round_listed(r, true, 1, &ledger);
}

static bool look_at_ledger(struct org_round *r)
{
	roll(r, store_now_us(&r->job->coordinator->store));
	return true;
}

void job_rollup(struct job *j)
{
	static const struct org_round_steps steps = { .list = list_ledger,
						      .look = look_at_ledger,
						      .one_batch = true };

	org_round_begin(j, &steps);
}
