/* status_collect.c -- the state of a fleet, gathered from Redis. */
#include "core/apikey.h"
#include "ctl/await_survey.h"
#include "ctl/budgets.h"
#include "ctl/each_org.h"
#include "ctl/status.h"
#include "ctl/suspense.h"
#include "store/fleet.h"
#include "store/published.h"

/* --- Redis --- */

static int add_server(struct session *s, json_t *status)
{
	struct survey_server server;
	int code = await_server(s, &server);
	json_t *redis;

	if (code)
		return code;
	redis = json_object();
	out_text(redis, "url", s->settings->redis_url);
	out_text(redis, "version", server.version);
	out_text(redis, "role", server.role);
	out_int(redis, "used_bytes", server.used_bytes);
	out_int(redis, "max_bytes", server.max_bytes);
	out_text(redis, "eviction", server.eviction);
	out_bool(redis, "aof", server.aof);
	out_int(redis, "clients", server.clients);
	out_int(redis, "up_s", server.up_s);
	out_value(status, "redis", redis);
	return EXIT_FINE;
}

/* what keys are hashed under that are made here; null: it is not known here */
static void add_pepper(struct session *s, json_t *status)
{
	struct fault unused;
	struct secret *pepper = secret_resolve(str_of(s->settings->gateway_pepper), &unused);
	char mark[APIKEY_PEPPER_MARK];

	if (pepper)
		apikey_pepper_mark(mark, str_of(secret_text(pepper)));
	out_text(status, "pepper", pepper ? mark : NULL);
	secret_free(pepper);
}

/* --- the leader and what is published --- */

static int add_leader(struct session *s, json_t *status)
{
	json_t *leader;
	int64_t lease_ms;
	struct str name;
	int code = await_leader(s, &name, &lease_ms);

	if (code)
		return code;
	leader = json_object();
	out_str(leader, "id", name);
	out_int(leader, "lease_ms", lease_ms);
	if (str_absent(name)) {
		json_decref(leader);
		leader = json_null();
	}
	out_value(status, "leader", leader);
	return EXIT_FINE;
}

struct publishing {
	struct session *session;
	json_t *status;
};

static void got_catalog(void *who, bool ok, const struct published *catalog)
{
	struct publishing *p = who;

	out_int(p->status, "epoch", catalog->number);
	out_str(p->status, "hash", catalog->hash);
	session_answered(p->session, ok);
}

static int add_catalog(struct session *s, json_t *status)
{
	struct publishing p = { s, status };

	session_begin(s);
	published_read(&s->store, PUBLISHED_CATALOG, got_catalog, &p);
	return session_wait(s);
}

static void got_snapshot(void *who, bool ok, const struct published *snapshot)
{
	struct publishing *p = who;
	int64_t age_us = store_now_us(&p->session->store) - snapshot->at_us;
	json_t *o = snapshot->number ? json_object() : json_null();

	out_int(o, "version", snapshot->number);
	out_str(o, "hash", snapshot->hash);
	out_int(o, "age_s", age_us > 0 ? age_us / 1000000 : 0);
	out_int(o, "bytes", (int64_t)snapshot->text.n);
	out_value(p->status, "snapshot", o);
	session_answered(p->session, ok);
}

static int add_snapshot(struct session *s, json_t *status)
{
	struct publishing p = { s, status };

	session_begin(s);
	published_read(&s->store, PUBLISHED_SNAPSHOT, got_snapshot, &p);
	return session_wait(s);
}

/* --- who is there --- */

struct members {
	struct session *session;
	json_t *list;
};

/* in the order of their ids, so that the same fleet reads the same each time */
static size_t place_of(const json_t *list, const json_t *member)
{
	const char *id = json_string_value(json_object_get(member, "id"));
	const json_t *other;
	size_t i;

	json_array_foreach(list, i, other) if (id && strcmp(id, json_string_value(json_object_get(
									other, "id"))) < 0) break;
	return i;
}

/* A line that is no JSON object, or old, is passed over. */
static void add_member(struct members *m, struct str name, struct str text)
{
	json_t *one = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	int64_t at_us = json_integer_value(json_object_get(one, "at_us"));
	int64_t age_s = (store_now_us(&m->session->store) - at_us) / 1000000;

	out_str(one, "id", name);
	out_int(one, "age_s", age_s > 0 ? age_s : 0);
	out_bool(one, "alive", age_s < STATUS_GONE_S);
	if (json_is_string(json_object_get(one, "id")) && age_s <= STATUS_FORGOTTEN_S)
		json_array_insert(m->list, place_of(m->list, one), one);
	json_decref(one);
}

static void got_members(void *who, bool ok, size_t n, const struct str *names,
			const struct str *json)
{
	struct members *m = who;

	for (size_t i = 0; ok && i < n; i++)
		add_member(m, names[i], json[i]);
	session_answered(m->session, ok);
}

static int add_members(struct session *s, json_t *status, const char *role)
{
	struct members m = { s, json_array() };

	out_value(status, role, m.list);
	session_begin(s);
	members_read(&s->store, role, got_members, &m);
	return session_wait(s);
}

/* --- orgs --- */

struct sum {
	int64_t nanos, oldest_us;
};

static void add_suspense(void *who, const struct reservation *res)
{
	struct sum *sum = who;
	int64_t since_us = suspense_since_us(res);

	sum->nanos += suspense_nanos(res);
	if (sum->oldest_us == 0 || since_us < sum->oldest_us)
		sum->oldest_us = since_us;
}

/* what an org holds and owes, besides its budgets */
struct account {
	int64_t open, suspended; /* requests */
	struct sum suspense;
	struct budgets budgets;
};

static int read_account(struct session *s, const struct record *org, struct account *a)
{
	struct str id = str_of(org->who.org);
	int code = await_counts(s, id, &a->open, &a->suspended);

	if (!code && a->suspended > 0)
		code = suspense_walk(s, id, add_suspense, &a->suspense);
	return code ? code : budgets_read(s, org, 1, &a->budgets);
}

static void add_account(struct session *s, json_t *list, const struct record *org,
			const struct account *a)
{
	json_t *o = json_object();

	out_text(o, "id", org->who.org);
	out_str(o, "name", org->name);
	out_text(o, "status", org->blocked ? "blocked" : "active");
	out_int(o, "in_flight", org->live);
	out_int(o, "open_requests", a->open);
	out_int(o, "suspended_requests", a->suspended);
	out_int(o, "suspense_nanos", a->suspense.nanos);
	out_limit(o, "oldest_suspense_s",
		  a->suspense.oldest_us
			  ? (store_now_us(&s->store) - a->suspense.oldest_us) / 1000000
			  : -1);
	out_value(o, "budgets", budgets_json(&a->budgets, false));
	json_array_append_new(list, o);
}

/* one that was deleted meanwhile is left out */
static int add_org(struct session *s, struct str org, void *who)
{
	struct account a = { .open = 0 };
	struct record r = { .found = false };
	int code;

	entity_set(&r.who, SCOPE_org, org, org);
	code = await_records(s, &r, 1);
	if (!code && r.found)
		code = read_account(s, &r, &a);
	if (!code && r.found)
		add_account(s, who, &r, &a);
	return code;
}

static int add_orgs(struct session *s, json_t *status)
{
	json_t *list = json_array();

	out_value(status, "orgs", list);
	return each_org(s, STR_NONE, add_org, list);
}

/* What lies in one slot: of a Cluster, its node may be away. */
static int add_fleet(struct session *s, json_t *status)
{
	int code = add_leader(s, status);

	if (!code)
		code = add_catalog(s, status);
	if (!code)
		code = add_snapshot(s, status);
	if (!code)
		code = add_members(s, status, "gateways");
	if (!code)
		code = add_members(s, status, "coordinators");
	return code ? code : add_orgs(s, status);
}

int status_collect(struct session *s, json_t **status_r)
{
	json_t *status = json_object();
	int code = add_server(s, status);

	add_pepper(s, status);
	s->left_out = json_array();
	out_value(status, "unknown", s->left_out);
	session_about(s, STATUS_FLEET, STR_NONE);
	if (!code)
		code = session_partly(s, add_fleet(s, status));
	if (!code)
		code = status_breakers(s, status);
	s->left_out = NULL;
	s->partly = false; /* what was left out is told as a problem */
	if (code)
		json_decref(status);
	else
		*status_r = status;
	return code;
}
