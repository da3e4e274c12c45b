/* oracle_settle.c -- settle, expire, renew. */
#include "lua/oracle.h"

#define MINUTE_US 60000000LL

static void move(struct oracle *o, const struct held *h, int64_t spent, int64_t reserved,
		 int64_t suspense)
{
	struct cells cells;

	oracle_record_of(o, h, SCOPE_key)->charged += spent;
	held_budgets(h, &cells);
	for (size_t i = 0; i < cells.n; i++) {
		struct oracle_budget *b = oracle_budget(o, h, &cells.cell[i]);

		b->spent += spent;
		b->reserved += reserved;
		b->suspense += suspense;
	}
}

static bool has_estimate(const struct oracle_reservation *r)
{
	for (int i = 1; i <= ATTEMPTS_MAX; i++)
		if (r->attempt[i].estimated)
			return true;
	return false;
}

/* the request is over: where it is from now on, and until when */
static void end(struct oracle *o, struct oracle_reservation *r)
{
	r->state = oracle_in_suspense(r) ? 'X' : 'F';
	r->dies_us = 0;
	if (r->state == 'F')
		r->dies_us = o->now_us + (has_estimate(r) ? o->estimate_us : o->tombstone_us);
}

static void suspend(const struct oracle *o, struct oracle_attempt *a)
{
	a->state = 'X';
	a->suspended_us = o->now_us;
}

static void suspend_open(struct oracle *o, struct oracle_reservation *r, const struct held *h)
{
	for (int i = 1; i <= ATTEMPTS_MAX; i++) {
		struct oracle_attempt *a = &r->attempt[i];

		if (a->state != 'O')
			continue;
		suspend(o, a);
		move(o, h, 0, -a->reserved, a->reserved);
	}
}

static void leave(struct oracle *o, const struct held *h)
{
	for (int s = 0; s < SCOPE_COUNT; s++)
		oracle_record_of(o, h, (enum scope)s)->live--;
}

static void correct_rates(struct oracle *o, const struct held *h, int64_t surplus_tokens)
{
	struct cells rates;

	held_rates(h, true, &rates);
	for (size_t i = 0; i < rates.n; i++) {
		enum scope s = rates.cell[i].scope;
		enum rate_kind k = rates.cell[i].rate;
		struct oracle_record *r = oracle_record_of(o, h, s);
		__int128 full = (__int128)r->limits.rate[k] * MINUTE_US;
		__int128 level = r->rate[k].level < full ? r->rate[k].level : full;

		if (r->limits.rate[k] <= 0)
			continue;
		level -= (__int128)(o->now_us - r->rate[k].at_us) * r->limits.rate[k];
		level = (level > 0 ? level : 0) + (__int128)surplus_tokens * MINUTE_US;
		level = level < full ? level : full;
		r->rate[k].level = level > 0 ? (int64_t)level : 0;
		r->rate[k].at_us = o->now_us;
	}
}

/* true: something changed */
static bool charge_known(struct oracle *o, const struct held *h, struct oracle_attempt *a,
			 const struct charge *c, int64_t *over_r)
{
	if (a->state == 'S') {
		if (!a->estimated || c->estimated)
			return false;
		move(o, h, c->cost_nanos - a->cost, 0, 0);
	} else {
		move(o, h, c->cost_nanos, a->state == 'O' ? -a->reserved : 0,
		     a->state == 'X' ? -a->reserved : 0);
		if (a->state && c->cost_nanos > a->reserved)
			*over_r = c->cost_nanos - a->reserved;
	}
	a->state = 'S';
	a->cost = c->cost_nanos;
	a->estimated = c->estimated;
	return true;
}

static bool charge_unknown(struct oracle *o, const struct held *h, struct oracle_attempt *a,
			   const struct charge *c)
{
	if (a->state == 'S' || a->state == 'X')
		return false;
	if (a->state == 0)
		a->reserved = c->cost_nanos;
	move(o, h, 0, a->state == 'O' ? -a->reserved : 0, a->reserved);
	suspend(o, a);
	return true;
}

enum settle_end oracle_settle(struct oracle *o, const struct held *h, const struct charge *c,
			      int64_t *over_r)
{
	struct oracle_reservation *r = oracle_find(o, held_org(h), str_of(h->rid));
	bool was_there = r != NULL, was_open = r && r->state == 'O', changed = false;

	*over_r = 0;
	if (!r && o->now_us - (c->since_us ? c->since_us : h->issued_us) > o->tombstone_us)
		return SETTLE_OLD;
	if (!r)
		r = oracle_make(o, h);
	if (c->attempt > 0 && c->unknown)
		changed = charge_unknown(o, h, &r->attempt[c->attempt], c);
	else if (c->attempt > 0)
		changed = charge_known(o, h, &r->attempt[c->attempt], c, over_r);
	if (changed && !c->unknown && c->task[0])
		r->rated_until_us = o->now_us + o->feedback_us;
	if (was_open && c->final) {
		suspend_open(o, r, h);
		leave(o, h);
		if (c->tokens_used >= 0)
			correct_rates(o, h, c->tokens_used - r->tokens);
		changed = true;
	}
	if (c->final && !r->ended)
		r->ended = changed = true;
	if (!was_there || (changed && (!was_open || c->final)))
		end(o, r);
	return changed || !was_there ? SETTLE_OK : SETTLE_AGAIN;
}

enum expire_end oracle_expire(struct oracle *o, struct str org, struct str rid, int64_t *nanos_r)
{
	struct oracle_reservation *r = oracle_find(o, org, rid);

	*nanos_r = 0;
	if (!r || r->state != 'O')
		return EXPIRE_NONE;
	if (r->deadline_us > o->now_us)
		return EXPIRE_EARLY;
	for (int i = 1; i <= ATTEMPTS_MAX; i++)
		if (r->attempt[i].state == 'O')
			*nanos_r += r->attempt[i].reserved;
	suspend_open(o, r, &r->held);
	leave(o, &r->held);
	end(o, r);
	return EXPIRE_OK;
}

void oracle_renew(struct oracle *o, const struct held *h)
{
	struct oracle_reservation *r = oracle_find(o, held_org(h), str_of(h->rid));
	int64_t deadline_us = o->now_us + h->ttl_ms * 1000;

	if (r && r->state == 'O' && deadline_us > r->deadline_us)
		r->deadline_us = deadline_us;
}
