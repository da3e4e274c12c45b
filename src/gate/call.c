/*
 * call.c -- call vendors until one gives content: retry, the next candidate, or
 * the end.
 *
 * Every further attempt is reserved before it is sent. Once content has gone to
 * the client there is no way back: the answer must come from this vendor or break
 * off for all to see.
 */
#include "core/fault_rules.h"
#include "core/retry.h"
#include "gate/failure.h"
#include "gate/probe.h"
#include "gate/request.h"
#include "gate/without_redis.h"

void step_call(struct request *r)
{
	r->attempts_here = 1;
	attempt_begin(r, r->verdict.chosen, r->verdict.attempt);
}

/* The walk in Redis takes a plan; asking one candidate again is a plan of one. */
static const struct plan *plan_of_one(struct request *r, uint32_t candidate)
{
	struct plan *one = ARENA_NEW(&r->arena, struct plan);

	if (one) {
		one->candidates[0] = r->plan->candidates[candidate];
		one->n = 1;
	}
	return one;
}

static void give_up(struct request *r)
{
	struct fault f;

	failure_fault(r, r->attempt, &f);
	request_fail(r, &f);
}

static void try_again(void *who);
static void try_other(void *who);

static void extended(struct request *r, const struct verdict *said, bool again)
{
	struct verdict heard = *said, here;
	const struct verdict *v = &heard;
	uint32_t candidate;

	rejoin_hear(r, &heard);
	/* as with admission: no answer may mean that it is reserved */
	if (v->kind == VERDICT_OK || (v->kind == VERDICT_NO_STORE && !v->unsent))
		r->unbegun = v->attempt;
	if (!request_woken(r))
		return;
	if (v->kind == VERDICT_BARRIER) {
		r->held.attempts = v->attempt - 1;
		if (!admit_wait(r, again ? try_again : try_other))
			give_up(r);
		return;
	}
	if (v->kind == VERDICT_NO_STORE) {
		without_redis_extend(r, r->extending, r->extending_from, &here);
		v = &here;
	}
	if (v->kind != VERDICT_OK) {
		give_up(r);
		return;
	}
	r->barrier_until_us = 0;
	candidate = again ? r->attempt->index : v->chosen;
	r->unbegun = v->attempt;
	r->attempts_here = again ? r->attempts_here + 1 : 1;
	stats_count(&r->worker->stats, again ? COUNT_retries : COUNT_failovers);
	r->verdict.max_tokens = v->max_tokens;
	r->verdict.reserved_nanos = v->reserved_nanos;
	r->verdict.attempt = v->attempt;
	memcpy(r->verdict.escrow, v->escrow, sizeof(v->escrow));
	attempt_begin(r, candidate, v->attempt);
}

static void extended_again(void *who, const struct verdict *v)
{
	extended(who, v, true);
}

static void extended_other(void *who, const struct verdict *v)
{
	extended(who, v, false);
}

/* The journal first: after a crash, what it never heard of goes to suspense. */
static void reserve(struct request *r, const struct plan *plan, uint32_t from, books_verdict_f *fn)
{
	static const struct verdict nobody_asked = { .kind = VERDICT_NO_STORE };
	struct worker *w = r->worker;

	r->extending = plan;
	r->extending_from = from;
	if (plan && without_redis_goes(r)) {
		fn(r, &nobody_asked);
		return;
	}
	if (!rejoin_is_over(w, str_of(r->org))) {
		if (!admit_wait(r, fn == extended_again ? try_again : try_other))
			give_up(r);
		return;
	}
	if (!plan || !journal_extend(w->journal, r->rid, r->held.attempts + 1)) {
		give_up(r);
		return;
	}
	request_wait(r);
	rejoin_ask(r);
	books_extend(&w->store, &r->held, plan, from, fn, r);
}

static void try_again(void *who)
{
	struct request *r = who;

	reserve(r, plan_of_one(r, r->attempt->index), 0, extended_again);
}

static void try_other(void *who)
{
	struct request *r = who;

	reserve(r, r->plan, r->next_candidate, extended_other);
}

void attempt_failed(struct request *r)
{
	struct worker *w = r->worker;
	struct attempt *a = r->attempt;
	const struct retry_ask ask = {
		.policy = r->policy,
		.plan = r->plan,
		.fault = &a->fault,
		.candidate = a->index,
		.attempts = r->attempts,
		.attempts_here = r->attempts_here,
		.left_ms = request_left_ms(r),
	};
	struct retry_answer next;

	a->failed = true;
	probe_failed(r, a);
	stats_count(&w->stats, COUNT_attempts_failed);
	next = retry_decide(&ask, &w->rnd);
	if (r->head_sent || r->gone || next.next == NEXT_STOP || r->held.attempts >= ATTEMPTS_MAX) {
		give_up(r);
		return;
	}
	settle_attempt(r, a);
	buf_reset(&r->out);
	if (next.next == NEXT_OTHER) {
		r->next_candidate = next.candidate;
		try_other(r);
		return;
	}
	r->wait = (struct timer){ .fire = try_again, .who = r };
	timer_set(w->loop, &r->wait, loop_now_us(w->loop) + next.wait_ms * 1000);
}

void attempt_finished(struct request *r)
{
	struct attempt *a = r->attempt;

	a->over = true;
	if (a->gather && !r->gone && !gather_answer(a->gather, &a->scratch, &a->answer)) {
		fault_plain(&a->fault, ERR_VENDOR_GARBAGE, FAILOVER | HEALTH);
		attempt_failed(r);
		return;
	}
	request_go(r, r->step == STEP_call ? STEP_relay : STEP_settle);
}
