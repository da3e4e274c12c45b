/* books_admit.c -- reserve: the C half of admit.lua and extend.lua. */
#include <assert.h>

#include "core/walk.h"
#include "store/ask.h"

/* elements of the scripts' answers */
enum { AT_STATUS, AT_NOW, AT_FIRST, AT_RATES = 7 };
#define RATE_FIGURES 3

static const char *const words[] = {
	[VERDICT_OK] = "ok",           [VERDICT_LATE] = "late",
	[VERDICT_BARRIER] = "barrier", [VERDICT_STALE] = "stale",
	[VERDICT_BLOCKED] = "blocked", [VERDICT_EXPIRED] = "expired",
	[VERDICT_PERIOD] = "period",   [VERDICT_CONCURRENCY] = "concurrency",
	[VERDICT_RATE] = "rate",       [VERDICT_RATE_SIZE] = "rate_size",
	[VERDICT_BUDGET] = "budget",   [VERDICT_DONE] = "done",
};

/* one question on its way */
struct question {
	struct store *s;
	struct held *h;
	uint32_t from, n; /* candidates of the plan: those that were left out, and all */
	struct cells budgets, rates;
	int32_t attempt;
	enum script_id script;
	books_verdict_f *fn;
	void *who;
};

void books_open(struct held *h, struct str rid, struct str owner, const struct payer *payer,
		struct periods *last, int64_t now_us, int64_t ttl_ms)
{
	struct periods none = { .till_us = 0 }, *periods = last ? last : &none;

	periods_at(periods, now_us);
	*h = (struct held){ .expires_us = payer->expires_us,
			    .issued_us = now_us,
			    .ttl_ms = ttl_ms };
	str_copy(h->rid, sizeof(h->rid), rid);
	str_copy(h->owner, sizeof(h->owner), owner);
	memcpy(h->scope, payer->scope, sizeof(h->scope));
	for (int p = 0; p < PERIOD_COUNT; p++) {
		const struct period_span *span = &periods->span[p];

		memcpy(h->period_id[p], span->id, sizeof(span->id));
		h->period_start_us[p] = span->start_us;
		h->period_end_us[p] = span->end_us;
	}
}

/* --- the question --- */

static void ask_candidate(struct ask *a, const struct candidate *c)
{
	struct walk_terms t = walk_terms(c);

	ask_numbers(a, 7,
		    (const int64_t[]){ t.whole, t.fixed, t.picos, t.most, t.least, c->input_bound,
				       c->choices });
}

static void ask_plan(struct ask *a, const struct plan *plan, uint32_t from)
{
	assert(from < plan->n && plan->n <= PLAN_MAX);
	for (uint32_t i = from; i < plan->n; i++)
		ask_candidate(a, &plan->candidates[i]);
}

static void ask_scopes(struct ask *a, const struct held *h)
{
	for (int i = SCOPE_COUNT - 1; i >= 0; i--) {
		const struct payer_scope *s = &h->scope[i];

		ask_int(a, s->ver);
		ask_str(a, s->blocked ? STR("blocked") : STR("active"));
		ask_int(a, i == SCOPE_key ? h->expires_us : 0);
		ask_int(a, s->limits.concurrency);
	}
}

static void ask_rates(struct ask *a, const struct held *h, const struct cells *rates)
{
	for (size_t i = 0; i < rates->n; i++) {
		const struct cell *c = &rates->cell[i];

		ask_int(a, h->scope[c->scope].limits.rate[c->rate]);
		ask_int(a, (int64_t)c->rate + 1);
		ask_str(a, rate_counts_tokens(c->rate) ? STR("tokens") : STR("requests"));
	}
}

/* --- the answer --- */

static int64_t ms_of(int64_t us)
{
	return (us + 999) / 1000;
}

static bool kind_of(struct str word, enum verdict_kind *kind_r)
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_is(word, words[i])) {
			*kind_r = (enum verdict_kind)i;
			return true;
		}
	}
	return false;
}

static bool read_grant(const struct question *q, const int64_t *n, struct verdict *v)
{
	if (n[0] < 0 || n[0] >= q->n - q->from || n[1] < 0 || n[2] < 0)
		return false;
	v->chosen = (uint32_t)n[0] + q->from;
	v->max_tokens = n[1];
	v->reserved_nanos = n[2];
	v->left_nanos = n[3];
	v->pace_micros = q->script == SCRIPT_admit ? n[4] : -1;
	return true;
}

static void read_rates(const int64_t *n, struct verdict *v)
{
	for (int r = 0; r < RATE_COUNT; r++, n += RATE_FIGURES) {
		v->rate[r].limit = n[0];
		v->rate[r].remaining = n[1];
		v->rate[r].reset_ms = ms_of(n[2]);
	}
}

/* n[0] counts scopes or counters from 1, as they were sent */
static bool read_denial(const struct question *q, const int64_t *n, struct verdict *v)
{
	const struct cells *cells = v->kind == VERDICT_BUDGET ? &q->budgets : &q->rates;
	bool is_cell = v->kind == VERDICT_BUDGET || v->kind == VERDICT_RATE ||
		       v->kind == VERDICT_RATE_SIZE;
	int64_t most = is_cell ? (int64_t)cells->n : SCOPE_COUNT;
	const struct cell *c;

	if (v->kind == VERDICT_BARRIER)
		v->retry_ms = ms_of(n[0]);
	if (n[0] == 0 || v->kind == VERDICT_BARRIER)
		return true;
	if (n[0] < 0 || n[0] > most)
		return false;
	v->limit = n[1];
	v->scope = (enum scope)(SCOPE_COUNT - n[0]);
	if (!is_cell)
		return true;
	c = &cells->cell[n[0] - 1];
	v->scope = c->scope;
	v->period = c->period;
	v->rate_kind = c->rate;
	if (v->kind == VERDICT_BUDGET) {
		v->free_nanos = n[2];
		v->free_later_nanos = n[3];
		v->needed_nanos = n[4];
	} else {
		v->retry_ms = ms_of(n[2]);
	}
	return true;
}

static bool read_verdict(const struct question *q, const redisReply *reply, struct verdict *v)
{
	size_t wanted = AT_RATES + (q->script == SCRIPT_admit ? RATE_COUNT * RATE_FIGURES : 0);
	int64_t n[AT_RATES + RATE_COUNT * RATE_FIGURES] = { 0 };

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != wanted ||
	    !kind_of(reply_str(reply->element[AT_STATUS]), &v->kind))
		return false;
	for (size_t i = AT_NOW; i < wanted; i++)
		if (!reply_int(reply->element[i], &n[i]))
			return false;
	v->now_us = n[AT_NOW];
	if (v->kind != VERDICT_OK)
		return read_denial(q, n + AT_FIRST, v);
	if (!read_grant(q, n + AT_FIRST, v))
		return false;
	if (q->script == SCRIPT_admit)
		read_rates(n + AT_RATES, v);
	return true;
}

static void on_verdict(void *who, enum redis_end end, const redisReply *reply)
{
	struct question *q = who;
	struct verdict v = { .kind = VERDICT_NO_STORE };
	bool understood = store_took(q->s, scripts[q->script].name, end, reply) &&
			  read_verdict(q, reply, &v);

	if (!understood)
		v = (struct verdict){ .kind = VERDICT_NO_STORE,
				      .unsent = end == REDIS_DOWN || end == REDIS_FULL };
	v.attempt = q->attempt;
	if (understood)
		store_saw_clock(q->s, v.now_us);
	q->fn(q->who, &v);
	free(q);
}

/* --- the calls --- */

static struct question *question_new(struct store *s, struct held *h, const struct plan *plan,
				     enum script_id script, books_verdict_f *fn, void *who)
{
	struct question *q = store_waiting(sizeof(*q));

	*q = (struct question){
		.s = s, .h = h, .n = plan->n, .script = script, .fn = fn, .who = who
	};
	held_budgets(h, &q->budgets);
	held_rates(h, false, &q->rates);
	return q;
}

void books_admit(struct store *s, struct held *h, const struct plan *plan, books_verdict_f *fn,
		 void *who)
{
	struct question *q = question_new(s, h, plan, SCRIPT_admit, fn, who);
	struct cells tokens;
	struct ask a;

	q->attempt = h->attempts = 1;
	held_rates(h, true, &tokens);
	ask_init(&a);
	ask_key(&a, key_reservation(ask_room(&a), held_org(h), str_of(h->rid)));
	ask_key(&a, key_open(ask_room(&a), held_org(h)));
	ask_key(&a, key_paced(ask_room(&a), held_org(h)));
	ask_key(&a, key_history(ask_room(&a), held_org(h)));
	ask_records(&a, h);
	ask_cells(&a, h, &q->budgets);
	ask_cells(&a, h, &q->rates);

	ask_int(&a, s->test_now_us);
	ask_not_after(&a, s);
	ask_period(&a, h, &q->budgets);
	ask_int(&a, h->ttl_ms * 1000);
	ask_str(&a, str_of(h->rid));
	ask_str(&a, str_of(h->owner));
	ask_payer(&a, h);
	ask_held(&a, h, &q->budgets);
	ask_held(&a, h, &tokens);
	ask_int(&a, SCOPE_COUNT);
	ask_int(&a, (int64_t)q->budgets.n);
	ask_int(&a, (int64_t)q->rates.n);
	ask_int(&a, RATE_COUNT);
	ask_history(&a, s, held_org(h));
	ask_scopes(&a, h);
	ask_budgets(&a, h, &q->budgets);
	ask_rates(&a, h, &q->rates);
	ask_plan(&a, plan, 0);
	ask_script(&a, s, SCRIPT_admit, on_verdict, q);
}

void books_extend(struct store *s, struct held *h, const struct plan *plan, uint32_t from,
		  books_verdict_f *fn, void *who)
{
	struct question *q = question_new(s, h, plan, SCRIPT_extend, fn, who);
	struct ask a;

	assert(h->attempts < ATTEMPTS_MAX);
	q->attempt = ++h->attempts;
	q->from = from;
	ask_init(&a);
	ask_key(&a, key_reservation(ask_room(&a), held_org(h), str_of(h->rid)));
	ask_key(&a, key_history(ask_room(&a), held_org(h)));
	ask_records(&a, h);
	ask_cells(&a, h, &q->budgets);

	ask_int(&a, s->test_now_us);
	ask_not_after(&a, s);
	ask_int(&a, q->attempt);
	ask_int(&a, SCOPE_COUNT);
	ask_int(&a, (int64_t)q->budgets.n);
	ask_history(&a, s, held_org(h));
	for (size_t i = 0; i < q->budgets.n; i++) {
		const struct cell *c = &q->budgets.cell[i];

		ask_int(&a, scope_number(c->scope));
		ask_str(&a, str_of(cell_field(c)));
		ask_int(&a, cell_expires_s(h, c));
	}
	ask_plan(&a, plan, from);
	ask_script(&a, s, SCRIPT_extend, on_verdict, q);
}
