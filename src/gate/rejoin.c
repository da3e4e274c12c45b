/*
 * rejoin.c -- tell again: settles, then requests in flight, then org by org that
 * this was all.
 *
 * Everything told can be told twice. So when any of it has no answer, or the
 * connection breaks, it begins anew.
 */
#include "gate/rejoin.h"

#include "base/ablation.h"
#include "base/log.h"
#include "gate/request.h"

#define AT_ONCE  64
#define RETRY_US 100000
/* when there are more orgs, those are dropped in which nothing was done lately */
#define ORGS_TO_SWEEP 1024
/* of redis.loss_window, that an org is remembered without being used: as long as settles are kept
 */
#define ORG_WINDOWS 10

void rejoin_used(struct worker *w, struct str org)
{
	int64_t now_us = loop_now_us(w->loop);
	struct rejoin *j = &w->rejoin;

	if (HASH_COUNT(j->histories.orgs) >= ORGS_TO_SWEEP && j->over)
		histories_sweep(&j->histories, now_us - ORG_WINDOWS * w->store.loss_window_us);
	histories_note(&j->histories, &w->store, org, now_us);
}

/* --- the end --- */

static void fail(struct worker *w)
{
	struct rejoin *j = &w->rejoin;

	j->failed = true;
	if (!timer_is_set(&j->retry))
		timer_set(w->loop, &j->retry, loop_now_us(w->loop) + RETRY_US);
}

static void finish(struct worker *w)
{
	struct rejoin *j = &w->rejoin;

	if (histories_changed(&j->histories, &w->store)) {
		fail(w);
		return;
	}
	j->over = true;
	log_say(LOG_INFO, "redis_rejoined",
		"worker %u: %u settles and %u requests in flight are told again, after %lld ms",
		w->index, j->n_settles, j->n_requests,
		(long long)((loop_now_us(w->loop) - j->began_us) / 1000));
}

static void on_rejoined(void *who, bool ok)
{
	struct worker *w = who;

	w->rejoin.under_way--;
	if (!ok)
		fail(w);
	rejoin_go_on(w);
}

/* --- requests in flight --- */

static void on_asserted(void *who, enum reassert_end end, int64_t missing_nanos)
{
	struct worker *w = who;

	(void)missing_nanos;
	w->rejoin.under_way--;
	if (end == REASSERT_LOST)
		fail(w);
	rejoin_go_on(w);
}

static void assert_request(struct request *r)
{
	const struct attempt *a = r->attempt;
	struct open_attempt open = { 0 };
	size_t n = 0;

	if (a && !a->settled && !a->escrow[0]) {
		open.attempt = a->number;
		open.reserved_nanos = a->reserved_nanos;
		n = 1;
	}
	books_reassert(&r->worker->store, &r->held, r->tokens_counted, n, &open, on_asserted,
		       r->worker);
}

void rejoin_forget(struct request *r)
{
	if (!r->untold)
		return;
	TAILQ_REMOVE(&r->worker->rejoin.untold, r, telling);
	r->untold = false;
}

/* those that are admitted and whose end is not yet on its way */
static void list_requests(struct worker *w)
{
	struct request *r;

	TAILQ_FOREACH (r, &w->requests, next) {
		bool runs = r->step == STEP_call || r->step == STEP_relay;

		if (!r->reserved || r->admitted_here || !runs || r->untold || ablated(ABLATE_kept))
			continue;
		r->untold = true;
		w->rejoin.n_requests++;
		TAILQ_INSERT_TAIL(&w->rejoin.untold, r, telling);
	}
}

/* --- step by step --- */

void rejoin_go_on(struct worker *w)
{
	struct rejoin *j = &w->rejoin;
	struct request *r;

	if (j->over || j->failed || w->closing)
		return;
	while (j->under_way < AT_ONCE && (r = TAILQ_FIRST(&j->untold))) {
		rejoin_forget(r);
		j->under_way++;
		assert_request(r);
	}
	if (!TAILQ_EMPTY(&j->untold) || w->settlements.before > 0)
		return;
	while (j->under_way < AT_ONCE && j->untold_org) {
		struct str org = str_of(j->untold_org->org);

		j->untold_org = j->untold_org->hh.next;
		j->under_way++;
		books_rejoin(&w->store, org, on_rejoined, w);
	}
	if (j->under_way == 0)
		finish(w);
}

static void tell_all(struct worker *w)
{
	struct rejoin *j = &w->rejoin;

	if (j->under_way > 0) {
		/* answers of the last try are still to come */
		fail(w);
		return;
	}
	j->failed = false;
	j->untold_org = j->histories.orgs;
	list_requests(w);
	rejoin_go_on(w);
}

/* Whatever is confirmed from here on is confirmed in the present history, or that has changed
 * again. */
static void begin(struct worker *w)
{
	histories_take(&w->rejoin.histories, &w->store);
	if (!ablated(ABLATE_kept))
		settlements_again(w);
	w->rejoin.n_settles = w->settlements.before;
	w->rejoin.n_requests = 0;
	tell_all(w);
}

static void again(void *who)
{
	struct worker *w = who;

	if (w->rejoin.over || w->closing)
		return;
	if (histories_changed(&w->rejoin.histories, &w->store))
		begin(w);
	else
		tell_all(w);
}

bool rejoin_is_over(struct worker *w)
{
	struct rejoin *j = &w->rejoin;

	if (!j->over || w->closing || !histories_changed(&j->histories, &w->store))
		return j->over;
	j->over = false;
	j->began_us = loop_now_us(w->loop);
	stats_count(&w->stats, COUNT_histories);
	log_say(LOG_WARN, "redis_history",
		"worker %u: Redis' data have another history; what is held is told again",
		w->index);
	begin(w);
	return j->over;
}

/* --- its life --- */

void rejoin_init(struct worker *w)
{
	TAILQ_INIT(&w->rejoin.untold);
	w->rejoin.over = true;
	w->rejoin.retry = (struct timer){ .fire = again, .who = w };
}

void rejoin_release(struct worker *w)
{
	if (w->loop)
		timer_cancel(w->loop, &w->rejoin.retry);
	histories_release(&w->rejoin.histories);
}
