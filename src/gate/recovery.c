/*
 * recovery.c -- what a former life of this gateway left in its journal is settled.
 *
 * Requests of before are at most as many as may be in flight, so they are kept in
 * memory; a few settles are under way at a time. Until Redis has confirmed all of
 * them the old journals stay.
 */
#include "base/log.h"
#include "gate/gateway.h"

#define AT_ONCE  64
#define RETRY_US 200000

struct item {
	STAILQ_ENTRY(item) next;
	struct recovery *all;
	struct held held;
	struct charge charge;
};

struct recovery {
	struct gateway *gateway;
	STAILQ_HEAD(items, item) waiting;
	struct items slices; /* after all of them: what they held is still needed */
	uint32_t under_way;
	int64_t settled, unknown;
	struct timer retry;
	struct journal_replay found;
	bool done;
	bool forgotten; /* no memory for one of them: the journals stay for the next start */
};

static void found(void *who, const struct held *h, const struct charge *c)
{
	struct recovery *r = who;
	struct item *i = calloc(1, sizeof(*i));

	if (!i) {
		r->forgotten = true;
		return;
	}
	*i = (struct item){ .all = r, .held = *h, .charge = *c };
	if (h->slice)
		STAILQ_INSERT_TAIL(&r->slices, i, next);
	else
		STAILQ_INSERT_TAIL(&r->waiting, i, next);
	r->unknown += c->unknown;
}

struct recovery *recovery_read(struct gateway *g, struct fault *fault_r)
{
	struct recovery *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->gateway = g;
	STAILQ_INIT(&r->waiting);
	STAILQ_INIT(&r->slices);
	if (journal_read(g->settings->gateway_state_dir, found, r, &r->found, fault_r))
		return r;
	recovery_free(r);
	return NULL;
}

static void finish(struct recovery *r)
{
	struct log_line l;

	r->done = true;
	if (!r->forgotten)
		journal_forget(r->gateway->settings->gateway_state_dir,
			       r->gateway->shared.incarnation);
	if (r->found.records == 0 || !log_begin(&l, LOG_INFO, "recovered"))
		return;
	log_int(&l, "records", r->found.records);
	log_int(&l, "requests", r->found.requests);
	log_int(&l, "settled", r->settled);
	log_int(&l, "unknown", r->unknown);
	log_int(&l, "corrupt", r->found.corrupt);
	log_end(&l);
}

static void go_on(void *who);

static void confirmed(void *who, enum settle_end end, int64_t over_nanos)
{
	struct item *i = who;
	struct recovery *r = i->all;

	(void)over_nanos;
	r->under_way--;
	if (end == SETTLE_LOST) {
		STAILQ_INSERT_HEAD(&r->waiting, i, next);
		if (!timer_is_set(&r->retry))
			timer_set(r->gateway->loop, &r->retry,
				  loop_now_us(r->gateway->loop) + RETRY_US);
		return;
	}
	if (end == SETTLE_OLD)
		log_say(LOG_WARN, "settle_old", "%s: too old to charge blindly, see the ledger",
			i->held.rid);
	free(i);
	r->settled++;
	if (!timer_is_set(&r->retry))
		go_on(r);
}

static void go_on(void *who)
{
	struct recovery *r = who;

	if (r->under_way == 0 && STAILQ_EMPTY(&r->waiting))
		STAILQ_CONCAT(&r->waiting, &r->slices);
	while (r->under_way < AT_ONCE && !STAILQ_EMPTY(&r->waiting)) {
		struct item *i = STAILQ_FIRST(&r->waiting);

		STAILQ_REMOVE_HEAD(&r->waiting, next);
		r->under_way++;
		books_settle(&r->gateway->store, &i->held, &i->charge, confirmed, i);
	}
	if (r->under_way == 0 && STAILQ_EMPTY(&r->waiting) && !r->done)
		finish(r);
}

void recovery_start(struct recovery *r)
{
	r->retry = (struct timer){ .fire = go_on, .who = r };
	timer_set(r->gateway->loop, &r->retry, 0);
}

void recovery_free(struct recovery *r)
{
	if (!r)
		return;
	if (r->gateway->loop)
		timer_cancel(r->gateway->loop, &r->retry);
	STAILQ_CONCAT(&r->waiting, &r->slices);
	while (!STAILQ_EMPTY(&r->waiting)) {
		struct item *i = STAILQ_FIRST(&r->waiting);

		STAILQ_REMOVE_HEAD(&r->waiting, next);
		free(i);
	}
	free(r);
}
