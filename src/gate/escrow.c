/* escrow.c -- the workers' side: what is told, and what is drawn. */
#include "gate/escrow.h"

#include "base/clock.h"
#include "base/text.h"
#include "core/walk.h"
#include "gate/escrow_parts.h"
#include "store/held.h"

struct escrow *escrow_new(struct settings *settings, const char *incarnation)
{
	struct escrow *e = calloc(1, sizeof(*e));

	if (!e || uv_mutex_init(&e->lock) != 0) {
		free(e);
		return NULL;
	}
	e->settings = settings_ref(settings);
	e->gateways = 1;
	str_copy(e->incarnation, sizeof(e->incarnation), str_of(incarnation));
	TAILQ_INIT(&e->slices);
	return e;
}

void escrow_free(struct escrow *e)
{
	struct payee *p, *next_p;
	struct slice *s, *next_s;
	struct usage_here *u, *next_u;

	if (!e)
		return;
	HASH_ITER (hh, e->payees, p, next_p) {
		HASH_DEL(e->payees, p);
		free(p);
	}
	HASH_ITER (hh, e->by_name, s, next_s) {
		HASH_DEL(e->by_name, s);
		free(s);
	}
	HASH_ITER (hh, e->usage, u, next_u) {
		HASH_DEL(e->usage, u);
		free(u);
	}
	uv_mutex_destroy(&e->lock);
	settings_unref(e->settings);
	free(e);
}

void escrow_use(struct escrow *e, struct settings *settings)
{
	uv_mutex_lock(&e->lock);
	settings_unref(e->settings);
	e->settings = settings_ref(settings);
	uv_mutex_unlock(&e->lock);
}

/* --- payees --- */

static struct payee *find_named(struct escrow *e, struct str org, struct str key,
				char name_r[2 * ID_MAX])
{
	struct text name = text_init(name_r, 2 * ID_MAX);
	struct payee *p;

	text_add(&name, org);
	text_adds(&name, "/");
	text_add(&name, key);
	HASH_FIND(hh, e->payees, name.p, name.n, p);
	return p;
}

static struct payee *find_payee(struct escrow *e, struct str org, struct str key)
{
	char name[2 * ID_MAX];

	return find_named(e, org, key, name);
}

static struct payee *find_or_add(struct escrow *e, const struct payer *payer)
{
	struct str org = str_of(payer->scope[SCOPE_org].id);
	struct str key = str_of(payer->scope[SCOPE_key].id);
	char name[2 * ID_MAX];
	struct payee *p = find_named(e, org, key, name);

	if (p || HASH_COUNT(e->payees) >= (unsigned)e->settings->escrow_keys)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	memcpy(p->name, name, sizeof(name));
	HASH_ADD_STR(e->payees, name, p);
	return p;
}

/* Redis confirmed its records not too long ago */
static bool is_known(const struct escrow *e, const struct payee *p)
{
	return p && p->admitted_us &&
	       clock_mono_us() - p->admitted_us < e->settings->escrow_time_ms * 1000;
}

static bool same_records(const struct payer *a, const struct payer *b)
{
	for (int s = 0; s < SCOPE_COUNT; s++)
		if (a->scope[s].ver != b->scope[s].ver)
			return false;
	return true;
}

void escrow_admitted(struct escrow *e, const struct payer *payer, int64_t worst_nanos)
{
	struct payee *p;

	if (uv_mutex_trylock(&e->lock) != 0)
		return;
	p = find_or_add(e, payer);
	if (p) {
		if (!same_records(&p->payer, payer))
			p->payer = *payer;
		p->admitted_us = p->asked_us = clock_mono_us();
		demand_admitted(&p->demand, worst_nanos);
	}
	uv_mutex_unlock(&e->lock);
}

void escrow_charged(struct escrow *e, const struct held *h, int64_t cost_nanos)
{
	struct payee *p;

	if (uv_mutex_trylock(&e->lock) != 0)
		return;
	p = find_payee(e, held_org(h), str_of(h->scope[SCOPE_key].id));
	if (p)
		demand_charged(&p->demand, cost_nanos);
	uv_mutex_unlock(&e->lock);
}

bool escrow_payer(struct escrow *e, struct str org, struct str key, struct payer *payer_r)
{
	struct payee *p;
	bool known;

	uv_mutex_lock(&e->lock);
	p = find_payee(e, org, key);
	known = is_known(e, p);
	if (known)
		*payer_r = p->payer;
	uv_mutex_unlock(&e->lock);
	return known;
}

/* --- limits, as one gateway of several can keep them --- */

static struct usage_here *usage_of(struct escrow *e, const struct payer_scope *scope, enum scope s,
				   const char *org)
{
	struct usage_here *u;
	char name[sizeof(u->name)];

	snprintf(name, sizeof(name), "%s/%s:%s", org, scope_name(s), scope->id);
	HASH_FIND_STR(e->usage, name, u);
	if (!u) {
		u = calloc(1, sizeof(*u));
		if (!u)
			return NULL;
		memcpy(u->name, name, sizeof(name));
		HASH_ADD_STR(e->usage, name, u);
	}
	u->asked_us = clock_mono_us();
	return u;
}

/* what of a limit is this gateway's */
static int64_t part_of(const struct escrow *e, int64_t limit)
{
	return limit > e->gateways ? limit / e->gateways : limit > 0 ? 1 : 0;
}

static int64_t counts(enum rate_kind r, int64_t tokens)
{
	return rate_counts_tokens(r) ? tokens : 1;
}

static bool rate_fits(const struct escrow *e, const struct usage_here *u,
		      const struct payer_scope *scope, int64_t tokens, int64_t now_us,
		      struct verdict *v)
{
	int64_t retry_us;

	for (int r = 0; r < RATE_COUNT; r++) {
		int64_t limit = scope->limits.rate[r];

		if (limit < 0 || bucket_fits(&u->rate[r], part_of(e, limit),
					     counts((enum rate_kind)r, tokens), now_us, &retry_us))
			continue;
		v->kind = VERDICT_RATE;
		v->rate_kind = (enum rate_kind)r;
		v->limit = limit;
		v->retry_ms = retry_us < 0 ? 60000 : retry_us / 1000;
		return false;
	}
	return true;
}

/* False: *v says why not. */
static bool limits_fit(struct escrow *e, const struct payer *payer, int64_t tokens, int64_t now_us,
		       struct verdict *v)
{
	for (int s = SCOPE_COUNT - 1; s >= 0; s--) {
		const struct payer_scope *scope = &payer->scope[s];
		struct usage_here *u = usage_of(e, scope, (enum scope)s,
						payer->scope[SCOPE_org].id);
		int64_t most = scope->limits.concurrency;

		v->scope = (enum scope)s;
		if (!u)
			return false;
		if (most >= 0 && u->live >= part_of(e, most)) {
			v->kind = VERDICT_CONCURRENCY;
			v->limit = most;
			return false;
		}
		if (!rate_fits(e, u, scope, tokens, now_us, v))
			return false;
	}
	return true;
}

static void count_in(struct escrow *e, const struct payer *payer, int64_t tokens, int64_t now_us)
{
	for (int s = 0; s < SCOPE_COUNT; s++) {
		const struct payer_scope *scope = &payer->scope[s];
		struct usage_here *u = usage_of(e, scope, (enum scope)s,
						payer->scope[SCOPE_org].id);

		if (!u)
			continue;
		u->live++;
		for (int r = 0; r < RATE_COUNT; r++)
			if (scope->limits.rate[r] > 0)
				bucket_add(&u->rate[r], part_of(e, scope->limits.rate[r]),
					   counts((enum rate_kind)r, tokens), now_us);
	}
}

void escrow_left(struct escrow *e, const struct held *h)
{
	uv_mutex_lock(&e->lock);
	for (int s = 0; s < SCOPE_COUNT; s++) {
		struct usage_here *u = usage_of(e, &h->scope[s], (enum scope)s,
						h->scope[SCOPE_org].id);

		if (u && u->live > 0)
			u->live--;
	}
	uv_mutex_unlock(&e->lock);
}

/* --- drawing --- */

/* Money that one holds is of no use where the other is charged. */
static bool same_budgets(const struct held *a, const struct held *b)
{
	char texts[2][HELD_TEXT];
	struct cells cells[2];

	held_budgets(a, &cells[0]);
	held_budgets(b, &cells[1]);
	return str_eq(held_text(a, &cells[0], texts[0]), held_text(b, &cells[1], texts[1]));
}

static bool may_pay(const struct slice *s, const struct escrow_ask *ask)
{
	return s && (!ask->held || same_budgets(ask->held, &s->held));
}

/* whole, whatever it costs */
static bool first_of(const struct plan *plan, uint32_t from, struct walk_grant *g)
{
	return walk_choose(plan, from, INT64_MAX, g);
}

/* False: without Redis it cannot be served. *slice_r is NULL where no money is drawn. */
static bool find_money(const struct payee *p, const struct escrow_ask *ask, bool unchecked,
		       struct slice **slice_r, struct walk_grant *g)
{
	struct slice *s = p ? p->slice : NULL;

	*slice_r = NULL;
	if (!payer_has_budget(ask->payer))
		return first_of(ask->plan, ask->from, g);
	if (may_pay(s, ask) && walk_choose(ask->plan, ask->from, s->given - s->used, g)) {
		*slice_r = s;
		return true;
	}
	return unchecked && first_of(ask->plan, ask->from, g);
}

static bool is_barred(const struct payer *p, int64_t now_us, struct verdict *v)
{
	for (int s = SCOPE_COUNT - 1; s >= 0; s--) {
		if (!p->scope[s].blocked)
			continue;
		v->kind = VERDICT_BLOCKED;
		v->scope = (enum scope)s;
		return true;
	}
	if (!p->expires_us || now_us < p->expires_us)
		return false;
	v->kind = VERDICT_EXPIRED;
	v->scope = SCOPE_key;
	return true;
}

static void grant_it(const struct escrow *e, struct slice *s, const struct walk_grant *g,
		     const struct escrow_ask *ask, struct verdict *v, struct held *held_r)
{
	const char *name = s ? s->held.rid : ESCROW_NONE;

	v->kind = VERDICT_OK;
	v->chosen = g->chosen;
	v->max_tokens = g->max_tokens;
	v->reserved_nanos = g->cost_nanos;
	v->left_nanos = s ? s->given - s->used - g->cost_nanos : -1;
	str_copy(v->escrow, sizeof(v->escrow), str_of(name));
	if (s)
		*held_r = s->held;
	else
		books_open(held_r, STR(""), str_of(e->incarnation), ask->payer, NULL, ask->now_us,
			   0);
	held_r->slice = false;
	held_r->ttl_ms = e->settings->gateway_reservation_time_ms;
	if (!s)
		return;
	s->used += g->cost_nanos;
	s->unsettled++;
}

static void draw(struct escrow *e, const struct escrow_ask *ask, struct verdict *v,
		 struct held *held_r)
{
	enum without_redis word = payer_without_redis(
		ask->payer, (enum without_redis)e->settings->escrow_without_redis);
	struct payee *p = find_payee(e, str_of(ask->payer->scope[SCOPE_org].id),
				     str_of(ask->payer->scope[SCOPE_key].id));
	bool unchecked = word == WITHOUT_REDIS_open;
	struct walk_grant g;
	struct slice *s;

	if (word == WITHOUT_REDIS_closed || (!unchecked && !is_known(e, p)) ||
	    is_barred(ask->payer, ask->now_us, v) || !find_money(p, ask, unchecked, &s, &g))
		return;
	if (ask->begins && !limits_fit(e, ask->payer, g.tokens, ask->now_us, v))
		return;
	if (p)
		p->asked_us = clock_mono_us();
	if (ask->begins)
		count_in(e, ask->payer, g.tokens, ask->now_us);
	grant_it(e, s, &g, ask, v, held_r);
}

void escrow_draw(struct escrow *e, const struct escrow_ask *ask, struct verdict *v_r,
		 struct held *held_r)
{
	*v_r = (struct verdict){ .kind = VERDICT_NO_STORE, .pace_micros = -1 };
	for (int r = 0; r < RATE_COUNT; r++)
		v_r->rate[r].limit = -1;
	uv_mutex_lock(&e->lock);
	draw(e, ask, v_r, held_r);
	uv_mutex_unlock(&e->lock);
}

static struct slice *find_slice(struct escrow *e, const char *name)
{
	struct slice *s;

	HASH_FIND_STR(e->by_name, name, s);
	return s;
}

void escrow_return(struct escrow *e, const char *slice, int64_t nanos)
{
	struct slice *s;

	uv_mutex_lock(&e->lock);
	s = find_slice(e, slice);
	if (s)
		s->used -= nanos;
	uv_mutex_unlock(&e->lock);
}

void escrow_settled(struct escrow *e, const char *slice)
{
	struct slice *s;

	uv_mutex_lock(&e->lock);
	s = find_slice(e, slice);
	if (s && s->unsettled > 0)
		s->unsettled--;
	uv_mutex_unlock(&e->lock);
}

struct escrow_sums escrow_sums(struct escrow *e)
{
	struct escrow_sums sums = { 0 };
	struct payee *p;
	struct slice *s;

	uv_mutex_lock(&e->lock);
	for (p = e->payees; p; p = p->hh.next)
		sums.keys += is_known(e, p) && (p->slice || !payer_has_budget(&p->payer));
	TAILQ_FOREACH (s, &e->slices, next)
		sums.held_nanos += s->given > s->used ? s->given - s->used : 0;
	uv_mutex_unlock(&e->lock);
	return sums;
}
