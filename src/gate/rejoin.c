/*
 * rejoin.c -- tell again, org by org: that it begins, settles and requests in flight,
 * and that this was all.
 *
 * Everything told can be told twice. So when something has no answer, all requests
 * of the org are told anew; when the history changes meanwhile, everything is.
 * What Redis refuses with an error does not keep the org closed: it is tried again
 * while admissions go on.
 */
#include "gate/rejoin.h"

#include "base/ablation.h"
#include "base/log.h"
#include "gate/request.h"

#define AT_ONCE  64
#define RETRY_US 100000
/* A node of a Cluster may take an org over that nobody asks for here; others wait to hear of us. */
#define LOOK_US 100000
/* when there are more orgs, those are dropped in which nothing was done for as long as settles are
 * kept */
#define ORGS_TO_SWEEP 1024

/* a question under way: of a history, which may be over when the answer comes */
struct told {
	struct worker *worker;
	struct org_history *org;
	uint32_t round;
};

struct org_history *rejoin_used(struct worker *w, struct str org)
{
	int64_t now_us = loop_now_us(w->loop);
	struct histories *all = &w->rejoin.histories;

	if (HASH_COUNT(all->orgs) >= ORGS_TO_SWEEP && !histories_find(all, org))
		histories_sweep(all, now_us - KEPT_WINDOWS_MOST * w->store.loss_window_us);
	if (!timer_is_set(&w->rejoin.look))
		timer_set(w->loop, &w->rejoin.look, now_us + LOOK_US);
	return histories_note(all, &w->store, org, now_us);
}

/* --- the end --- */

static void try_later(struct worker *w)
{
	struct rejoin *j = &w->rejoin;

	if (!timer_is_set(&j->retry))
		timer_set(w->loop, &j->retry, loop_now_us(w->loop) + RETRY_US);
}

static void finish(struct worker *w, struct org_history *o)
{
	struct rejoin *j = &w->rejoin;

	o->telling = (struct telling){ .round = o->telling.round };
	o->holders--;
	if (--j->n_orgs > 0)
		return;
	log_say(LOG_INFO, "redis_rejoined",
		"worker %u: %u settles and %u requests in flight of %u orgs are told again, after "
		"%lld ms",
		w->index, j->settles, j->requests, j->orgs,
		(long long)((loop_now_us(w->loop) - j->began_us) / 1000));
}

static void say(struct worker *w, struct org_history *o, bool all);

/* everything has an answer */
static void pass_ended(struct worker *w, struct org_history *o)
{
	struct telling *t = &o->telling;

	if (t->lost) {
		try_later(w);
	} else if (!t->said) {
		t->said = true;
		say(w, o, true);
	} else if (t->refused) {
		t->closed = false;
		try_later(w);
	} else {
		finish(w, o);
	}
}

static void look_whether_all(struct worker *w, struct org_history *o)
{
	const struct telling *t = &o->telling;

	if (t->goes_on && t->settles == 0 && t->requests == 0 && t->under_way == 0)
		pass_ended(w, o);
}

void rejoin_settled(struct worker *w, struct org_history *o)
{
	if (!w->closing)
		look_whether_all(w, o);
}

/* --- questions --- */

static struct told *ask(struct worker *w, struct org_history *o)
{
	struct told *q = store_waiting(sizeof(*q));

	*q = (struct told){ .worker = w, .org = o, .round = o->telling.round };
	o->holders++;
	o->telling.under_way++;
	return q;
}

static void answered(struct told *q, enum reassert_end end)
{
	struct worker *w = q->worker;
	struct org_history *o = q->org;
	struct telling *t = &o->telling;
	bool present = q->round == t->round;

	free(q);
	o->holders--;
	if (!present || w->closing)
		return;
	t->under_way--;
	t->lost |= end == REASSERT_LOST;
	t->refused |= end == REASSERT_REFUSED;
	look_whether_all(w, o);
}

static void on_said(void *who, enum reassert_end end)
{
	answered(who, end);
}

static void say(struct worker *w, struct org_history *o, bool all)
{
	books_rejoin(&w->store, str_of(o->org), all, on_said, ask(w, o));
}

/* --- requests in flight --- */

static void assert_next(struct worker *w);

static void on_asserted(void *who, enum reassert_end end, int64_t missing_nanos)
{
	struct told *q = who;
	struct worker *w = q->worker;

	(void)missing_nanos;
	w->rejoin.under_way--;
	answered(q, end);
	if (!w->closing)
		assert_next(w);
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
		       ask(r->worker, r->history));
}

static void take_off(struct request *r)
{
	TAILQ_REMOVE(&r->worker->rejoin.untold, r, telling);
	r->untold = false;
	r->history->telling.requests--;
}

static void assert_next(struct worker *w)
{
	struct rejoin *j = &w->rejoin;
	struct request *r;

	while (j->under_way < AT_ONCE && (r = TAILQ_FIRST(&j->untold))) {
		take_off(r);
		j->under_way++;
		assert_request(r);
	}
}

void rejoin_hold(struct request *r)
{
	if (r->history)
		return;
	r->history = rejoin_used(r->worker, str_of(r->org));
	r->history->holders++;
}

void rejoin_ask(struct request *r)
{
	rejoin_hold(r);
	r->round = r->history->telling.round;
}

void rejoin_hear(struct request *r, struct verdict *v)
{
	if (v->kind != VERDICT_OK)
		return;
	rejoin_is_over(r->worker, str_of(r->org));
	if (r->round != r->history->telling.round)
		*v = (struct verdict){ .kind = VERDICT_NO_STORE, .attempt = v->attempt };
}

void rejoin_forget(struct request *r)
{
	struct org_history *o = r->history;

	if (!o)
		return;
	if (r->untold) {
		take_off(r);
		rejoin_settled(r->worker, o);
	}
	r->history = NULL;
	o->holders--;
}

/* those that are admitted and whose end is not yet on its way */
static void list_requests(struct worker *w, struct org_history *o)
{
	struct request *r;

	TAILQ_FOREACH (r, &w->requests, next) {
		bool runs = r->step == STEP_call || r->step == STEP_relay;

		if (!r->reserved || r->admitted_here || !runs || r->untold || r->history != o ||
		    ablated(ABLATE_kept))
			continue;
		r->untold = true;
		o->telling.requests++;
		w->rejoin.requests++;
		TAILQ_INSERT_TAIL(&w->rejoin.untold, r, telling);
	}
}

/* --- step by step --- */

static void tell(struct worker *w, struct org_history *o)
{
	struct telling *t = &o->telling;

	t->lost = t->refused = t->said = false;
	say(w, o, false);
	list_requests(w, o);
	assert_next(w);
}

/* Whatever is confirmed from here on is confirmed in the present history, or that has changed
 * again. */
static void begin(struct worker *w, struct org_history *o)
{
	struct rejoin *j = &w->rejoin;
	struct telling *t = &o->telling;

	if (!t->goes_on)
		o->holders++;
	if (!t->goes_on && j->n_orgs++ == 0) {
		j->began_us = loop_now_us(w->loop);
		j->orgs = j->settles = j->requests = 0;
		stats_count(&w->stats, COUNT_histories);
		log_say(LOG_WARN, "redis_history",
			"worker %u: Redis' data have another history; what is held is told again",
			w->index);
	}
	j->orgs += !t->goes_on;
	history_take(o, &w->store, loop_now_us(w->loop));
	*t = (struct telling){
		.closed = true, .goes_on = true, .round = t->round, .requests = t->requests
	};
	if (!ablated(ABLATE_kept))
		settlements_again(w, o);
	tell(w, o);
}

static void again(void *who)
{
	struct worker *w = who;

	if (w->closing)
		return;
	rejoin_look(w);
	for (struct org_history *o = w->rejoin.histories.orgs; o; o = o->hh.next)
		if ((o->telling.lost || o->telling.refused) && o->telling.under_way == 0)
			tell(w, o);
}

void rejoin_look(struct worker *w)
{
	if (w->closing)
		return;
	for (struct org_history *o = w->rejoin.histories.orgs; o; o = o->hh.next)
		if (history_changed(o, &w->store))
			begin(w, o);
}

static void look(void *who)
{
	struct worker *w = who;

	rejoin_look(w);
	if (!w->closing)
		timer_set(w->loop, &w->rejoin.look, loop_now_us(w->loop) + LOOK_US);
}

/* An org that is new to us may be so because all that was done in it is lost: then those who did
 * it have as long as where their names are lost (lua/include/barrier.lua). */
bool rejoin_is_over(struct worker *w, struct str org)
{
	struct histories *all = &w->rejoin.histories;
	struct org_history *o = histories_find(all, org);

	if (!o || !o->history[0])
		return !histories_is_new(all, &w->store, org,
					 loop_now_us(w->loop) - w->store.grace_us / 4);
	if (!w->closing && history_changed(o, &w->store))
		begin(w, o);
	return !o->telling.closed;
}

/* --- its life --- */

void rejoin_init(struct worker *w)
{
	TAILQ_INIT(&w->rejoin.untold);
	w->rejoin.retry = (struct timer){ .fire = again, .who = w };
	w->rejoin.look = (struct timer){ .fire = look, .who = w };
}

void rejoin_release(struct worker *w)
{
	if (w->loop) {
		timer_cancel(w->loop, &w->rejoin.retry);
		timer_cancel(w->loop, &w->rejoin.look);
	}
	histories_release(&w->rejoin.histories);
}
