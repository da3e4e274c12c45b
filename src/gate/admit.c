/*
 * admit.c -- may it, and who pays? One round trip: limits are checked, and money
 * is reserved for the first candidate that every budget can pay for.
 */
#include "core/price.h"
#include "core/sideline.h"
#include "gate/denial.h"
#include "gate/request.h"
#include "gate/without_redis.h"

/* after a failover it is asked again so often */
#define BARRIER_US 25000

/* how often a copy of the records, or the period, may turn out to be old */
#define MOST_ASKED 4

/* A breaker that is open must not be what refuses a request: there may be enough for those that it
 * keeps away from. */
static bool goes_on_with_all(struct request *r, const struct verdict *v)
{
	return v->kind == VERDICT_BUDGET && !r->panic && sideline_left_any(r->plan);
}

static void deny(struct request *r, const struct verdict *v)
{
	struct fault f;

	if (goes_on_with_all(r, v)) {
		r->panic = true;
		request_go(r, STEP_plan);
		return;
	}
	stats_count(&r->worker->stats, denial_counter(v));
	denial_fault(v, &r->payer, &f);
	request_fail(r, &f);
}

static void renew(void *who)
{
	struct request *r = who;
	struct loop *l = r->worker->loop;

	books_renew(&r->worker->store, &r->held);
	timer_set(l, &r->renew, loop_now_us(l) + r->held.ttl_ms * 1000 / 3);
}

static void admitted(struct request *r, const struct verdict *v)
{
	struct worker *w = r->worker;

	r->barrier_until_us = 0;
	if (!r->admitted_here)
		escrow_admitted(w->shared->escrow, &r->payer, v->reserved_nanos);
	if (v->pace_micros >= 0)
		payers_saw_pace(w->payers, str_of(r->org), str_of(r->key), v->pace_micros);
	r->downgraded = v->chosen > 0;
	if (r->downgraded)
		stats_count(&w->stats, COUNT_downgraded);
	if (v->max_tokens < r->plan->candidates[v->chosen].max_tokens)
		stats_count(&w->stats, COUNT_clamped);
	r->tokens_counted = r->plan->candidates[v->chosen].input_bound +
			    r->plan->candidates[v->chosen].choices * v->max_tokens;
	rejoin_hold(r);
	r->renew = (struct timer){ .fire = renew, .who = r };
	timer_set(w->loop, &r->renew, loop_now_us(w->loop) + r->held.ttl_ms * 1000 / 3);
	request_go(r, STEP_call);
}

/* --- the end of a failover --- */

bool admit_wait(struct request *r, void (*then)(void *who))
{
	struct worker *w = r->worker;
	int64_t now_us = loop_now_us(w->loop);

	if (!r->barrier_until_us) {
		stats_count(&w->stats, COUNT_barrier_waits);
		r->barrier_until_us = now_us + w->settings->redis_failover_wait_ms * 1000;
	}
	if (now_us >= r->barrier_until_us)
		return false;
	r->wait = (struct timer){ .fire = then, .who = r };
	timer_set(w->loop, &r->wait, now_us + rnd_jitter(&w->rnd, BARRIER_US, 50));
	return true;
}

static void ask(struct request *r);

static void ask_again(void *who)
{
	ask(who);
}

static void wait_for_barrier(struct request *r)
{
	const struct verdict v = { .kind = VERDICT_BARRIER };

	if (!admit_wait(r, ask_again))
		deny(r, &v);
}

/* --- asking --- */

/* Redis is away, or gave no answer: what was set aside before may pay. */
static void go_without(struct request *r)
{
	struct verdict v;

	without_redis_admit(r, &v);
	if (v.kind != VERDICT_OK) {
		deny(r, &v);
		return;
	}
	r->verdict = v;
	r->reserved = true;
	r->unbegun = v.attempt;
	admitted(r, &v);
}

static void answered(void *who, const struct verdict *said)
{
	struct request *r = who;
	struct worker *w = r->worker;
	const struct verdict *v = &r->verdict;

	r->verdict = *said;
	rejoin_hear(r, &r->verdict);
	/* without an answer the reservation may be there: only a settle makes sure that it is not
	 */
	r->reserved = v->kind == VERDICT_OK || (v->kind == VERDICT_NO_STORE && !v->unsent);
	if (r->reserved)
		r->unbegun = v->attempt;
	else
		journal_done(w->journal, r->rid);
	if (!request_woken(r))
		return;
	switch (v->kind) {
	case VERDICT_OK: admitted(r, v); break;
	case VERDICT_NO_STORE: go_without(r); break;
	case VERDICT_STALE:
		stats_count(&w->stats, COUNT_stale);
		if (++r->asked < MOST_ASKED)
			request_go(r, STEP_identify);
		else
			deny(r, v);
		break;
	case VERDICT_PERIOD:
		if (++r->asked < MOST_ASKED)
			ask(r);
		else
			deny(r, v);
		break;
	case VERDICT_BARRIER: wait_for_barrier(r); break;
	default: deny(r, v);
	}
}

static void ask(struct request *r)
{
	struct worker *w = r->worker;
	int64_t now_us = r->verdict.now_us ? r->verdict.now_us : store_now_us(&w->store);
	struct fault f;

	if (!rejoin_is_over(w, str_of(r->org))) {
		wait_for_barrier(r);
		return;
	}
	books_open(&r->held, str_of(r->rid), str_of(w->shared->incarnation), &r->payer, &w->periods,
		   now_us, r->settings->gateway_reservation_time_ms);
	if (!journal_admit(w->journal, &r->held)) {
		fault_set(&f, ERR_STORE, "", "The journal cannot be written.");
		request_fail(r, &f);
		return;
	}
	request_wait(r);
	rejoin_ask(r);
	books_admit(&w->store, &r->held, r->plan, answered, r);
}

/* what is charged later must be kept until then, here and in the journal */
static bool is_behind(const struct worker *w)
{
	return w->settlements.n >= (uint64_t)w->settings->redis_waiting_settles;
}

void step_admit(struct request *r)
{
	static const struct verdict no = { .kind = VERDICT_NO_STORE };

	if (is_behind(r->worker))
		deny(r, &no);
	else if (without_redis_goes(r))
		go_without(r);
	else
		ask(r);
}
