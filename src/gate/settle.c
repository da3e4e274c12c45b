/* settle.c -- every attempt is charged once, on every road after admission. */
#include "core/charge.h"
#include "core/dialect_util.h"
#include "core/tokens.h"
#include "gate/decided.h"
#include "gate/observe.h"
#include "gate/settlement.h"
#include "gate/without_redis.h"

/* what the ledger says of a request at its end */
static void note_end(const struct request *r, struct charge *c)
{
	c->failed = r->fault.code != ERR_OK && !r->gone;
	c->downgraded = r->downgraded;
}

/* without a settlement the journal's next replay charges it */
static void settle(struct request *r, struct charge *c)
{
	struct worker *w = r->worker;

	c->since_us = store_now_us(&w->store);
	if (c->final)
		note_end(r, c);
	/* without the record the journal's dispatch stands, and replay puts the money in suspense
	 */
	if (!journal_settle(w->journal, r->rid, c))
		stats_count(&w->stats, COUNT_journal_errors);
	settlement_send(w, &r->held, c);
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

/* What an attempt did not need, its slice can give to others at once. */
static void pay_from_escrow(struct request *r, struct charge *c, const char *escrow,
			    int64_t drawn_nanos)
{
	memcpy(c->escrow, escrow, sizeof(c->escrow));
	if (escrow[0] && !c->unknown)
		escrow_return(r->worker->shared->escrow, escrow, drawn_nanos - c->cost_nanos);
}

static void note_demand(struct request *r, const struct charge *c)
{
	if (!c->unknown)
		escrow_charged(r->worker->shared->escrow, &r->held, c->cost_nanos);
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
	pay_from_escrow(r, &c, a->escrow, a->reserved_nanos);
	note_demand(r, &c);
	count_charge(r, &c);
	settle(r, &c);
}

void settle_attempt(struct request *r, struct attempt *a)
{
	charge_attempt(r, a, false);
}

void settle_unbegun(struct request *r)
{
	struct charge c = { .attempt = r->unbegun, .tokens_used = -1 };

	settle(r, &c);
}

/* the request ends with an attempt that never began, or with nothing left to charge */
static void end_without_charge(struct request *r)
{
	const struct verdict *v = &r->verdict;
	struct charge c = { .attempt = r->unbegun,
			    .final = true,
			    .tokens_used = tokens_for_rate(r) };

	if (r->unbegun && r->unbegun == v->attempt)
		pay_from_escrow(r, &c, v->escrow, v->reserved_nanos);
	settle(r, &c);
}

void step_settle(struct request *r)
{
	struct attempt *a = r->attempt;
	bool charge_last = a && !a->settled;

	timer_cancel(r->worker->loop, &r->renew);
	if (charge_last)
		charge_attempt(r, a, !r->unbegun);
	if (!charge_last || r->unbegun)
		end_without_charge(r);
	without_redis_end(r);
	request_go(r, STEP_reply);
}
