/*
 * recovery.c -- what a former life of this gateway left in its journal is settled.
 *
 * Requests of before are at most as many as may be in flight, wait for Redis and be
 * kept (redis.waiting_settles, redis.kept_settles), so they are kept in memory; a few
 * settles are under way at a time. Those of an org that is away hold up no other's.
 * Until Redis has confirmed all of them, and no failover can lose them any more, the
 * old journals stay: after a failover they are read again.
 */
#include "base/log.h"
#include "core/kept.h"
#include "gate/gateway.h"
#include "store/held.h"
#include "store/histories.h"

#define AT_ONCE  64
#define RETRY_US 200000
#define LOOK_US  250000

struct item {
	STAILQ_ENTRY(item) next;
	struct recovery *all;
	struct held held;
	struct charge charge;
};

struct recovery {
	struct gateway *gateway;
	STAILQ_HEAD(items, item) waiting;
	struct items later;  /* with the retry: their org is away, or they had no answer */
	struct items slices; /* after all of them: what they held is still needed */
	uint32_t under_way;
	int64_t settled, unknown, old;
	struct timer retry, look;
	struct journal_replay found;
	struct histories histories; /* in which all was settled */
	int64_t settled_us;         /* when all was confirmed; 0 = not yet. The journals stay */
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

static bool read_journals(struct recovery *r, struct fault *fault_r)
{
	const struct gateway *g = r->gateway;

	r->settled = r->unknown = r->old = 0;
	r->settled_us = 0;
	return journal_read(g->settings->gateway_state_dir, g->shared.incarnation, found, r,
			    &r->found, fault_r);
}

struct recovery *recovery_read(struct gateway *g, struct fault *fault_r)
{
	struct recovery *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->gateway = g;
	STAILQ_INIT(&r->waiting);
	STAILQ_INIT(&r->later);
	STAILQ_INIT(&r->slices);
	if (read_journals(r, fault_r))
		return r;
	recovery_free(r);
	return NULL;
}

static void say(const struct recovery *r)
{
	struct log_line l;

	if (r->found.records == 0 || !log_begin(&l, LOG_INFO, "recovered"))
		return;
	log_int(&l, "records", r->found.records);
	log_int(&l, "requests", r->found.requests);
	log_int(&l, "settled", r->settled);
	log_int(&l, "unknown", r->unknown);
	log_int(&l, "old", r->old);
	log_int(&l, "corrupt", r->found.corrupt);
	log_end(&l);
}

static void go_on(struct recovery *r);

static void read_again(struct recovery *r)
{
	struct fault f;

	histories_take(&r->histories, &r->gateway->store, loop_now_us(r->gateway->loop));
	if (read_journals(r, &f))
		recovery_start(r);
	else /* they stay for the next start */
		log_say(LOG_ERROR, "recovery_failed", "%s", f.text);
}

/* All is confirmed. What a failover of Redis loses meanwhile is settled again. */
static void look(void *who)
{
	struct recovery *r = who;
	struct gateway *g = r->gateway;
	int64_t now_us = loop_now_us(g->loop);

	if (histories_changed(&r->histories, &g->store))
		read_again(r);
	else if (!histories_are_there(&r->histories, &g->store) ||
		 (r->found.unfinished + r->found.slices > 0 &&
		  now_us < r->settled_us + KEPT_WINDOWS_MOST * g->store.loss_window_us))
		timer_set(g->loop, &r->look, now_us + LOOK_US);
	else if (!r->forgotten)
		journal_forget(g->settings->gateway_state_dir, g->shared.incarnation);
}

static void put_off(struct recovery *r, struct item *i)
{
	STAILQ_INSERT_TAIL(&r->later, i, next);
	if (!timer_is_set(&r->retry))
		timer_set(r->gateway->loop, &r->retry, loop_now_us(r->gateway->loop) + RETRY_US);
}

static void confirmed(void *who, enum settle_end end, int64_t over_nanos, const char *entry)
{
	struct item *i = who;
	struct recovery *r = i->all;

	(void)over_nanos, (void)entry;
	r->under_way--;
	/* nothing is sent instead: else a Redis that refuses all would be asked without end */
	if (end >= SETTLE_LOST) {
		put_off(r, i);
		return;
	}
	r->old += end == SETTLE_OLD;
	free(i);
	r->settled++;
	go_on(r);
}

static void send_item(struct item *i)
{
	struct recovery *r = i->all;

	r->under_way++;
	histories_note(&r->histories, &r->gateway->store, held_org(&i->held), 0);
	books_settle(&r->gateway->store, &i->held, &i->charge, confirmed, i);
}

/* Nothing is sent to an org before its history is known: a failover would go unnoticed. */
static void send_some(struct recovery *r)
{
	while (r->under_way < AT_ONCE && !STAILQ_EMPTY(&r->waiting)) {
		struct item *i = STAILQ_FIRST(&r->waiting);

		STAILQ_REMOVE_HEAD(&r->waiting, next);
		if (store_history(&r->gateway->store, held_org(&i->held)).n > 0)
			send_item(i);
		else
			put_off(r, i);
	}
}

static bool all_confirmed(const struct recovery *r)
{
	return r->under_way == 0 && STAILQ_EMPTY(&r->waiting) && STAILQ_EMPTY(&r->later);
}

static void go_on(struct recovery *r)
{
	if (all_confirmed(r))
		STAILQ_CONCAT(&r->waiting, &r->slices);
	send_some(r);
	if (!all_confirmed(r) || r->settled_us)
		return;
	say(r);
	r->settled_us = loop_now_us(r->gateway->loop);
	look(r);
}

static void retry(void *who)
{
	struct recovery *r = who;

	STAILQ_CONCAT(&r->waiting, &r->later);
	go_on(r);
}

void recovery_start(struct recovery *r)
{
	r->retry = (struct timer){ .fire = retry, .who = r };
	r->look = (struct timer){ .fire = look, .who = r };
	timer_set(r->gateway->loop, &r->retry, 0);
}

void recovery_free(struct recovery *r)
{
	if (!r)
		return;
	if (r->gateway->loop) {
		timer_cancel(r->gateway->loop, &r->retry);
		timer_cancel(r->gateway->loop, &r->look);
	}
	histories_release(&r->histories);
	STAILQ_CONCAT(&r->waiting, &r->later);
	STAILQ_CONCAT(&r->waiting, &r->slices);
	while (!STAILQ_EMPTY(&r->waiting)) {
		struct item *i = STAILQ_FIRST(&r->waiting);

		STAILQ_REMOVE_HEAD(&r->waiting, next);
		free(i);
	}
	free(r);
}
