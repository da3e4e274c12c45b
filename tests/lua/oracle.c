/* oracle.c -- records, counters, reservations. */
#include "lua/oracle.h"

void oracle_init(struct oracle *o)
{
	*o = (struct oracle){ .now_us = 0 };
}

void oracle_release(struct oracle *o)
{
	struct oracle_budget *b, *next_b;
	struct oracle_reservation *r, *next_r;

	HASH_ITER (hh, o->budgets, b, next_b) {
		HASH_DEL(o->budgets, b);
		free(b);
	}
	HASH_ITER (hh, o->reservations, r, next_r)
		oracle_forget(o, r);
}

/* --- records --- */

struct oracle_record *oracle_record(struct oracle *o, struct str org, enum scope s, struct str id)
{
	int which = org.p[1] - '0', i = id.p[1] - '0';

	if (s == SCOPE_org)
		return &o->org[which];
	return s == SCOPE_team ? &o->team[which][i] : &o->key[which][i];
}

struct oracle_record *oracle_record_of(struct oracle *o, const struct held *h, enum scope s)
{
	return oracle_record(o, held_org(h), s, str_of(h->scope[s].id));
}

void oracle_each_record(void (*fn)(struct str org, enum scope s, struct str id))
{
	for (int o = 0; o < ORACLE_ORGS; o++) {
		char org[16], id[16];

		snprintf(org, sizeof(org), "o%d", o);
		fn(str_of(org), SCOPE_org, str_of(org));
		for (int t = 0; t < ORACLE_TEAMS; t++) {
			snprintf(id, sizeof(id), "t%d", t);
			fn(str_of(org), SCOPE_team, str_of(id));
		}
		for (int k = 0; k < ORACLE_KEYS; k++) {
			snprintf(id, sizeof(id), "k%d", k);
			fn(str_of(org), SCOPE_key, str_of(id));
		}
	}
}

void oracle_changed(struct oracle *o, struct oracle_record *r)
{
	r->ver = r->ver + 1 > o->now_us ? r->ver + 1 : o->now_us;
}

/* --- counters --- */

static void touch(struct oracle *o, struct oracle_budget *b)
{
	for (size_t i = 0; i < o->n_touched; i++)
		if (o->touched[i] == b)
			return;
	if (o->n_touched < ORACLE_TOUCHED)
		o->touched[o->n_touched++] = b;
}

struct oracle_budget *oracle_budget(struct oracle *o, const struct held *h, const struct cell *c)
{
	int64_t limit = oracle_record_of(o, h, c->scope)->limits.budget_nanos[c->period];
	struct oracle_budget *b;
	struct rkey key;

	key_budget(&key, held_org(h), c->scope, str_of(h->scope[c->scope].id),
		   str_of(h->period_id[c->period]));
	HASH_FIND_STR(o->budgets, key.text, b);
	if (!b) {
		b = calloc(1, sizeof(*b));
		memcpy(b->key, key.text, sizeof(b->key));
		b->cap = limit < 0 ? INT64_MAX : limit;
		b->dies_s = cell_expires_s(h, c);
		b->pace = -1;
		HASH_ADD_STR(o->budgets, key, b);
	}
	touch(o, b);
	return b;
}

int64_t oracle_used(struct oracle *o, struct str org, enum scope s, struct str id, enum period p)
{
	const struct oracle_budget *b;
	struct period_span span;
	struct rkey key;

	period_span(p, o->now_us, &span);
	key_budget(&key, org, s, id, str_of(span.id));
	HASH_FIND_STR(o->budgets, key.text, b);
	return b ? oracle_sum(b) : 0;
}

void oracle_limit_changed(struct oracle *o, struct str org, enum scope s, struct str id,
			  enum period p)
{
	int64_t limit = oracle_record(o, org, s, id)->limits.budget_nanos[p];
	struct oracle_budget *b, *next;
	struct rkey key;

	HASH_ITER (hh, o->budgets, b, next) {
		int64_t sum = oracle_sum(b);
		struct str begins = key_budget(&key, org, s, id, STR("")), period;
		struct period_span span;
		enum period which;

		if (!str_starts(str_of(b->key), begins))
			continue;
		period = str_sub(str_of(b->key), begins.n, RKEY_MAX);
		if (period_parse(period, &which, &span) && which == p)
			b->cap = limit < 0 ? INT64_MAX : limit > sum ? limit : sum;
	}
}

struct oracle_budget *oracle_pace(struct oracle *o, uint32_t n, int64_t micros)
{
	struct oracle_budget *b = o->budgets;

	for (; b && n > 0; n--)
		b = b->hh.next;
	if (!b || !b->requests)
		return NULL;
	b->pace = micros;
	return b;
}

void oracle_billed(struct oracle *o, const struct held *h, int64_t nanos)
{
	struct cells cells;

	held_budgets(h, &cells);
	for (size_t i = 0; i < cells.n; i++)
		oracle_budget(o, h, &cells.cell[i])->billed += nanos;
}

/* --- reservations --- */

static void id_of(char *dst, size_t cap, struct str org, struct str rid)
{
	snprintf(dst, cap, "%.*s/%.*s", STR_ARG(org), STR_ARG(rid));
}

struct oracle_reservation *oracle_find(struct oracle *o, struct str org, struct str rid)
{
	struct oracle_reservation *r;
	char id[sizeof(r->id)];

	id_of(id, sizeof(id), org, rid);
	HASH_FIND_STR(o->reservations, id, r);
	return r;
}

struct oracle_reservation *oracle_make(struct oracle *o, const struct held *h)
{
	struct oracle_reservation *r = calloc(1, sizeof(*r));

	id_of(r->id, sizeof(r->id), held_org(h), str_of(h->rid));
	r->held = *h;
	HASH_ADD_STR(o->reservations, id, r);
	return r;
}

struct oracle_reservation *oracle_some_open(struct oracle *o, uint32_t n)
{
	struct oracle_reservation *r = o->reservations;

	for (n = r ? n % HASH_COUNT(r) : 0; n > 0; n--)
		r = r->hh.next;
	while (r && r->state != 'O')
		r = r->hh.next;
	return r;
}

void oracle_forget(struct oracle *o, struct oracle_reservation *r)
{
	HASH_DEL(o->reservations, r);
	free(r);
}

bool oracle_in_suspense(const struct oracle_reservation *r)
{
	for (int i = 1; i <= ATTEMPTS_MAX; i++)
		if (r->attempt[i].state == 'X')
			return true;
	return false;
}
