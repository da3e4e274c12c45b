/*
 * settlement.c -- send, send again, keep, let go.
 *
 * After a failover those that Redis had confirmed are told again, the newest first.
 * What a failover loses of an org are its latest writes: so when one of them answers
 * that it is there, all that was confirmed before it is there as well, and is kept on
 * without being sent. Thousands may be kept, and few were lost. Of what was confirmed
 * after it this says nothing: that may still be on its way when a connection breaks.
 */
#include "gate/settlement.h"

#include <uthash.h>

#include "base/log.h"
#include "gate/worker.h"
#include "store/held.h"

#define FIRST_RETRY_US  100000
#define LONGEST_WAIT_US 5000000
#define LET_GO_US       250000
/* Redis is asked for so many at a time: thousands at once would run into the deadline of a command,
 * and admissions behind them with them */
#define AT_ONCE 64

struct settlement {
	TAILQ_ENTRY(settlement) next;
	TAILQ_ENTRY(settlement) turn; /* while it waits for its turn to be sent */
	struct turns *turn_in;        /* then; else NULL */
	UT_hash_handle hh;            /* in `earlier` */
	struct kept_item kept;        /* while it is confirmed and not durable */
	struct worker *worker;
	struct org_history *org; /* (held) */
	struct held held;
	struct charge charge;
	struct timer retry;
	int64_t wait_us;
	uint32_t round;    /* of the org's history when it was sent */
	bool ends_request; /* once durable, the journal may forget the request */
	bool earlier;  /* another attempt of its request comes after it, which may look for it */
	bool before;   /* a failover: admissions wait for it */
	bool drawn;    /* escrow pays, and does not know yet that Redis does */
	bool was_kept; /* it was confirmed in the history before this one */
	bool charged; /* and by just that call: it lies in the history in the order of those kept */
};

static void confirmed(void *who, enum settle_end end, int64_t over_nanos, const char *entry);
static void settled(struct settlement *s);
static void send_later(struct settlement *s);

/* the process reads it from its own thread */
static void count(struct settlements *all, int by)
{
	__atomic_store_n(&all->n, all->n + (uint32_t)by, __ATOMIC_RELAXED);
}

/* --- sending --- */

/* The newest first. Nobody before `from` is older than it; returns who comes after it now. */
static struct settlement *line_up(struct settlement *s, struct settlement *from)
{
	struct turns *again = &s->worker->settlements.again;

	s->turn_in = again;
	while (from && from->kept.number > s->kept.number)
		from = TAILQ_NEXT(from, turn);
	if (from)
		TAILQ_INSERT_BEFORE(from, s, turn);
	else
		TAILQ_INSERT_TAIL(again, s, turn);
	return from;
}

static void send_now(void *who)
{
	struct settlement *s = who;
	struct settlements *all = &s->worker->settlements;

	if (s->worker->closing)
		return;
	if (s->was_kept) { /* it had no answer: few of those that wait are newer */
		line_up(s, TAILQ_FIRST(&all->again));
	} else {
		s->turn_in = &all->unsent;
		TAILQ_INSERT_TAIL(&all->unsent, s, turn);
	}
	settlements_go_on(s->worker);
}

/* its turn has come */
static void send_it(struct settlement *s)
{
	struct worker *w = s->worker;

	TAILQ_REMOVE(s->turn_in, s, turn);
	s->turn_in = NULL;
	if (s->was_kept && s->kept.number < s->org->telling.whole) {
		s->charged = false;
		settled(s);
		return;
	}
	if (store_history(&w->store, held_org(&s->held)).n == 0) {
		send_later(s); /* of a Cluster, the others are there */
		return;
	}
	rejoin_used(w, held_org(&s->held)); /* in a history, which may be known only now */
	w->settlements.sent++;
	if (s->was_kept)
		stats_count(&w->stats, COUNT_settles_again);
	w->rejoin.settles += s->was_kept || s->before;
	s->round = s->org->telling.round;
	books_settle(&w->store, &s->held, &s->charge, confirmed, s);
}

void settlements_go_on(struct worker *w)
{
	struct settlements *all = &w->settlements;
	struct settlement *s;

	while (!w->closing && all->sent < AT_ONCE && redis_is_up(w->store.redis)) {
		s = TAILQ_FIRST(&all->again);
		if (!s && !(s = TAILQ_FIRST(&all->unsent)))
			return;
		send_it(s);
	}
}

static void enter(struct settlement *s)
{
	struct settlements *all = &s->worker->settlements;

	s->wait_us = FIRST_RETRY_US;
	TAILQ_INSERT_TAIL(&all->list, s, next);
	count(all, 1);
	s->earlier = !s->ends_request;
	if (s->earlier)
		HASH_ADD_KEYPTR(hh, all->earlier, s->held.rid, strlen(s->held.rid), s);
}

static void no_longer_earlier(struct settlement *s)
{
	if (s->earlier)
		HASH_DEL(s->worker->settlements.earlier, s);
	s->earlier = false;
}

void settlement_send(struct worker *w, const struct held *h, const struct charge *c)
{
	struct settlement *s = calloc(1, sizeof(*s));

	if (!s) {
		log_say(LOG_ERROR, "out_of_memory", "%s: settled by the journal's next replay",
			h->rid);
		return;
	}
	*s = (struct settlement){ .worker = w,
				  .org = rejoin_used(w, held_org(h)),
				  .held = *h,
				  .charge = *c,
				  .ends_request = c->final,
				  .drawn = c->escrow[0] != 0 };
	s->retry = (struct timer){ .fire = send_now, .who = s };
	s->org->holders++;
	enter(s);
	send_now(s);
}

/* --- keeping --- */

static void forget(struct settlement *s)
{
	struct worker *w = s->worker;

	if (s->ends_request && !w->closing)
		journal_done(w->journal, s->held.rid);
	s->org->holders--;
	free(s);
}

void settlements_let_go(struct worker *w)
{
	bool there = histories_are_there(&w->rejoin.histories, &w->store);
	struct kept_item *i;
	bool lost;

	while ((i = kept_let_go(&w->settlements.kept, loop_now_us(w->loop), there, &lost))) {
		if (lost)
			stats_count(&w->stats, COUNT_kept_lost);
		forget(CONTAINER_OF(i, struct settlement, kept));
	}
}

static void let_go(void *who)
{
	struct worker *w = who;

	settlements_let_go(w);
	if (w->settlements.kept.n > 0)
		timer_set(w->loop, &w->settlements.let_go, loop_now_us(w->loop) + LET_GO_US);
}

static void keep(struct settlement *s)
{
	struct worker *w = s->worker;

	kept_add(&w->settlements.kept, &s->kept, loop_now_us(w->loop));
	durable_ask(w);
	if (!timer_is_set(&w->settlements.let_go))
		timer_set(w->loop, &w->settlements.let_go, loop_now_us(w->loop) + LET_GO_US);
}

/* --- what Redis says --- */

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
	HASH_FIND_STR(s->worker->settlements.earlier, s->held.rid, other);
	if (!other)
		return false;
	no_longer_earlier(other);
	other->ends_request = true;
	return true;
}

static void leave(struct settlement *s)
{
	struct settlements *all = &s->worker->settlements;

	timer_cancel(s->worker->loop, &s->retry);
	if (s->turn_in)
		TAILQ_REMOVE(s->turn_in, s, turn);
	s->turn_in = NULL;
	TAILQ_REMOVE(&all->list, s, next);
	count(all, -1);
	no_longer_earlier(s);
}

/* Admissions need not wait for it any longer. */
static void told(struct settlement *s)
{
	s->org->telling.settles -= s->before;
	if (s->before)
		rejoin_settled(s->worker, s->org);
	s->before = false;
}

/* It is in the books. */
static void settled(struct settlement *s)
{
	leave(s);
	s->was_kept = false;
	keep(s);
	told(s);
}

static void send_later(struct settlement *s)
{
	struct worker *w = s->worker;

	s->charged = false; /* this call may have done it: then that it is there proves nothing */
	stats_count(&w->stats, COUNT_settle_retries);
	timer_set(w->loop, &s->retry, loop_now_us(w->loop) + rnd_jitter(&w->rnd, s->wait_us, 20));
	s->wait_us = s->wait_us * 2 < LONGEST_WAIT_US ? s->wait_us * 2 : LONGEST_WAIT_US;
}

/* An error, although somebody is there: admissions go on, for it may never be otherwise. */
static void refused(struct settlement *s)
{
	told(s);
	send_later(s);
}

/* So it was not lost, and nothing was that was confirmed before it. One that had been away for
 * long may have been charged by an operator since; one whose cost is not known, by the end of its
 * request. */
static bool proves(const struct settlement *s, enum settle_end end)
{
	int64_t kept_us = loop_now_us(s->worker->loop) - s->kept.since_us;

	return end == SETTLE_AGAIN && s->was_kept && s->charged && !s->charge.unknown &&
	       kept_us < s->held.ttl_ms * 1000;
}

/* Where the ledger says it, for after the next failover. What was charged by a call that had no
 * answer lies where nobody knows. */
static void note_entry(struct settlement *s, enum settle_end end, const char *entry)
{
	if (end == SETTLE_OK || !s->charged)
		str_copy(s->charge.entry, sizeof(s->charge.entry), str_of(entry));
}

static void in_the_books(struct settlement *s, enum settle_end end, int64_t over_nanos,
			 const char *entry)
{
	note_entry(s, end, entry);
	count_settled(s, end, over_nanos);
	if (s->drawn)
		escrow_settled(s->worker->shared->escrow, s->charge.escrow);
	s->drawn = false;
	if (s->ends_request && hand_on_the_end(s))
		s->ends_request = false;
	if (proves(s, end) && s->kept.number > s->org->telling.whole)
		s->org->telling.whole = s->kept.number;
	s->charged = end == SETTLE_OK;
	settled(s);
}

static void confirmed(void *who, enum settle_end end, int64_t over_nanos, const char *entry)
{
	struct settlement *s = who;
	struct worker *w = s->worker;

	w->settlements.sent--;
	rejoin_is_over(w, held_org(&s->held));
	if (end == SETTLE_REFUSED)
		refused(s);
	else if (end == SETTLE_LOST)
		send_later(s);
	else if (s->round != s->org->telling.round)
		send_now(s); /* that may have been the server of before */
	else
		in_the_books(s, end, over_nanos, entry);
	settlements_go_on(w);
}

/* --- after a failover --- */

/* What is not confirmed was not, or nobody knows of which history. What a slice pays is no danger
 * to a limit before it is: the slice holds it. */
static void send_unconfirmed(struct settlement *s)
{
	s->was_kept = s->charged = false;
	s->before = !s->drawn;
	s->org->telling.settles += s->before;
	s->wait_us = FIRST_RETRY_US;
	if (timer_is_set(&s->retry))
		timer_set(s->worker->loop, &s->retry, loop_now_us(s->worker->loop));
}

/* However long Redis was away, it is not too old to be charged: the ledger knows whether it is
 * lost. (What it cost may not be known; then it is in suspense, or was.) */
static void list_again(struct settlement *s)
{
	struct worker *w = s->worker;

	kept_take(&w->settlements.kept, &s->kept);
	if (s->charge.entry[0] || s->charge.unknown)
		s->charge.since_us = store_now_us(&w->store);
	s->was_kept = true;
	s->before = true;
	s->org->telling.settles++;
	enter(s);
}

void settlements_again(struct worker *w, struct org_history *o)
{
	struct settlements *all = &w->settlements;
	struct settlement *s, *place = TAILQ_FIRST(&all->again); /* among those of other orgs */
	struct kept_item *i, *older;

	TAILQ_FOREACH (s, &all->list, next)
		if (s->org == o)
			send_unconfirmed(s);
	for (i = TAILQ_LAST(&all->kept.items, kept_items); i; i = older) {
		older = TAILQ_PREV(i, kept_items, next);
		s = CONTAINER_OF(i, struct settlement, kept);
		if (s->org != o)
			continue;
		list_again(s);
		place = line_up(s, place);
	}
	settlements_go_on(w);
}

/* --- its life --- */

void settlements_init(struct worker *w)
{
	const struct settings *s = w->settings;

	TAILQ_INIT(&w->settlements.list);
	TAILQ_INIT(&w->settlements.again);
	TAILQ_INIT(&w->settlements.unsent);
	kept_init(&w->settlements.kept, (uint32_t)s->redis_kept_settles,
		  s->redis_loss_window_ms * 1000);
	w->settlements.let_go = (struct timer){ .fire = let_go, .who = w };
}

void settlements_forget(struct worker *w)
{
	struct settlements *all = &w->settlements;
	struct settlement *s;
	struct kept_item *i;

	if (!w->loop)
		return;
	timer_cancel(w->loop, &all->let_go);
	while ((s = TAILQ_FIRST(&all->list))) {
		leave(s);
		forget(s);
	}
	while ((i = TAILQ_FIRST(&all->kept.items))) {
		kept_take(&all->kept, i);
		forget(CONTAINER_OF(i, struct settlement, kept));
	}
}
