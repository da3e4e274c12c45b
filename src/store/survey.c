/* survey.c -- what people ask of Redis. */
#include "store/survey.h"

#include <stddef.h>

#include "store/keys.h"

/* --- the server --- */

static const struct {
	const char *name;
	size_t offset, size; /* size 0: a number */
} facts[] = {
	{ "redis_version", offsetof(struct survey_server, version),
	  sizeof(((struct survey_server *)0)->version) },
	{ "role", offsetof(struct survey_server, role), sizeof(((struct survey_server *)0)->role) },
	{ "maxmemory_policy", offsetof(struct survey_server, eviction),
	  sizeof(((struct survey_server *)0)->eviction) },
	{ "used_memory", offsetof(struct survey_server, used_bytes), 0 },
	{ "maxmemory", offsetof(struct survey_server, max_bytes), 0 },
	{ "connected_clients", offsetof(struct survey_server, clients), 0 },
	{ "uptime_in_seconds", offsetof(struct survey_server, up_s), 0 },
};

void survey_server(struct store *s, redis_reply_f *fn, void *who)
{
	const struct str argv[] = { STR("INFO") };

	redis_call(s->redis, 1, argv, fn, who);
}

static void take_fact(struct survey_server *server, struct str name, struct str value)
{
	char *base = (char *)server;

	if (str_is(name, "aof_enabled"))
		server->aof = str_is(value, "1");
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		if (!str_is(name, facts[i].name))
			continue;
		if (facts[i].size)
			str_copy(base + facts[i].offset, facts[i].size, value);
		else
			str_i64(value, (int64_t *)(base + facts[i].offset));
	}
}

bool survey_server_read(const redisReply *reply, struct survey_server *server_r)
{
	struct str rest = reply_str(reply);

	*server_r = (struct survey_server){ 0 };
	while (!str_absent(rest)) {
		struct str value = str_trim(str_cut(&rest, '\n')), name = str_cut(&value, ':');

		if (!str_absent(value))
			take_fact(server_r, name, value);
	}
	return server_r->version[0] != '\0';
}

/* --- the leader --- */

void survey_leader(struct store *s, redis_reply_f *fn, void *who)
{
	struct rkey k;
	const struct str argv[] = { STR("GET"), key_fleet(&k, "lease") };

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

bool survey_leader_read(const redisReply *reply, struct str *name_r)
{
	*name_r = reply_str(reply);
	return reply->type == REDIS_REPLY_NIL || !str_absent(*name_r);
}

void survey_lease(struct store *s, redis_reply_f *fn, void *who)
{
	struct rkey k;
	const struct str argv[] = { STR("PTTL"), key_fleet(&k, "lease") };

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

bool survey_number_read(const redisReply *reply, int64_t *n_r)
{
	return reply_int(reply, n_r);
}

/* --- reservations --- */

void survey_open(struct store *s, struct str org, redis_reply_f *fn, void *who)
{
	struct rkey k;
	const struct str argv[] = { STR("ZCARD"), key_open(&k, org) };

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

void survey_suspended(struct store *s, struct str org, redis_reply_f *fn, void *who)
{
	struct rkey k;
	const struct str argv[] = { STR("ZCARD"), key_suspense(&k, org) };

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

static struct str number(char dst[24], int64_t n)
{
	return (struct str){ dst, (size_t)snprintf(dst, 24, "%lld", (long long)n) };
}

void survey_suspense(struct store *s, struct str org, int64_t from, int64_t most, redis_reply_f *fn,
		     void *who)
{
	char first[24], last[24];
	struct rkey k;
	const struct str argv[] = { STR("ZRANGE"), key_suspense(&k, org), number(first, from),
				    number(last, from + most - 1) };

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

bool survey_suspense_read(const redisReply *reply, size_t *n_r)
{
	*n_r = reply->elements;
	return reply->type == REDIS_REPLY_ARRAY;
}

struct str survey_suspense_at(const redisReply *reply, size_t i)
{
	return reply_str(reply->element[i]);
}

/* --- the ledger --- */

void survey_ledger(struct store *s, struct str org, struct str from, int64_t most,
		   redis_reply_f *fn, void *who)
{
	char count[24];
	struct rkey k;
	const struct str argv[] = { STR("XRANGE"), key_ledger(&k, org), from,
				    STR("+"),      STR("COUNT"),        number(count, most) };

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

bool survey_ledger_read(const redisReply *reply, size_t *n_r)
{
	*n_r = reply->elements;
	return reply->type == REDIS_REPLY_ARRAY;
}

/* "1795353285123-0": milliseconds since 1970, and a number within them */
static int64_t entry_time_us(struct str id)
{
	int64_t ms = 0;

	return str_i64(str_cut(&id, '-'), &ms) ? ms * 1000 : 0;
}

static void take_entry_field(struct ledger_entry *entry, struct str name, struct str value)
{
	if (str_is(name, "rid"))
		entry->rid = value;
	else if (str_is(name, "attempt"))
		str_i64(value, &entry->attempt);
	else if (str_is(name, "estimated"))
		entry->estimated = str_is(value, "1");
}

bool survey_ledger_at(const redisReply *reply, size_t i, struct ledger_entry *entry_r)
{
	const redisReply *entry = reply->element[i], *fields;

	*entry_r = (struct ledger_entry){ 0 };
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return false;
	entry_r->id = reply_str(entry->element[0]);
	entry_r->at_us = entry_time_us(entry_r->id);
	fields = entry->element[1];
	for (size_t f = 0; f + 1 < fields->elements; f += 2)
		take_entry_field(entry_r, reply_str(fields->element[f]),
				 reply_str(fields->element[f + 1]));
	return !str_absent(entry_r->rid);
}

void survey_ledger_note(struct store *s, struct str org, const struct ledger_note *note,
			redis_reply_f *fn, void *who)
{
	char attempt[24], cost[24], entries[24];
	struct rkey k;
	const struct str argv[] = {
		STR("XADD"),
		key_ledger(&k, org),
		STR("MAXLEN"),
		STR("~"),
		number(entries, s->ledger_entries),
		STR("*"),
		STR("operator"),
		note->who,
		STR("why"),
		note->why,
		STR("rid"),
		note->rid,
		STR("attempt"),
		number(attempt, note->attempt),
		STR("resolved"),
		number(cost, note->cost_nanos),
	};

	redis_call(s->redis, COUNT_OF(argv), argv, fn, who);
}

bool survey_ledger_note_read(const redisReply *reply)
{
	return !str_absent(reply_str(reply));
}
