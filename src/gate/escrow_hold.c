/*
 * escrow_hold.c -- the control thread's side of escrow: slices are got, made larger and smaller,
 * and given back.
 *
 * Only this thread makes and frees slices and asks Redis about them. What a slice may pay
 * for is never more than Redis gave: it grows when the answer is there, and shrinks before
 * the question is sent. One that was given back is kept, as settles are, until no failover
 * can lose that (rule R3), or for the journal's next replay.
 */
#include "base/clock.h"
#include "base/log.h"
#include "gate/escrow_parts.h"
#include "gate/gateway.h"
#include "store/fleet.h"
#include "store/held.h"
#include "store/histories.h"

/* slices are few, and so are their records: no need for as large a file as workers have */
#define SEGMENT_BYTES (1 << 20)
/* a gateway that said nothing for so long is not there */
#define GONE_US 5000000
/* after so long a rate is as if it had never been used */
#define RATE_US 60000000
/* in less there is no rate to speak of */
#define MOMENT_US    50000
#define MEMBER_BYTES (256u << 10)
/* after a failover others wait to hear of us */
#define LOOK_US 100000

struct escrow_holder {
	struct gateway *gateway;
	struct escrow *escrow;
	struct journal *journal;
	struct timer tick, look;
	int64_t ticked_us;
	struct kept kept; /* slices that were given back */
	struct histories histories;
	bool untold; /* Redis' data have another history, and the barrier waits for us */
	bool stopping;
	int64_t stop_by_us;
};

/* --- slices begin and end --- */

static void forget(struct escrow_holder *h, struct slice *s)
{
	struct escrow *e = h->escrow;

	journal_done(h->journal, s->held.rid);
	uv_mutex_lock(&e->lock);
	TAILQ_REMOVE(&e->slices, s, next);
	HASH_DEL(e->by_name, s);
	uv_mutex_unlock(&e->lock);
	free(s);
}

/* nothing more is drawn from it; under the lock */
static void leave(struct slice *s)
{
	if (s->payee)
		s->payee->slice = NULL;
	s->payee = NULL;
}

/* under the lock */
static void make_slice(struct escrow_holder *h, struct payee *p)
{
	struct escrow *e = h->escrow;
	struct slice *s = calloc(1, sizeof(*s));
	char name[RID_MAX];

	if (!s)
		return;
	snprintf(name, sizeof(name), "%s-e%llu", e->incarnation, (unsigned long long)e->n_made++);
	books_open(&s->held, str_of(name), str_of(e->incarnation), &p->payer, NULL,
		   store_now_us(&h->gateway->store), e->settings->escrow_time_ms);
	s->held.slice = true;
	if (!journal_admit(h->journal, &s->held)) {
		free(s);
		return;
	}
	s->escrow = e;
	s->payee = p;
	p->slice = s;
	TAILQ_INSERT_TAIL(&e->slices, s, next);
	HASH_ADD_KEYPTR(hh, e->by_name, s->held.rid, strlen(s->held.rid), s);
}

/* --- asking Redis --- */

static void close_slice(struct escrow_holder *h, struct slice *s, bool records_changed)
{
	struct escrow *e = h->escrow;

	uv_mutex_lock(&e->lock);
	/* what is known of the payer is old: the next request that Redis admits tells the new */
	if (records_changed && s->payee)
		s->payee->admitted_us = 0;
	leave(s);
	uv_mutex_unlock(&e->lock);
}

static void took_slice(struct escrow_holder *h, struct slice *s, const struct hold_answer *a)
{
	uv_mutex_lock(&h->escrow->lock);
	s->given = a->given;
	s->due = a->due;
	uv_mutex_unlock(&h->escrow->lock);
}

static void rejoin_when_told(struct escrow_holder *h);

/* A node of a Cluster that was deposed meanwhile may have answered: then it is asked again. */
static bool is_of_before(const struct slice *s)
{
	struct escrow_holder *h = s->holder;
	const struct org_history *o = histories_find(&h->histories, held_org(&s->held));
	bool before = !o || o->telling.round != s->round || history_changed(o, &h->gateway->store);

	if (before)
		escrow_holder_again(h);
	return before;
}

static void on_held(void *who, const struct hold_answer *a)
{
	struct slice *s = who;
	struct escrow_holder *h = s->holder;

	s->asking = false;
	if (a->now_us)
		store_saw_clock(&h->gateway->store, a->now_us);
	if (is_of_before(s))
		return;
	s->told = a->kind != VERDICT_NO_STORE && a->kind != VERDICT_LATE;
	switch (a->kind) {
	case VERDICT_OK: took_slice(h, s, a); break;
	case VERDICT_PERIOD:
	case VERDICT_DONE: close_slice(h, s, false); break;
	case VERDICT_STALE:
	case VERDICT_BLOCKED:
	case VERDICT_EXPIRED: close_slice(h, s, true); break;
	default: break; /* it stays what it is; asked again with the next tick */
	}
	rejoin_when_told(h);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* under the lock */
static struct hold_ask ask_for(struct slice *s)
{
	const struct settings *set = s->escrow->settings;
	const struct demand *d = &s->payee->demand;

	if (s->due < s->given)
		s->given = larger(s->due, s->used);
	return (struct hold_ask){
		.call = ++s->calls,
		.used = s->used,
		.kept = s->given,
		.wanted = demand_wanted(d, (double)set->escrow_span_ms / 1000),
		.share_ppm = set->escrow_share * 10000 / s->escrow->gateways,
		.least = demand_least(d),
	};
}

static void on_given_back(void *who, enum settle_end end, int64_t over_nanos, const char *entry)
{
	struct slice *s = who;
	struct escrow_holder *h = s->holder;

	(void)over_nanos, (void)entry;
	s->asking = false;
	if (end >= SETTLE_LOST || is_of_before(s))
		return;
	uv_mutex_lock(&s->escrow->lock);
	s->given = s->used;
	uv_mutex_unlock(&s->escrow->lock);
	s->back = s->told = true;
	kept_add(&h->kept, &s->kept, loop_now_us(h->gateway->loop));
	rejoin_when_told(h);
}

static void give_back(struct escrow_holder *h, struct slice *s)
{
	const struct charge nothing = { .attempt = 1, .final = true, .tokens_used = -1 };

	s->asking = true;
	books_settle(&h->gateway->store, &s->held, &nothing, on_given_back, s);
}

static void renew(struct escrow_holder *h, struct slice *s)
{
	struct escrow *e = h->escrow;
	struct hold_ask ask = { 0 };
	bool wanted, settled;

	uv_mutex_lock(&e->lock);
	wanted = s->payee != NULL;
	settled = s->unsettled == 0;
	if (wanted)
		ask = ask_for(s);
	uv_mutex_unlock(&e->lock);
	if (wanted) {
		s->asking = true;
		books_hold(&h->gateway->store, &s->held, &ask, on_held, s);
	} else if (settled) {
		give_back(h, s);
	} else {
		s->told = true; /* it grows no more, and who settles what it paid tells of that */
	}
}

/* --- what every payee needs --- */

static bool wants_slice(const struct escrow *e, const struct payee *p)
{
	const struct settings *s = e->settings;

	return p->admitted_us && s->escrow_share > 0 && payer_has_budget(&p->payer) &&
	       payer_without_redis(&p->payer, (enum without_redis)s->escrow_without_redis) !=
		       WITHOUT_REDIS_closed;
}

/* under the lock */
static void look_at(struct escrow_holder *h, struct payee *p, int64_t now_us, double seconds)
{
	struct escrow *e = h->escrow;
	bool idle = now_us - p->asked_us > e->settings->escrow_idle_ms * 1000;

	if (seconds > 0)
		demand_tick(&p->demand, seconds);
	if (p->slice && (idle || h->stopping || !wants_slice(e, p)))
		leave(p->slice);
	else if (!p->slice && p->seen && !idle && !h->stopping && wants_slice(e, p))
		make_slice(h, p);
	p->seen = true;
	if (!p->slice && now_us - p->asked_us > e->settings->escrow_time_ms * 1000) {
		HASH_DEL(e->payees, p);
		free(p);
	}
}

/* What says nothing any more: nothing is in flight, and rates are of a minute. Under the lock. */
static void forget_usage(struct escrow *e, int64_t now_us)
{
	struct usage_here *u, *next;

	HASH_ITER (hh, e->usage, u, next) {
		if (u->live > 0 || now_us - u->asked_us < RATE_US)
			continue;
		HASH_DEL(e->usage, u);
		free(u);
	}
}

static void look_at_all(struct escrow_holder *h, int64_t now_us)
{
	struct escrow *e = h->escrow;
	int64_t passed_us = now_us - h->ticked_us;
	double seconds = passed_us > MOMENT_US ? (double)passed_us / 1e6 : 0;
	struct payee *p, *next;

	if (seconds > 0)
		h->ticked_us = now_us;
	uv_mutex_lock(&e->lock);
	HASH_ITER (hh, e->payees, p, next)
		look_at(h, p, now_us, seconds);
	forget_usage(e, now_us);
	uv_mutex_unlock(&e->lock);
}

/* --- how many share the limits --- */

static bool is_there(struct str json, int64_t now_us, struct arena *a)
{
	const struct json_limits limits = { .max_depth = 8, .max_values = 4096, .max_number = 64 };
	struct json_doc doc;
	int64_t at_us = 0;
	size_t unused;

	arena_reset(a);
	return json_parse(&doc, a, json, &limits, &unused) == JSON_FINE &&
	       json_i64(json_get(json_root(&doc), "at_us"), &at_us) && now_us - at_us < GONE_US;
}

static void got_members(void *who, bool ok, size_t n, const struct str *names,
			const struct str *json)
{
	struct escrow_holder *h = who;
	int64_t now_us = store_now_us(&h->gateway->store);
	struct arena a;
	uint32_t there = 0;

	(void)names;
	if (!ok)
		return;
	arena_init(&a, MEMBER_BYTES);
	for (size_t i = 0; i < n; i++)
		there += is_there(json[i], now_us, &a);
	arena_release(&a);
	uv_mutex_lock(&h->escrow->lock);
	h->escrow->gateways = there ? there : 1;
	uv_mutex_unlock(&h->escrow->lock);
}

/* --- after a failover --- */

static void forget_durable(struct escrow_holder *h)
{
	bool there = histories_are_there(&h->histories, &h->gateway->store), lost;
	struct kept_item *i;

	while ((i = kept_let_go(&h->kept, loop_now_us(h->gateway->loop), there, &lost))) {
		struct slice *s = CONTAINER_OF(i, struct slice, kept);

		if (lost)
			log_say(LOG_WARN, "kept_lost", "%s: a failover now would lose its end",
				s->held.rid);
		forget(h, s);
	}
}

static void on_said(void *who, enum reassert_end end)
{
	struct escrow_holder *h = who;

	h->untold |= end == REASSERT_LOST;
}

static void say(struct escrow_holder *h, bool all)
{
	for (const struct org_history *o = h->histories.orgs; o; o = o->hh.next)
		books_rejoin(&h->gateway->store, str_of(o->org), all, on_said, h);
}

/* What Redis had confirmed a moment ago may be lost: slices are held and given back again. */
static void tell_again(struct escrow_holder *h)
{
	struct kept_item *i;
	struct slice *s;

	histories_take(&h->histories, &h->gateway->store, loop_now_us(h->gateway->loop));
	while ((i = TAILQ_FIRST(&h->kept.items))) {
		kept_take(&h->kept, i);
		CONTAINER_OF(i, struct slice, kept)->back = false;
	}
	TAILQ_FOREACH (s, &h->escrow->slices, next)
		s->told = false;
	h->untold = true;
	say(h, false);
}

/* once all is told, nobody need wait for it */
static void rejoin_when_told(struct escrow_holder *h)
{
	const struct slice *s;

	if (!h->untold)
		return;
	TAILQ_FOREACH (s, &h->escrow->slices, next)
		if (!s->told)
			return;
	h->untold = false;
	say(h, true);
}

/* --- its life --- */

static bool is_over(const struct escrow_holder *h)
{
	const struct slice *s;

	if (!h->gateway->redis_up || loop_now_us(h->gateway->loop) >= h->stop_by_us)
		return true;
	TAILQ_FOREACH (s, &h->escrow->slices, next)
		if (!s->back)
			return false;
	return true;
}

static void look_after_slices(struct escrow_holder *h)
{
	struct store *store = &h->gateway->store;
	int64_t now_us = loop_now_us(h->gateway->loop);
	const struct org_history *o;
	struct slice *s;

	if (histories_changed(&h->histories, store))
		tell_again(h);
	TAILQ_FOREACH (s, &h->escrow->slices, next) {
		s->holder = h;
		o = histories_note(&h->histories, store, held_org(&s->held), now_us);
		if (s->back || s->asking)
			continue;
		s->round = o->telling.round;
		renew(h, s);
	}
	rejoin_when_told(h);
	forget_durable(h);
	histories_sweep(&h->histories, now_us - store->loss_window_us);
}

static void tick(void *who)
{
	struct escrow_holder *h = who;
	struct gateway *g = h->gateway;
	int64_t wait_us = (h->stopping ? 20 : g->settings->escrow_interval_ms) * 1000;

	if (h->stopping && is_over(h)) {
		loop_stop(g->loop);
		return;
	}
	timer_set(g->loop, &h->tick, loop_now_us(g->loop) + wait_us);
	if (!g->redis_up)
		return;
	look_at_all(h, clock_mono_us());
	look_after_slices(h);
	if (!h->stopping)
		members_read(&g->store, "gateways", got_members, h);
}

static void look(void *who)
{
	struct escrow_holder *h = who;

	if (histories_changed(&h->histories, &h->gateway->store))
		escrow_holder_again(h);
	timer_set(h->gateway->loop, &h->look, loop_now_us(h->gateway->loop) + LOOK_US);
}

struct escrow_holder *escrow_holder_start(struct gateway *g, struct fault *fault_r)
{
	struct escrow_holder *h = calloc(1, sizeof(*h));
	char name[64];
	const struct journal_conf conf = {
		.dir = g->settings->gateway_state_dir,
		.name = name,
		.segment_bytes = SEGMENT_BYTES,
		.sync_ms = g->settings->gateway_journal_sync_ms,
	};

	fault_set(fault_r, ERR_INTERNAL, "", "out of memory");
	if (!h)
		return NULL;
	snprintf(name, sizeof(name), "%s-e", g->shared.incarnation);
	str_copy(g->store.worker, sizeof(g->store.worker), str_of(name));
	kept_init(&h->kept, (uint32_t)g->settings->redis_kept_settles,
		  KEPT_WINDOWS_MOST * g->store.loss_window_us);
	h->gateway = g;
	h->escrow = g->shared.escrow;
	h->ticked_us = clock_mono_us();
	h->tick = (struct timer){ .fire = tick, .who = h };
	h->look = (struct timer){ .fire = look, .who = h };
	h->journal = journal_open(g->loop, &conf, fault_r);
	if (!h->journal) {
		free(h);
		return NULL;
	}
	timer_set(g->loop, &h->tick, loop_now_us(g->loop));
	timer_set(g->loop, &h->look, loop_now_us(g->loop) + LOOK_US);
	return h;
}

void escrow_holder_again(struct escrow_holder *h)
{
	if (h)
		timer_set(h->gateway->loop, &h->tick, loop_now_us(h->gateway->loop));
}

void escrow_holder_stop(struct escrow_holder *h)
{
	struct loop *l = h->gateway->loop;

	h->stopping = true;
	h->stop_by_us = loop_now_us(l) + h->gateway->settings->redis_command_timeout_ms * 1000;
	timer_set(l, &h->tick, loop_now_us(l));
}

void escrow_holder_free(struct escrow_holder *h)
{
	if (!h)
		return;
	timer_cancel(h->gateway->loop, &h->tick);
	timer_cancel(h->gateway->loop, &h->look);
	journal_close(h->journal); /* the next start looks whether all was given back */
	histories_release(&h->histories);
	free(h);
}
