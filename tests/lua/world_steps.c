/* world_steps.c -- what operator, coordinator and time do meanwhile. */
#include "lua/world.h"

#define LISTED 64

/* --- the operator --- */

static void on_put(void *who, enum put_end end, int64_t ver)
{
	(void)ver;
	if (end != PUT_OK)
		world_trouble("a record cannot be changed");
	world_done(who);
}

static void put(struct str org, enum scope s, struct str id, const char *name, const char *value)
{
	const struct field field = { str_of(name), str_of(value) };
	bool done = false;

	oracle_changed(&world.oracle, oracle_record(&world.oracle, org, s, id));
	record_put(&world.store, PUT_CHANGE, org, s, id, STR_NONE, &field, 1, on_put, &done);
	world_await(&done);
	world.figures[FIGURE_LIMITS]++;
}

static void put_limit(struct str org, enum scope s, struct str id, const char *name, int64_t limit)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)limit);
	put(org, s, id, name, limit < 0 ? NULL : text);
}

/* -1 in one case of five: the limit goes */
static int64_t some_limit(int64_t most)
{
	return world_chance(20) ? -1 : (int64_t)world_pick((uint32_t)most);
}

/* near to what is used already: above it, just it, or below */
static int64_t some_budget(struct str org, enum scope s, struct str id, enum period p)
{
	int64_t used = oracle_used(&world.oracle, org, s, id, p);
	uint32_t how = world_pick(100);

	if (how < 20)
		return -1;
	if (how < 25)
		return used;
	if (how < 30)
		return used / 2;
	return used + world_pick(1 + (uint32_t)p) * 5000000 + world_pick(15000000);
}

static int64_t some_rate(enum rate_kind k)
{
	/* at times less than one request's tokens */
	if (rate_counts_tokens(k))
		return some_limit(world_chance(10) ? 600 : 60000);
	return some_limit(120);
}

/* which: as in limit_fields, and behind them the concurrency */
static void change_limit(struct str org, enum scope s, struct str id, uint32_t which)
{
	struct limits *l = &oracle_record(&world.oracle, org, s, id)->limits;

	if (which == LIMIT_FIELDS) {
		l->concurrency = some_limit(s == SCOPE_key ? 12 : 40);
		put_limit(org, s, id, "concurrency", l->concurrency);
	} else if (which < PERIOD_COUNT) {
		l->budget_nanos[which] = some_budget(org, s, id, (enum period)which);
		oracle_limit_changed(&world.oracle, org, s, id, (enum period)which);
		put_limit(org, s, id, limit_fields[which], l->budget_nanos[which]);
	} else {
		enum rate_kind k = (enum rate_kind)(which - PERIOD_COUNT);

		l->rate[k] = some_rate(k);
		put_limit(org, s, id, limit_fields[which], l->rate[k]);
	}
}

static void change_expiry(struct str org, struct str key)
{
	struct oracle_record *r = oracle_record(&world.oracle, org, SCOPE_key, key);
	char text[24];

	r->expires_us = r->expires_us ? 0 : world.oracle.now_us + world_pick(60000000);
	snprintf(text, sizeof(text), "%lld", (long long)r->expires_us);
	put(org, SCOPE_key, key, "expires", text);
}

static void change_status(struct str org, enum scope s, struct str id)
{
	struct oracle_record *r = oracle_record(&world.oracle, org, s, id);

	r->blocked = !r->blocked;
	put(org, s, id, "status", r->blocked ? "blocked" : "active");
}

void operator_step(void)
{
	enum scope s = (enum scope)world_pick(SCOPE_COUNT);
	char org[16], id[16];

	snprintf(org, sizeof(org), "o%u", world_pick(ORACLE_ORGS));
	str_copy(id, sizeof(id), str_of(org));
	if (s == SCOPE_team)
		snprintf(id, sizeof(id), "t%u", world_pick(ORACLE_TEAMS));
	if (s == SCOPE_key)
		snprintf(id, sizeof(id), "k%u", world_pick(ORACLE_KEYS));
	if (world_chance(80))
		change_limit(str_of(org), s, str_of(id), world_pick(LIMIT_FIELDS + 1));
	else if (s == SCOPE_key && world_chance(50))
		change_expiry(str_of(org), str_of(id));
	else
		change_status(str_of(org), s, str_of(id));
}

void operator_hears(const struct held *h, const struct verdict *v)
{
	struct str org = held_org(h), id = str_of(h->scope[v->scope].id);

	switch (v->kind) {
	case VERDICT_BLOCKED: change_status(org, v->scope, id); break;
	case VERDICT_EXPIRED: change_expiry(org, id); break;
	case VERDICT_CONCURRENCY: change_limit(org, v->scope, id, LIMIT_FIELDS); break;
	case VERDICT_BUDGET: change_limit(org, v->scope, id, v->period); break;
	case VERDICT_RATE:
	case VERDICT_RATE_SIZE: change_limit(org, v->scope, id, PERIOD_COUNT + v->rate_kind); break;
	default: break;
	}
}

/* --- the coordinator --- */

struct listing {
	bool done;
	size_t n;
	char rids[LISTED][RID_MAX];
};

static void on_rids(void *who, bool ok, size_t n, const struct str *rids)
{
	struct listing *l = who;

	if (!ok)
		world_trouble("reservations cannot be listed");
	for (l->n = 0; l->n < n && l->n < LISTED; l->n++)
		str_copy(l->rids[l->n], RID_MAX, rids[l->n]);
	world_done(&l->done);
}

typedef void list_f(struct store *s, struct str org, uint32_t most, books_rids_f *fn, void *who);

static size_t list(list_f *fn, struct str org, uint32_t most, struct listing *l)
{
	l->done = false;
	fn(&world.store, org, most, on_rids, l);
	world_await(&l->done);
	return l->n;
}

static void expire_some(struct str org)
{
	struct listing l;

	list(books_overdue, org, LISTED, &l);
	for (size_t i = 0; i < l.n && world_ok(); i++)
		command_expire(org, str_of(l.rids[i]));
}

static struct str orgs[ORACLE_ORGS] = { { "o0", 2 }, { "o1", 2 } };

/* one that is not due, or was never there */
static void expire_too_early(void)
{
	struct gateway *g = &world.gateway[world_pick(WORLD_GATEWAYS)];
	struct request *r = &g->request[world_pick(WORLD_REQUESTS)];

	if (r->used)
		command_expire(held_org(&r->held), str_of(r->held.rid));
}

/* what the leader found does not matter here, only that admissions tell it */
static void pace_some(void)
{
	uint32_t n = HASH_COUNT(world.oracle.budgets);
	int64_t micros = world_pick(1000000);
	struct oracle_budget *b = n ? oracle_pace(&world.oracle, world_pick(n), micros) : NULL;

	if (b)
		freeReplyObject(
			redisCommand(world.raw, "HSET %s pace %lld", b->key, (long long)micros));
}

void coordinator_step(bool all)
{
	struct listing l;

	if (!all) {
		expire_some(orgs[world_pick(ORACLE_ORGS)]);
		expire_too_early();
		pace_some();
		return;
	}
	for (int o = 0; o < ORACLE_ORGS; o++)
		while (world_ok() && list(books_overdue, orgs[o], LISTED, &l))
			expire_some(orgs[o]);
}

/* --- reconciling with the vendors' records --- */

struct lookup {
	bool done, there;
	struct reservation res;
};

static void on_reservation(void *who, bool ok, const struct reservation *res)
{
	struct lookup *l = who;

	if (!ok)
		world_trouble("a reservation cannot be read");
	l->there = res != NULL;
	if (res)
		l->res = *res;
	world_done(&l->done);
}

static bool needs_truth(const struct reservation *res, int i)
{
	return res->attempt[i].state == 'X' ||
	       (res->attempt[i].state == 'S' && res->attempt[i].estimated);
}

/* True: an attempt was settled by what its vendor says. */
static bool reconcile(struct str org, const char *rid)
{
	struct lookup l = { .done = false };
	bool settled = false;

	books_read(&world.store, org, str_of(rid), on_reservation, &l);
	world_await(&l.done);
	for (int32_t i = 1; l.there && i <= ATTEMPTS_MAX && world_ok(); i++) {
		struct charge c = { .attempt = i, .tokens_used = -1 };
		enum settle_end end;

		if (!needs_truth(&l.res, i - 1) || gateway_may_send(org, rid, i))
			continue;
		c.cost_nanos = vendor_record(org, rid, i);
		if (command_settle(&l.res.held, &c, &end))
			settled = true;
		world.figures[FIGURE_RECONCILED]++;
	}
	return settled;
}

void reconcile_estimates(void)
{
	struct oracle_reservation *r, *next;

	HASH_ITER (hh, world.oracle.reservations, r, next)
		for (int i = 1; i <= ATTEMPTS_MAX; i++)
			if (r->attempt[i].state == 'S' && r->attempt[i].estimated)
				reconcile(held_org(&r->held), r->held.rid);
}

void reconcile_step(bool all)
{
	struct listing l;

	if (!all) {
		struct str org = orgs[world_pick(ORACLE_ORGS)];

		if (list(books_suspense, org, 8, &l))
			reconcile(org, l.rids[world_pick((uint32_t)l.n)]);
		return;
	}
	for (int o = 0; o < ORACLE_ORGS; o++)
		while (world_ok() && list(books_suspense, orgs[o], LISTED, &l))
			for (size_t i = 0; i < l.n; i++)
				if (!reconcile(orgs[o], l.rids[i]))
					world_trouble("%s cannot be reconciled", l.rids[i]);
	reconcile_estimates();
}
