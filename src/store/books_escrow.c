/* books_escrow.c -- slices: the C half of escrow_hold.lua. */
#include "store/ask.h"

struct holding {
	struct store *s;
	books_held_f *fn;
	void *who;
};

static const struct {
	const char *word;
	enum verdict_kind kind;
} words[] = {
	{ "ok", VERDICT_OK },           { "late", VERDICT_LATE },
	{ "stale", VERDICT_STALE },     { "blocked", VERDICT_BLOCKED },
	{ "expired", VERDICT_EXPIRED }, { "period", VERDICT_PERIOD },
	{ "barrier", VERDICT_BARRIER }, { "done", VERDICT_DONE },
};

static bool read_answer(const redisReply *reply, struct hold_answer *a)
{
	if (reply->elements != 4 || !reply_int(reply->element[1], &a->now_us) ||
	    !reply_int(reply->element[2], &a->given) || !reply_int(reply->element[3], &a->due))
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_is(reply_str(reply->element[0]), words[i].word)) {
			a->kind = words[i].kind;
			return true;
		}
	}
	return false;
}

static void on_held(void *who, enum redis_end end, const redisReply *reply)
{
	struct holding *w = who;
	struct hold_answer a = { .kind = VERDICT_NO_STORE };

	if (!store_took(w->s, scripts[SCRIPT_escrow_hold].name, end, reply) ||
	    !read_answer(reply, &a))
		a = (struct hold_answer){ .kind = VERDICT_NO_STORE };
	w->fn(w->who, &a);
	free(w);
}

static void ask_records_of(struct ask *a, const struct held *h)
{
	for (int i = SCOPE_COUNT - 1; i >= 0; i--) {
		ask_int(a, h->scope[i].ver);
		ask_str(a, h->scope[i].blocked ? STR("blocked") : STR("active"));
		ask_int(a, i == SCOPE_key ? h->expires_us : 0);
	}
}

void books_hold(struct store *s, const struct held *h, const struct hold_ask *ask, books_held_f *fn,
		void *who)
{
	struct holding *w = store_waiting(sizeof(*w));
	struct cells budgets;
	struct ask a;

	*w = (struct holding){ .s = s, .fn = fn, .who = who };
	held_budgets(h, &budgets);
	ask_init(&a);
	ask_key(&a, key_reservation(ask_room(&a), held_org(h), str_of(h->rid)));
	ask_key(&a, key_open(ask_room(&a), held_org(h)));
	ask_key(&a, key_history(ask_room(&a), held_org(h)));
	ask_records(&a, h);
	ask_cells(&a, h, &budgets);

	ask_int(&a, s->test_now_us);
	ask_not_after(&a, s);
	ask_period(&a, h, &budgets);
	ask_int(&a, h->ttl_ms * 1000);
	ask_str(&a, str_of(h->rid));
	ask_str(&a, str_of(h->owner));
	ask_payer(&a, h);
	ask_held(&a, h, &budgets);
	ask_int(&a, ask->call);
	ask_int(&a, ask->used);
	ask_int(&a, ask->kept);
	ask_int(&a, ask->wanted);
	ask_int(&a, ask->share_ppm);
	ask_int(&a, ask->least);
	ask_int(&a, SCOPE_COUNT);
	ask_int(&a, (int64_t)budgets.n);
	ask_history(&a, s, held_org(h));
	ask_records_of(&a, h);
	ask_budgets(&a, h, &budgets);
	ask_script(&a, s, SCRIPT_escrow_hold, on_held, w);
}
