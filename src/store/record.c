/* record.c -- records of orgs, teams and keys, for the operator: change, list, show. */
#include <assert.h>

#include "store/ask.h"
#include "store/payer.h"

/* a deleted record's count of requests in flight is kept until these must have ended */
#define KEEP_LIVE_S 86400

struct putting {
	struct store *s;
	enum scope scope;
	char org[ID_MAX], id[ID_MAX];
	struct ask question; /* what the script is asked when the list has taken the org */
	put_f *fn;
	void *who;
};

static struct putting *putting_new(struct store *s, struct str org, enum scope scope, struct str id,
				   put_f *fn, void *who)
{
	struct putting *w = store_waiting(sizeof(*w));

	*w = (struct putting){ .s = s, .scope = scope, .fn = fn, .who = who };
	str_copy(w->org, sizeof(w->org), org);
	str_copy(w->id, sizeof(w->id), id);
	return w;
}

static void answer(struct putting *w, enum put_end end, int64_t ver)
{
	w->fn(w->who, end, ver);
	free(w);
}

static enum put_end end_of(struct putting *w, enum redis_end end, const redisReply *reply,
			   int64_t *ver_r)
{
	static const char *const words[] = { [PUT_OK] = "ok",
					     [PUT_EXISTS] = "exists",
					     [PUT_MISSING] = "missing",
					     [PUT_NO_PARENT] = "no_parent" };

	if (!store_took(w->s, "record", end, reply) || reply->elements == 0)
		return PUT_LOST;
	if (reply->elements > 1 && !reply_int(reply->element[1], ver_r))
		return PUT_LOST;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (str_is(reply_str(reply->element[0]), words[i]))
			return (enum put_end)i;
	return PUT_LOST;
}

/* --- the list of orgs lies in another slot than the orgs --- */

static void call_index(struct putting *w, const char *verb, redis_reply_f *fn)
{
	struct rkey key;
	struct str argv[] = { str_of(verb), key_fleet(&key, "orgs"), str_of(w->org) };

	redis_call(w->s->redis, COUNT_OF(argv), argv, fn, w);
}

/* --- create, change --- */

static struct str parent_key(struct ask *a, struct str org, enum scope scope, struct str team)
{
	if (scope == SCOPE_team)
		return key_record(ask_room(a), org, SCOPE_org, org);
	return key_record(ask_room(a), org, SCOPE_team, team);
}

static void on_put(void *who, enum redis_end end, const redisReply *reply)
{
	struct putting *w = who;
	int64_t ver = 0;
	enum put_end what = end_of(w, end, reply, &ver);

	answer(w, what, ver);
}

static void put_it(struct putting *w)
{
	ask_script(&w->question, w->s, SCRIPT_record_put, on_put, w);
}

static void on_listed(void *who, enum redis_end end, const redisReply *reply)
{
	struct putting *w = who;

	if (store_took(w->s, "list of orgs", end, reply)) {
		put_it(w);
		return;
	}
	ask_drop(&w->question);
	answer(w, PUT_LOST, 0);
}

static void ask_fields(struct ask *a, const struct field *fields, size_t n, struct str team)
{
	size_t n_set = !str_absent(team);

	for (size_t i = 0; i < n; i++)
		n_set += !str_absent(fields[i].value);
	ask_int(a, (int64_t)n_set);
	if (!str_absent(team)) {
		ask_str(a, STR("team"));
		ask_str(a, team);
	}
	for (size_t i = 0; i < n; i++) {
		if (str_absent(fields[i].value))
			continue;
		ask_str(a, fields[i].name);
		ask_str(a, fields[i].value);
	}
	for (size_t i = 0; i < n; i++)
		if (str_absent(fields[i].value))
			ask_str(a, fields[i].name);
}

/* An org is listed first, and made only when that is done: one that is listed and does not exist
 * harms nobody, but one that exists and is not listed would never be expired, nor would anybody
 * notice. */
void record_put(struct store *s, enum put_mode mode, struct str org, enum scope scope,
		struct str id, struct str parent_team, const struct field *fields, size_t n,
		put_f *fn, void *who)
{
	struct putting *w = putting_new(s, org, scope, id, fn, who);
	bool create = mode == PUT_CREATE;
	struct ask *a = &w->question;

	assert(scope != SCOPE_key || !create || !str_absent(parent_team));
	ask_init(a);
	ask_key(a, key_record(ask_room(a), org, scope, id));
	if (scope != SCOPE_org) {
		ask_key(a, key_index(ask_room(a), org, scope));
		if (create)
			ask_key(a, parent_key(a, org, scope, parent_team));
	}
	ask_int(a, s->test_now_us);
	ask_str(a, create ? STR("create") : STR("change"));
	ask_str(a, id);
	ask_fields(a, fields, n, create && scope == SCOPE_key ? parent_team : STR_NONE);
	if (create && scope == SCOPE_org)
		call_index(w, "SADD", on_listed);
	else
		put_it(w);
}

/* --- delete --- */

static void on_unlisted(void *who, enum redis_end end, const redisReply *reply)
{
	(void)end, (void)reply;
	answer(who, PUT_OK, 0);
}

static void on_dropped(void *who, enum redis_end end, const redisReply *reply)
{
	struct putting *w = who;
	int64_t ver = 0;
	enum put_end what = end_of(w, end, reply, &ver);

	if (what == PUT_OK && w->scope == SCOPE_org)
		call_index(w, "SREM", on_unlisted);
	else
		answer(w, what, 0);
}

static void drop_from(struct putting *w, struct str team)
{
	struct str org = str_of(w->org), id = str_of(w->id);
	struct ask a;

	ask_init(&a);
	ask_key(&a, key_record(ask_room(&a), org, w->scope, id));
	ask_key(&a, key_open(ask_room(&a), org));
	ask_key(&a, key_suspense(ask_room(&a), org));
	if (w->scope != SCOPE_org) {
		ask_key(&a, key_index(ask_room(&a), org, w->scope));
		ask_key(&a, parent_key(&a, org, w->scope, team));
	}
	ask_str(&a, id);
	ask_str(&a, team);
	ask_int(&a, KEEP_LIVE_S);
	ask_script(&a, w->s, SCRIPT_record_drop, on_dropped, w);
}

static void on_team(void *who, enum redis_end end, const redisReply *reply)
{
	struct putting *w = who;
	bool took = store_took(w->s, "record", end, reply);
	struct str team = took && w->scope == SCOPE_key ? reply_str(reply) : STR("");

	if (took && str_absent(team))
		answer(w, PUT_MISSING, 0);
	else if (!took || (w->scope == SCOPE_key && !id_is_good(team)))
		answer(w, PUT_LOST, 0);
	else
		drop_from(w, team);
}

void record_drop(struct store *s, struct str org, enum scope scope, struct str id, put_f *fn,
		 void *who)
{
	struct putting *w = putting_new(s, org, scope, id, fn, who);
	struct rkey key;
	struct str argv[] = { STR("HGET"), key_record(&key, org, scope, id), STR("team") };

	redis_call(s->redis, COUNT_OF(argv), argv, on_team, w);
}

/* --- show, list --- */

struct showing {
	struct store *s;
	record_f *on_record;
	ids_f *on_ids;
	budget_f *on_budget;
	void *who;
};

static void on_fields(void *who, enum redis_end end, const redisReply *reply)
{
	struct showing *w = who;
	bool ok = store_took(w->s, "record", end, reply);
	size_t n = ok ? reply->elements / 2 : 0;
	struct field *fields = store_waiting((n + 1) * sizeof(*fields));

	for (size_t i = 0; i < n; i++)
		fields[i] = (struct field){ reply_str(reply->element[2 * i]),
					    reply_str(reply->element[2 * i + 1]) };
	w->on_record(w->who, ok, n, fields);
	free(fields);
	free(w);
}

void record_read(struct store *s, struct str org, enum scope scope, struct str id, record_f *fn,
		 void *who)
{
	struct showing *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("HGETALL"), key_record(&key, org, scope, id) };

	*w = (struct showing){ .s = s, .on_record = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_fields, w);
}

static int by_bytes(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void on_members(void *who, enum redis_end end, const redisReply *reply)
{
	struct showing *w = who;
	bool ok = store_took(w->s, "records", end, reply);
	size_t n = ok ? reply->elements : 0;
	struct str *ids = store_waiting((n + 1) * sizeof(*ids));

	for (size_t i = 0; i < n; i++)
		ids[i] = reply_str(reply->element[i]);
	qsort(ids, n, sizeof(*ids), by_bytes);
	w->on_ids(w->who, ok, n, ids);
	free(ids);
	free(w);
}

void record_list(struct store *s, struct str org, enum scope scope, ids_f *fn, void *who)
{
	struct showing *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("SMEMBERS"), scope == SCOPE_org ? key_fleet(&key, "orgs")
								  : key_index(&key, org, scope) };

	*w = (struct showing){ .s = s, .on_ids = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_members, w);
}

static void on_counter(void *who, enum redis_end end, const redisReply *reply)
{
	struct showing *w = who;
	struct budget_state b = { .pace_micros = -1 };
	int64_t *const into[] = { &b.spent_nanos, &b.reserved_nanos, &b.suspense_nanos,
				  &b.requests,    &b.pace_micros,    &b.ahead_percent };
	bool ok = store_took(w->s, "budget", end, reply) && reply->elements == COUNT_OF(into);

	for (size_t i = 0; ok && i < COUNT_OF(into); i++)
		if (reply->element[i]->type != REDIS_REPLY_NIL)
			ok = reply_int(reply->element[i], into[i]);
	w->on_budget(w->who, ok, &b);
	free(w);
}

void budget_read(struct store *s, struct str org, enum scope scope, struct str id,
		 struct str period_id, budget_f *fn, void *who)
{
	struct showing *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("HMGET"),    key_budget(&key, org, scope, id, period_id),
			      STR("spent"),    STR("reserved"),
			      STR("suspense"), STR("requests"),
			      STR("pace"),     STR("ahead") };

	*w = (struct showing){ .s = s, .on_budget = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_counter, w);
}
