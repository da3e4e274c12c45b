/* books_reassert.c -- after a failover: the C half of reassert.lua and rejoin.lua. */
#include <assert.h>

#include "store/ask.h"

struct telling {
	struct store *s;
	books_reasserted_f *fn;
	void *who;
};

static enum reassert_end unanswered(enum redis_end end, const redisReply *reply)
{
	return store_refused(end, reply) ? REASSERT_REFUSED : REASSERT_LOST;
}

static void on_reasserted(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = { [REASSERT_OK] = "ok", [REASSERT_DONE] = "done" };
	struct telling *w = who;
	enum reassert_end what = unanswered(end, reply);
	int64_t missing = 0;

	if (store_took(w->s, "reassert", end, reply) && reply->elements == 2 &&
	    reply_int(reply->element[1], &missing))
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum reassert_end)i;
	w->fn(w->who, what, missing);
	free(w);
}

static void ask_rate_limits(struct ask *a, const struct held *h, const struct cells *rates)
{
	for (size_t i = 0; i < rates->n; i++) {
		const struct cell *c = &rates->cell[i];

		ask_int(a, h->scope[c->scope].limits.rate[c->rate]);
		ask_str(a, rate_counts_tokens(c->rate) ? STR("tokens") : STR("requests"));
	}
}

void books_reassert(struct store *s, const struct held *h, int64_t tokens, size_t n,
		    const struct open_attempt *open, books_reasserted_f *fn, void *who)
{
	struct telling *w = store_waiting(sizeof(*w));
	struct cells budgets, rates, token_rates;
	struct ask a;

	assert(n <= ATTEMPTS_MAX);
	*w = (struct telling){ .s = s, .fn = fn, .who = who };
	held_budgets(h, &budgets);
	held_rates(h, false, &rates);
	held_rates(h, true, &token_rates);
	ask_init(&a);
	ask_key(&a, key_reservation(ask_room(&a), held_org(h), str_of(h->rid)));
	ask_key(&a, key_open(ask_room(&a), held_org(h)));
	ask_records(&a, h);
	ask_cells(&a, h, &budgets);
	ask_cells(&a, h, &rates);

	ask_int(&a, s->test_now_us);
	ask_int(&a, store_now_us(s) + s->admit_window_us);
	ask_str(&a, str_of(h->rid));
	ask_int(&a, h->issued_us);
	ask_int(&a, h->ttl_ms * 1000);
	ask_str(&a, str_of(h->owner));
	ask_payer(&a, h);
	ask_held(&a, h, &budgets);
	ask_held(&a, h, &token_rates);
	ask_int(&a, tokens);
	ask_int(&a, SCOPE_COUNT);
	ask_int(&a, (int64_t)budgets.n);
	ask_int(&a, (int64_t)rates.n);
	ask_expiries(&a, h, &budgets);
	ask_rate_limits(&a, h, &rates);
	for (size_t i = 0; i < n; i++) {
		ask_int(&a, open[i].attempt);
		ask_int(&a, open[i].reserved_nanos);
	}
	ask_script(&a, s, SCRIPT_reassert, on_reasserted, w);
}

/* --- rejoin --- */

struct rejoining {
	struct store *s;
	books_rejoined_f *fn;
	void *who;
};

static void on_rejoined(void *who, enum redis_end end, const redisReply *reply)
{
	struct rejoining *w = who;
	enum reassert_end what = unanswered(end, reply);

	if (store_took(w->s, "rejoin", end, reply) && reply->elements == 2 &&
	    str_is(reply_str(reply->element[0]), "ok"))
		what = REASSERT_OK;
	w->fn(w->who, what);
	free(w);
}

void books_rejoin(struct store *s, struct str org, bool all, books_rejoined_f *fn, void *who)
{
	struct rejoining *w = store_waiting(sizeof(*w));
	struct ask a;

	*w = (struct rejoining){ .s = s, .fn = fn, .who = who };
	ask_init(&a);
	ask_key(&a, key_history(ask_room(&a), org));
	ask_int(&a, s->test_now_us);
	ask_str(&a, store_history(s, org));
	ask_str(&a, str_of(s->worker));
	ask_int(&a, s->loss_window_us);
	ask_str(&a, all ? STR("all") : STR("begins"));
	ask_script(&a, s, SCRIPT_rejoin, on_rejoined, w);
}
