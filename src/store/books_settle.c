/* books_settle.c -- charge, renew, expire: the C half of settle.lua, renew.lua and expire.lua. */
#include <assert.h>

#include "base/ablation.h"
#include "store/ask.h"
#include "store/feedback.h"

/* of the ledger's fields those that say whose a charge is */
#define WHOSE_MAX 7

struct settling {
	struct store *s;
	books_settled_f *fn; /* NULL: nobody asks */
	void *who;
};

/* --- settle --- */

static void ask_count(struct ask *a, const char *name, int64_t n)
{
	if (n == 0)
		return;
	ask_str(a, str_of(name));
	ask_int(a, n);
}

/* The last attempt of a request was reserved, or may have been, and its vendor never called: such a
 * charge names no model. Neither does one of a crashed gateway's journal, whose cost is not known.
 */
static bool never_began(const struct charge *c)
{
	return c->final && c->attempt > 0 && !c->unknown && !c->model[0];
}

/* fields and values; how many there are */
static size_t whose(const struct held *h, const struct charge *c, const char *pairs[2 * WHOSE_MAX])
{
	const char *const all[WHOSE_MAX][2] = {
		{ "team", h->scope[SCOPE_team].id },
		{ "key", h->scope[SCOPE_key].id },
		{ "model", c->model },
		{ "endpoint", c->endpoint },
		{ "failed", c->failed ? "1" : "" },
		{ "downgraded", c->downgraded ? "1" : "" },
		{ "unbegun", never_began(c) ? "1" : "" },
	};
	size_t n = 0;

	for (size_t i = 0; i < WHOSE_MAX; i++) {
		if (!all[i][1][0])
			continue;
		pairs[n++] = all[i][0];
		pairs[n++] = all[i][1];
	}
	return n;
}

static void ask_used(struct ask *a, const struct charge *c)
{
	ask_count(a, "estimated", c->estimated);
	for (int i = 0; i < USAGE_COUNT; i++)
		ask_count(a, usage_class_name((enum usage_class)i), c->usage.tokens[i]);
	ask_count(a, "reasoning", c->usage.reasoning);
}

static struct str kind_of(const struct charge *c)
{
	if (c->unknown)
		return STR("unknown");
	return c->estimated ? STR("estimated") : STR("exact");
}

/* whose answer it is; "" when it cannot be rated */
static struct str answer_text(const struct held *h, const struct charge *c, char dst[RATED_TEXT])
{
	struct rated a;

	if (!c->task[0])
		return STR("");
	str_copy(a.team, sizeof(a.team), str_of(h->scope[SCOPE_team].id));
	str_copy(a.key, sizeof(a.key), str_of(h->scope[SCOPE_key].id));
	str_copy(a.vendor, sizeof(a.vendor), str_of(c->vendor));
	str_copy(a.model, sizeof(a.model), str_of(c->model));
	str_copy(a.task, sizeof(a.task), str_of(c->task));
	return rated_write(&a, dst);
}

/* the reservation that pays: a slice, or the request's own */
static struct str payer_of(const struct held *h, const struct charge *c)
{
	bool slice = c->escrow[0] && strcmp(c->escrow, ESCROW_NONE) != 0;

	return str_of(slice ? c->escrow : h->rid);
}

/* when it was sent first; without rule R2 none is ever too old */
static int64_t since_us(const struct held *h, const struct charge *c)
{
	if (ablated(ABLATE_settle))
		return INT64_MAX / 2;
	return c->since_us ? c->since_us : h->issued_us;
}

static void on_settled(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = {
		[SETTLE_OK] = "ok", [SETTLE_AGAIN] = "again", [SETTLE_OLD] = "old"
	};
	struct settling *w = who;
	enum settle_end what = store_refused(end, reply) ? SETTLE_REFUSED : SETTLE_LOST;
	char entry[ENTRY_MAX] = "";
	int64_t over = 0;

	if (store_took(w->s, "settle", end, reply) && reply->elements == 3 &&
	    reply_int(reply->element[1], &over))
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum settle_end)i;
	if (what == SETTLE_OK)
		str_copy(entry, sizeof(entry), reply_str(reply->element[2]));
	if (w->fn)
		w->fn(w->who, what, over, entry);
	free(w);
}

void books_settle(struct store *s, const struct held *h, const struct charge *c,
		  books_settled_f *fn, void *who)
{
	struct settling *w = store_waiting(sizeof(*w));
	char answer[RATED_TEXT];
	const char *pairs[2 * WHOSE_MAX];
	size_t n_pairs = whose(h, c, pairs);
	struct cells budgets, rates;
	struct ask a;

	assert(c->attempt >= 0 && c->attempt <= ATTEMPTS_MAX && c->cost_nanos >= 0);
	*w = (struct settling){ .s = s, .fn = fn, .who = who };
	held_budgets(h, &budgets);
	held_rates(h, true, &rates);
	ask_init(&a);
	ask_key(&a, key_reservation(ask_room(&a), held_org(h), str_of(h->rid)));
	ask_key(&a, key_open(ask_room(&a), held_org(h)));
	ask_key(&a, key_suspense(ask_room(&a), held_org(h)));
	ask_key(&a, key_ledger(ask_room(&a), held_org(h)));
	ask_key(&a, key_answer(ask_room(&a), held_org(h), str_of(h->rid)));
	ask_key(&a, key_reservation(ask_room(&a), held_org(h), payer_of(h, c)));
	ask_records(&a, h);
	ask_cells(&a, h, &budgets);
	ask_cells(&a, h, &rates);

	ask_int(&a, s->test_now_us);
	ask_str(&a, str_of(h->rid));
	ask_int(&a, h->issued_us);
	ask_int(&a, c->attempt);
	ask_int(&a, c->cost_nanos);
	ask_str(&a, kind_of(c));
	ask_str(&a, c->final ? STR("final") : STR(""));
	ask_int(&a, c->tokens_used);
	ask_int(&a, ablated(ABLATE_settle) ? 0 : s->tombstone_ms * 1000);
	ask_int(&a, s->estimate_ms * 1000);
	ask_str(&a, str_of(h->owner));
	ask_payer(&a, h);
	ask_held(&a, h, &budgets);
	ask_held(&a, h, &rates);
	ask_int(&a, s->ledger_entries);
	ask_str(&a, c->usage.seen || c->estimated ? STR("used") : STR(""));
	ask_str(&a, s->feedback_ms ? answer_text(h, c, answer) : STR(""));
	ask_int(&a, s->feedback_ms * 1000);
	ask_str(&a, str_of(c->escrow));
	ask_int(&a, since_us(h, c));
	ask_str(&a, str_of(c->entry));
	ask_int(&a, SCOPE_COUNT);
	ask_int(&a, (int64_t)budgets.n);
	ask_int(&a, (int64_t)rates.n);
	ask_int(&a, h->slice ? 0 : (int64_t)n_pairs);
	ask_expiries(&a, h, &budgets);
	for (size_t i = 0; i < rates.n; i++) {
		ask_int(&a, scope_number(rates.cell[i].scope));
		ask_str(&a, str_of(cell_field(&rates.cell[i])));
	}
	for (size_t i = 0; i < n_pairs; i++)
		ask_str(&a, str_of(pairs[i]));
	ask_used(&a, c);
	ask_script(&a, s, SCRIPT_settle, on_settled, w);
}

/* --- renew --- */

static void ignore(void *who, enum redis_end end, const redisReply *reply)
{
	(void)who, (void)end, (void)reply;
}

void books_renew(struct store *s, const struct held *h)
{
	struct ask a;

	ask_init(&a);
	ask_key(&a, key_open(ask_room(&a), held_org(h)));
	ask_int(&a, s->test_now_us);
	ask_str(&a, str_of(h->rid));
	ask_int(&a, h->ttl_ms * 1000);
	ask_script(&a, s, SCRIPT_renew, ignore, NULL);
}

/* --- expire --- */

struct expiring {
	struct store *s;
	struct lease lease;
	char org[ID_MAX], rid[RID_MAX];
	books_expired_f *fn;
	void *who;
};

static void on_expired(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = {
		[EXPIRE_OK] = "ok",
		[EXPIRE_EARLY] = "early",
		[EXPIRE_NONE] = "none",
		[EXPIRE_FENCED] = "fenced",
	};
	struct expiring *w = who;
	enum expire_end what = EXPIRE_LOST;
	int64_t nanos = 0;

	if (store_took(w->s, "expire", end, reply) && reply->elements == 2 &&
	    reply_int(reply->element[1], &nanos))
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum expire_end)i;
	w->fn(w->who, what, nanos);
	free(w);
}

/* what rule R5 forbids */
static void give_back(struct expiring *w, const struct reservation *res)
{
	for (int32_t i = 0; i < ATTEMPTS_MAX; i++) {
		const struct charge c = { .attempt = i + 1, .final = true, .tokens_used = -1 };

		if (res->attempt[i].state == 'O')
			books_settle(w->s, &res->held, &c, NULL, NULL);
	}
	w->fn(w->who, EXPIRE_OK, 0);
	free(w);
}

/* res: NULL when there is none; then only its place in the index is to go */
static void on_read(void *who, bool ok, const struct reservation *res)
{
	struct expiring *w = who;
	struct str org = str_of(w->org);
	struct cells budgets = { .n = 0 };
	struct ask a;

	if (!ok) {
		w->fn(w->who, EXPIRE_LOST, 0);
		free(w);
		return;
	}
	if (res && ablated(ABLATE_suspense)) {
		give_back(w, res);
		return;
	}
	ask_init(&a);
	ask_key(&a, key_reservation(ask_room(&a), org, str_of(w->rid)));
	ask_key(&a, key_open(ask_room(&a), org));
	ask_key(&a, key_suspense(ask_room(&a), org));
	ask_key(&a, key_fence(ask_room(&a), org));
	if (res) {
		held_budgets(&res->held, &budgets);
		ask_records(&a, &res->held);
		ask_cells(&a, &res->held, &budgets);
	}
	ask_int(&a, w->s->test_now_us);
	ask_str(&a, str_of(w->rid));
	ask_int(&a, w->s->tombstone_ms * 1000);
	ask_int(&a, w->s->estimate_ms * 1000);
	ask_lease(&a, &w->lease);
	ask_int(&a, res ? SCOPE_COUNT : 0);
	ask_int(&a, (int64_t)budgets.n);
	if (res)
		ask_expiries(&a, &res->held, &budgets);
	ask_script(&a, w->s, SCRIPT_expire, on_expired, w);
}

void books_expire(struct store *s, const struct lease *lease, struct str org, struct str rid,
		  books_expired_f *fn, void *who)
{
	struct expiring *w = store_waiting(sizeof(*w));

	*w = (struct expiring){ .s = s, .lease = *lease, .fn = fn, .who = who };
	str_copy(w->org, sizeof(w->org), org);
	str_copy(w->rid, sizeof(w->rid), rid);
	books_read(s, org, rid, on_read, w);
}
