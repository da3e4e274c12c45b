/* without_redis.c -- from a slice, or not at all. */
#include "gate/without_redis.h"

bool without_redis_goes(const struct request *r)
{
	return r->admitted_here || !redis_is_up(r->worker->store.redis);
}

bool without_redis_payer(struct request *r, struct payer *payer_r)
{
	return escrow_payer(r->worker->shared->escrow, str_of(r->org), str_of(r->key), payer_r);
}

/* what was drawn is not needed after all; begins: nor is the place of the request among those at
 * once */
static void put_back(struct request *r, const struct verdict *v, bool begins)
{
	struct escrow *e = r->worker->shared->escrow;

	escrow_return(e, v->escrow, v->reserved_nanos);
	escrow_settled(e, v->escrow);
	if (begins)
		escrow_left(e, &r->held);
}

/* Journalled before anything comes of it: what a crash leaves behind is settled from there. */
static bool write_down(struct request *r, bool admit, const struct verdict *v)
{
	struct journal *j = r->worker->journal;

	return (!admit || journal_admit(j, &r->held)) &&
	       journal_escrow(j, r->rid, v->attempt, v->escrow);
}

static void count_served(struct request *r, const struct verdict *v)
{
	struct stats *st = &r->worker->stats;
	bool paid = strcmp(v->escrow, ESCROW_NONE) != 0;

	if (paid || !payer_has_budget(&r->payer))
		stats_count(st, COUNT_escrow_served);
	else
		stats_count(st, COUNT_escrow_unchecked);
}

/* Redis may have reserved an attempt that this request will not make. */
static void end_unanswered(struct request *r)
{
	if (r->unbegun)
		settle_unbegun(r);
	r->unbegun = 0;
}

/* Where the money of a request that begins here is held: Redis was not asked for any, or said no.
 */
static void hold(struct request *r, struct held *h)
{
	str_copy(h->rid, sizeof(h->rid), str_of(r->rid));
	str_copy(h->owner, sizeof(h->owner), str_of(r->worker->shared->incarnation));
	h->issued_us = store_now_us(&r->worker->store);
	h->attempts = 0;
	r->held = *h;
}

static void draw(struct request *r, const struct escrow_ask *ask, struct verdict *v_r)
{
	struct worker *w = r->worker;
	struct held h;

	*v_r = (struct verdict){ .kind = VERDICT_NO_STORE };
	if ((ask->held && r->held.attempts >= ATTEMPTS_MAX) || !journal_ok(w->journal))
		return;
	escrow_draw(w->shared->escrow, ask, v_r, &h);
	if (v_r->kind != VERDICT_OK)
		return;
	if (ask->held)
		end_unanswered(r);
	else
		hold(r, &h);
	v_r->attempt = r->held.attempts + 1;
	if (!write_down(r, !ask->held, v_r)) {
		put_back(r, v_r, ask->begins);
		v_r->kind = VERDICT_NO_STORE;
		return;
	}
	r->held.attempts++;
	count_served(r, v_r);
}

void without_redis_admit(struct request *r, struct verdict *v_r)
{
	const struct escrow_ask ask = { .payer = &r->payer,
					.plan = r->plan,
					.held = r->unbegun ? &r->held : NULL,
					.begins = true,
					.now_us = store_now_us(&r->worker->store) };

	draw(r, &ask, v_r);
	r->admitted_here = v_r->kind == VERDICT_OK;
	if (v_r->kind == VERDICT_NO_STORE)
		stats_count(&r->worker->stats, COUNT_escrow_refused);
}

void without_redis_extend(struct request *r, const struct plan *plan, uint32_t from,
			  struct verdict *v_r)
{
	const struct escrow_ask ask = { .payer = &r->payer,
					.plan = plan,
					.from = from,
					.held = &r->held,
					.now_us = store_now_us(&r->worker->store) };

	draw(r, &ask, v_r);
}

void without_redis_end(struct request *r)
{
	if (r->admitted_here)
		escrow_left(r->worker->shared->escrow, &r->held);
	r->admitted_here = false;
}
