/* settlement.c -- send, send again, keep, let go. */
#include "gate/settlement.h"

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
	struct kept_item kept;        /* while it is confirmed and not durable */
	struct worker *worker;
	struct held held;
	struct charge charge;
	struct timer retry;
	int64_t wait_us;
	bool ends_request; /* once durable, the journal may forget the request */
	bool before;       /* a failover */
	bool drawn;        /* escrow pays, and does not know yet that Redis does */
};

static void confirmed(void *who, enum settle_end end, int64_t over_nanos);

/* the process reads it from its own thread */
static void count(struct settlements *all, int by)
{
	__atomic_store_n(&all->n, all->n + (uint32_t)by, __ATOMIC_RELAXED);
}

/* --- sending --- */

static void send_now(void *who)
{
	struct settlement *s = who;
	struct settlements *all = &s->worker->settlements;

	if (s->worker->closing)
		return;
	if (all->sent >= AT_ONCE) {
		TAILQ_INSERT_TAIL(&all->unsent, s, turn);
		return;
	}
	all->sent++;
	books_settle(&s->worker->store, &s->held, &s->charge, confirmed, s);
}

static void send_next(struct settlements *all)
{
	struct settlement *s = TAILQ_FIRST(&all->unsent);

	all->sent--;
	if (!s)
		return;
	TAILQ_REMOVE(&all->unsent, s, turn);
	send_now(s);
}

static void enter(struct settlement *s)
{
	struct settlements *all = &s->worker->settlements;

	s->wait_us = FIRST_RETRY_US;
	TAILQ_INSERT_TAIL(&all->list, s, next);
	count(all, 1);
	send_now(s);
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
				  .held = *h,
				  .charge = *c,
				  .ends_request = c->final,
				  .drawn = c->escrow[0] != 0 };
	s->retry = (struct timer){ .fire = send_now, .who = s };
	rejoin_used(w, held_org(h));
	enter(s);
}

/* --- keeping --- */

static void forget(struct settlement *s)
{
	struct worker *w = s->worker;

	if (s->ends_request && !w->closing)
		journal_done(w->journal, s->held.rid);
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

/* also looks whether the history has changed, should nobody else do anything */
static void let_go(void *who)
{
	struct worker *w = who;

	rejoin_is_over(w);
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
	TAILQ_FOREACH (other, &s->worker->settlements.list, next) {
		if (other != s && strcmp(other->held.rid, s->held.rid) == 0) {
			other->ends_request = true;
			return true;
		}
	}
	return false;
}

static void leave(struct settlement *s)
{
	struct settlements *all = &s->worker->settlements;

	timer_cancel(s->worker->loop, &s->retry);
	TAILQ_REMOVE(&all->list, s, next);
	count(all, -1);
	all->before -= s->before;
	s->before = false;
}

static void confirmed(void *who, enum settle_end end, int64_t over_nanos)
{
	struct settlement *s = who;
	struct worker *w = s->worker;
	bool before = s->before;

	send_next(&w->settlements);
	if (end == SETTLE_LOST) {
		stats_count(&w->stats, COUNT_settle_retries);
		timer_set(w->loop, &s->retry,
			  loop_now_us(w->loop) + rnd_jitter(&w->rnd, s->wait_us, 20));
		s->wait_us = s->wait_us * 2 < LONGEST_WAIT_US ? s->wait_us * 2 : LONGEST_WAIT_US;
		return;
	}
	count_settled(s, end, over_nanos);
	if (s->drawn)
		escrow_settled(w->shared->escrow, s->charge.escrow);
	s->drawn = false;
	if (s->ends_request && hand_on_the_end(s))
		s->ends_request = false;
	leave(s);
	keep(s);
	if (before && w->settlements.before == 0)
		rejoin_go_on(w);
}

/* --- after a failover --- */

void settlements_again(struct worker *w)
{
	struct settlements *all = &w->settlements;
	struct settlement *s;
	struct kept_item *i;

	TAILQ_FOREACH (s, &all->list, next) {
		all->before += !s->before;
		s->before = true;
		if (timer_is_set(&s->retry))
			timer_set(w->loop, &s->retry, loop_now_us(w->loop));
	}
	while ((i = kept_take(&all->kept))) {
		s = CONTAINER_OF(i, struct settlement, kept);
		s->before = true;
		all->before++;
		stats_count(&w->stats, COUNT_settles_again);
		enter(s);
	}
}

/* --- its life --- */

void settlements_init(struct worker *w)
{
	const struct settings *s = w->settings;

	TAILQ_INIT(&w->settlements.list);
	TAILQ_INIT(&w->settlements.unsent);
	kept_init(&w->settlements.kept, (uint32_t)s->redis_kept_settles,
		  s->redis_loss_window_ms * 1000);
	w->settlements.let_go = (struct timer){ .fire = let_go, .who = w };
}

void settlements_forget(struct worker *w)
{
	struct settlement *s;
	struct kept_item *i;

	if (!w->loop)
		return;
	timer_cancel(w->loop, &w->settlements.let_go);
	while ((s = TAILQ_FIRST(&w->settlements.list))) {
		leave(s);
		forget(s);
	}
	while ((i = kept_take(&w->settlements.kept)))
		forget(CONTAINER_OF(i, struct settlement, kept));
}
