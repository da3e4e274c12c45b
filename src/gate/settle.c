/*
 * settle.c -- every attempt is charged once, on every road after admission.
 *
 * The charge is journalled, then sent, and sent again until Redis confirms it. It
 * outlives its request: clients do not wait for bookkeeping.
 */
#include "base/log.h"
#include "core/charge.h"
#include "core/dialect_util.h"
#include "core/tokens.h"
#include "gate/decided.h"
#include "gate/observe.h"

#define FIRST_RETRY_US  100000
#define LONGEST_WAIT_US 5000000
/* Redis is asked for so many at a time: thousands at once would run into the deadline of a command,
 * and admissions behind them with them */
#define AT_ONCE         64

struct settlement {
	TAILQ_ENTRY(settlement) next;
	TAILQ_ENTRY(settlement) turn; /* while it waits for its turn to be sent */
	struct worker *worker;
	struct held held;
	struct charge charge;
	struct timer retry;
	int64_t wait_us;
	bool ends_request; /* once confirmed, the journal may forget the request */
};

static void confirmed(void *who, enum settle_end end, int64_t over_nanos);

static void send_settlement(void *who)
{
	struct settlement *s = who;
	struct worker *w = s->worker;

	if (w->closing)
		return;
	if (w->settles_sent >= AT_ONCE) {
		TAILQ_INSERT_TAIL(&w->unsent, s, turn);
		return;
	}
	w->settles_sent++;
	books_settle(&w->store, &s->held, &s->charge, confirmed, s);
}

static void send_next(struct worker *w)
{
	struct settlement *s = TAILQ_FIRST(&w->unsent);

	w->settles_sent--;
	if (!s)
		return;
	TAILQ_REMOVE(&w->unsent, s, turn);
	send_settlement(s);
}

static void forget(struct settlement *s)
{
	struct worker *w = s->worker;

	timer_cancel(w->loop, &s->retry);
	TAILQ_REMOVE(&w->settlements, s, next);
	w->settling--;
	free(s);
}

static void count_settled(struct settlement *s, enum settle_end end, int64_t over_nanos)
{
	struct stats *st = &s->worker->stats;

	if (end == SETTLE_OLD) {
		stats_count(st, COUNT_settle_old);
		log_say(LOG_WARN, "settle_old", "%s: too old to charge blindly, see the ledger",
			s->held.rid);
	}
	if (over_nanos > 0) {
		stats_count(st, COUNT_bound_violations);
		log_say(LOG_WARN, "bound_violation", "%s: %lld nano-dollars above the reservation",
			s->held.rid, (long long)over_nanos);
	}
}

/* An earlier attempt's charge may still be on its way: then that one ends the request. */
static bool hand_on_the_end(struct settlement *s)
{
	struct settlement *other;

	if (s->held.attempts < 2)
		return false;
	TAILQ_FOREACH(other, &s->worker->settlements, next) {
		if (other != s && strcmp(other->held.rid, s->held.rid) == 0) {
			other->ends_request = true;
			return true;
		}
	}
	return false;
}

static void confirmed(void *who, enum settle_end end, int64_t over_nanos)
{
	struct settlement *s = who;
	struct worker *w = s->worker;

	send_next(w);
	if (end == SETTLE_LOST) {
		stats_count(&w->stats, COUNT_settle_retries);
		timer_set(w->loop, &s->retry,
			  loop_now_us(w->loop) + rnd_jitter(&w->rnd, s->wait_us, 20));
		s->wait_us = s->wait_us * 2 < LONGEST_WAIT_US ? s->wait_us * 2 : LONGEST_WAIT_US;
		return;
	}
	count_settled(s, end, over_nanos);
	if (s->ends_request && !hand_on_the_end(s))
		journal_done(w->journal, s->held.rid);
	forget(s);
}

void settlements_forget(struct worker *w)
{
	while (!TAILQ_EMPTY(&w->settlements))
		forget(TAILQ_FIRST(&w->settlements));
}

static void settle(struct request *r, const struct charge *c)
{
	struct worker *w = r->worker;
	struct settlement *s = calloc(1, sizeof(*s));

	/* without the record the journal's dispatch stands, and replay puts the money in suspense */
	if (!journal_settle(w->journal, r->rid, c))
		stats_count(&w->stats, COUNT_journal_errors);
	if (!s) {
		log_say(LOG_ERROR, "out_of_memory", "%s: settled by the journal's next replay", r->rid);
		return;
	}
	*s = (struct settlement){ .worker = w, .held = r->held, .charge = *c,
				  .wait_us = FIRST_RETRY_US, .ends_request = c->final };
	s->retry = (struct timer){ .fire = send_settlement, .who = s };
	TAILQ_INSERT_TAIL(&w->settlements, s, next);
	w->settling++;
	send_settlement(s);
}

static void count_charge(struct request *r, const struct charge *c)
{
	struct stats *st = &r->worker->stats;

	stats_count(st, c->unknown ? COUNT_settled_unknown : COUNT_settled);
	if (c->estimated)
		stats_count(st, COUNT_settled_estimated);
	stats_add(st, COUNT_tokens_input, usage_input(&c->usage));
	stats_add(st, COUNT_tokens_output, usage_output(&c->usage));
	if (!c->unknown)
		stats_add(st, COUNT_spent_nanos, c->cost_nanos);
}

static int64_t tokens_for_rate(const struct request *r)
{
	return r->unknown_cost ? -1 : r->tokens_used;
}

/* A model may think and show nothing of it, and only the vendor's final count tells how much. */
static int64_t hidden_output(const struct request *r, const struct attempt *a)
{
	bool thinks = thinking_plan(&r->chat, a->candidate->target->model).on;

	return thinks && !a->shows_thinking ? a->max_tokens * r->chat.n : 0;
}

/* Of what the client saw something it can say how good it was; also of what it broke off. */
static bool answer_was_seen(const struct request *r)
{
	return r->fault.code == ERR_OK || (r->gone && r->head_sent);
}

/* the task as the catalog calls it */
static struct str task_name(const struct request *r)
{
	const struct catalog *c = r->catalog->catalog;

	return c->n_tasks ? c->tasks[catalog_task(c, r->facts.task.name)] : STR(TASK_OTHER);
}

static void charge_attempt(struct request *r, struct attempt *a, bool final)
{
	const struct target *t = a->candidate->target;
	const struct charge_ask ask = {
		.price = t->model->price,
		.tier = str_absent(a->tier) ? r->chat.service_tier : a->tier,
		.reserved_nanos = a->reserved_nanos,
		.unsent = a->unsent,
		.refused = a->refused,
		.accepted = a->head.status == 200,
		.whole = attempt_is_whole(a),
		.usage = a->usage,
		.likely_input = tokens_likely_input(&r->facts, &r->chat, t->model),
		.hidden_output = hidden_output(r, a),
		.text_bytes = a->text_bytes,
		.at_s = a->began_wall_s,
	};
	const struct charge_answer known = charge_decide(&ask);
	struct charge c = {
		.attempt = a->number,
		.cost_nanos = known.cost_nanos,
		.unknown = known.unknown,
		.estimated = known.estimated,
		.final = final,
		.usage = known.usage,
	};

	str_copy(c.vendor, sizeof(c.vendor), t->model->vendor);
	str_copy(c.model, sizeof(c.model), t->model->id);
	str_copy(c.endpoint, sizeof(c.endpoint), t->endpoint->name);
	a->settled = true;
	decided_tried(r, a, &c.usage);
	observe_attempt(r, a);
	if (!c.unknown)
		r->cost_nanos += c.cost_nanos;
	r->tokens_used += usage_input(&c.usage) + usage_output(&c.usage);
	r->unknown_cost |= c.unknown;
	if (final && answer_was_seen(r))
		str_copy(c.task, sizeof(c.task), task_name(r));
	c.tokens_used = tokens_for_rate(r);
	count_charge(r, &c);
	settle(r, &c);
}

void settle_attempt(struct request *r, struct attempt *a)
{
	charge_attempt(r, a, false);
}

void step_settle(struct request *r)
{
	struct attempt *a = r->attempt;
	bool charge_last = a && !a->settled;

	timer_cancel(r->worker->loop, &r->renew);
	if (charge_last)
		charge_attempt(r, a, !r->unbegun);
	if (!charge_last || r->unbegun) {
		/* the request ends with an attempt that never began, or with nothing left to charge */
		const struct charge c = { .attempt = r->unbegun, .final = true,
					  .tokens_used = tokens_for_rate(r) };

		settle(r, &c);
	}
	request_go(r, STEP_reply);
}
