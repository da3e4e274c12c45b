/* budget_suspense.c -- show what lies in suspense. */
#include "ctl/budget_suspense.h"

#include "core/price.h"
#include "ctl/out.h"
#include "ctl/suspense.h"
#include "ctl/table.h"
#include "ctl/verbs.h"

struct list {
	struct session *session;
	struct table table;
	json_t *json;
	int64_t nanos; /* of all */
	size_t n;
};

/* an attempt in suspense */
struct row {
	const struct held *held;
	int attempt;
	int64_t nanos, since_us, age_us;
	char key[ENTITY_TEXT], team[ENTITY_TEXT];
};

static void name_payer(struct row *r)
{
	const struct payer_scope *scopes = r->held->scope;
	struct str org = str_of(scopes[SCOPE_org].id);
	struct entity e;

	entity_set(&e, SCOPE_key, org, str_of(scopes[SCOPE_key].id));
	entity_text(r->key, &e);
	entity_set(&e, SCOPE_team, org, str_of(scopes[SCOPE_team].id));
	entity_text(r->team, &e);
}

static void add_json(json_t *list, const struct row *r)
{
	json_t *o = json_object();

	out_text(o, "request", r->held->rid);
	out_int(o, "attempt", r->attempt);
	out_int(o, "suspense_nanos", r->nanos);
	out_time(o, "since", r->since_us);
	out_int(o, "age_s", r->age_us / 1000000);
	out_text(o, "key", r->key);
	out_text(o, "team", r->team);
	out_bool(o, "slice", r->held->slice);
	out_time(o, "issued_at", r->held->issued_us);
	json_array_append_new(list, o);
}

static void add_row(struct table *t, const struct row *r)
{
	char age[TIME_TEXT];

	table_adds(t, r->held->rid);
	table_addi(t, r->attempt);
	table_money(t, r->nanos);
	table_adds(t, age_text(age, r->age_us));
	table_adds(t, r->key);
	table_adds(t, r->team);
	table_adds(t, r->held->slice ? "slice" : "request");
}

static void add_request(void *who, const struct reservation *res)
{
	struct list *l = who;
	int64_t now_us = store_now_us(&l->session->store);
	struct row r = { .held = &res->held };

	name_payer(&r);
	l->nanos += suspense_nanos(res);
	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		if (res->attempt[i].state != 'X')
			continue;
		r.attempt = i + 1;
		r.nanos = res->attempt[i].reserved_nanos;
		r.since_us = res->attempt[i].suspended_us;
		r.age_us = now_us - r.since_us;
		l->n++;
		if (l->json)
			add_json(l->json, &r);
		else
			add_row(&l->table, &r);
	}
}

int budget_suspense(struct session *s, void *values, int n, char **args)
{
	static const struct column columns[] = {
		{ "REQUEST", ALIGN_LEFT }, { "ATTEMPT", ALIGN_RIGHT }, { "USD", ALIGN_POINT },
		{ "AGE", ALIGN_RIGHT },    { "KEY", ALIGN_LEFT },      { "TEAM", ALIGN_LEFT },
		{ "WHAT", ALIGN_LEFT },
	};
	struct list l = { .session = s, .json = s->common->json ? json_array() : NULL };
	char money[32];
	struct entity e;
	int code = n > 0 ? verb_entity(SCOPE_org, args[0], &e) : EXIT_FINE;

	(void)values;
	table_init(&l.table, &s->arena, columns, COUNT_OF(columns));
	if (!code)
		code = await_org(s, n > 0 ? e.org : NULL);
	if (!code)
		code = suspense_walk(s, n > 0 ? str_of(e.org) : STR_NONE, add_request, &l);
	if (code) {
		json_decref(l.json);
		return code;
	}
	if (l.json)
		return out_json(l.json);
	table_print(&l.table);
	printf("%s%zu attempt%s in suspense, %s USD\n", l.n ? "\n" : "", l.n, plural((int64_t)l.n),
	       money_text(money, l.nanos));
	return EXIT_FINE;
}
