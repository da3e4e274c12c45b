/*
 * payer.c -- the three records of a payer, and what its feedback says, read for the gateway;
 * and the pace of its budgets.
 *
 * Org and key are asked for together; the key says which team is to be asked
 * for. The three may be from different moments: every admission compares their
 * versions.
 */
#include "store/payer.h"

#include "store/feedback.h"
#include "store/held.h"
#include "store/keys.h"

struct reading {
	struct store *s;
	payer_f *fn;
	void *who;
	int left;    /* paces to come */
	bool failed; /* Redis gave no answer, or a record cannot be read */
	bool missing;
	char team[ID_MAX];
	struct payer payer;
	struct judged *judged; /* of all three */
	size_t n_judged;
};

/* --- a record --- */

/* fields of a key that are text */
static const struct {
	const char *name;
	size_t at, cap;
} texts[] = {
#define TEXT(field)                                                                       \
	{                                                                                 \
#field, offsetof(struct payer, field), sizeof(((struct payer *)0)->field) \
	}
	TEXT(digest), TEXT(old_digest), TEXT(policy), TEXT(models), TEXT(strategy),
#undef TEXT
};

static const struct {
	const char *name;
	size_t at;
} times[] = {
	{ "expires", offsetof(struct payer, expires_us) },
	{ "old_until", offsetof(struct payer, old_until_us) },
};

static bool read_key_field(struct reading *w, struct str name, struct str value)
{
	char *p = (char *)&w->payer;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (str_is(name, texts[i].name))
			return str_copy(p + texts[i].at, texts[i].cap, value);
	for (size_t i = 0; i < COUNT_OF(times); i++)
		if (str_is(name, times[i].name))
			return str_i64(value, (int64_t *)(void *)(p + times[i].at));
	if (str_is(name, "team"))
		return id_is_good(value) && str_copy(w->team, sizeof(w->team), value);
	return true;
}

static bool read_limit(struct limits *l, struct str name, struct str value)
{
	for (size_t i = 0; i < LIMIT_FIELDS; i++) {
		bool is_budget = i < PERIOD_COUNT;

		if (str_is(name, limit_fields[i]))
			return str_i64(value, is_budget ? &l->budget_nanos[i]
							: &l->rate[i - PERIOD_COUNT]);
	}
	return true;
}

static bool read_without_redis(struct payer_scope *scope, struct str value)
{
	enum without_redis w;

	if (!without_redis_of(value, &w))
		return false;
	scope->without_redis = (int)w;
	return true;
}

/* one field of any record; those that are none of a gateway's business are passed over */
static bool read_field(struct reading *w, enum scope s, struct str name, struct str value)
{
	struct payer_scope *scope = &w->payer.scope[s];

	if (str_is(name, "ver"))
		return str_i64(value, &scope->ver);
	if (str_is(name, "status")) {
		scope->blocked = !str_is(value, "active");
		return true;
	}
	if (str_is(name, "concurrency"))
		return str_i64(value, &scope->limits.concurrency);
	if (str_is(name, "without_redis"))
		return read_without_redis(scope, value);
	if (!read_limit(&scope->limits, name, value))
		return false;
	return s != SCOPE_key || read_key_field(w, name, value);
}

static void read_record(struct reading *w, enum scope s, const redisReply *reply)
{
	struct payer_scope *scope = &w->payer.scope[s];

	scope->ver = 0;
	scope->blocked = true; /* until it says that it is active */
	scope->without_redis = -1;
	limits_none(&scope->limits);
	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		if (!read_field(w, s, reply_str(reply->element[i]),
				reply_str(reply->element[i + 1])))
			w->failed = true;
	if (scope->ver == 0)
		w->missing = true;
}

/* --- what its feedback says --- */

/* Without an answer there is nothing to say; the payer is read all the same. */
static void took_skills(struct reading *w, enum scope s, enum redis_end end,
			const redisReply *reply)
{
	struct judged *more;

	if (!store_took(w->s, "skills", end, reply) || reply->elements < 2)
		return;
	more = realloc(w->judged, (w->n_judged + reply->elements / 2) * sizeof(*more));
	if (!more)
		return;
	w->judged = more;
	w->n_judged += judged_read(reply, s, more + w->n_judged);
}

static void on_org_skills(void *who, enum redis_end end, const redisReply *reply)
{
	took_skills(who, SCOPE_org, end, reply);
}

static void on_team_skills(void *who, enum redis_end end, const redisReply *reply)
{
	took_skills(who, SCOPE_team, end, reply);
}

static void on_key_skills(void *who, enum redis_end end, const redisReply *reply)
{
	took_skills(who, SCOPE_key, end, reply);
}

/* answers come in the order of the asking, so a record's comes after its skills' */
static void ask_for_skills(struct reading *w, enum scope s, struct str id)
{
	static redis_reply_f *const took[SCOPE_COUNT] = { [SCOPE_org] = on_org_skills,
							  [SCOPE_team] = on_team_skills,
							  [SCOPE_key] = on_key_skills };
	struct rkey key;
	struct str org = str_of(w->payer.scope[SCOPE_org].id);
	struct str argv[] = { STR("HGETALL"), key_skills(&key, org, s, id) };

	redis_call(w->s->redis, COUNT_OF(argv), argv, took[s], w);
}

/* --- the end --- */

static void finish(struct reading *w)
{
	struct payer_skills skills;

	skills.list = store_waiting((w->n_judged + 1) * sizeof(*skills.list));
	skills.n = payer_skills_make(w->judged, w->n_judged, skills.list);
	w->fn(w->who, !w->failed, w->failed || w->missing ? NULL : &w->payer, &skills);
	free(skills.list);
	free(w->judged);
	free(w);
}

/* --- the pace of its budgets --- */

/* A pace that cannot be read is none; the payer is read all the same. */
static void on_pace(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	int64_t micros;

	if (store_took(w->s, "pace", end, reply) && reply_int(reply, &micros) &&
	    micros > w->payer.pace_micros)
		w->payer.pace_micros = micros;
	if (--w->left == 0)
		finish(w);
}

static void ask_for_pace(struct reading *w, enum scope s, enum period p)
{
	struct str org = str_of(w->payer.scope[SCOPE_org].id);
	struct period_span span;
	struct rkey key;
	struct str argv[] = { STR("HGET"), STR_NONE, STR("pace") };

	period_span(p, store_now_us(w->s), &span);
	argv[1] = key_budget(&key, org, s, str_of(w->payer.scope[s].id), str_of(span.id));
	w->left++;
	redis_call(w->s->redis, COUNT_OF(argv), argv, on_pace, w);
}

/* of the budgets that have an end: no other is paced */
static void ask_for_paces(struct reading *w)
{
	for (int s = 0; s < SCOPE_COUNT; s++)
		for (int p = 0; p < PERIOD_total; p++)
			if (w->payer.scope[s].limits.budget_nanos[p] >= 0)
				ask_for_pace(w, (enum scope)s, (enum period)p);
}

/* --- the reading --- */

static void ask_for(struct reading *w, enum scope s, struct str id, redis_reply_f *fn)
{
	struct rkey key;
	struct str org = str_of(w->payer.scope[SCOPE_org].id);
	struct str argv[] = { STR("HGETALL"), key_record(&key, org, s, id) };

	str_copy(w->payer.scope[s].id, ID_MAX, id);
	ask_for_skills(w, s, id);
	redis_call(w->s->redis, COUNT_OF(argv), argv, fn, w);
}

static void took(struct reading *w, enum scope s, enum redis_end end, const redisReply *reply)
{
	if (store_took(w->s, "payer", end, reply))
		read_record(w, s, reply);
	else
		w->failed = true;
}

static void on_team(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;

	took(w, SCOPE_team, end, reply);
	if (!w->failed && !w->missing)
		ask_for_paces(w);
	if (w->left == 0)
		finish(w);
}

static void on_org(void *who, enum redis_end end, const redisReply *reply)
{
	took(who, SCOPE_org, end, reply);
}

/* the key was asked for after the org, so its answer is the last */
static void on_key(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;

	took(w, SCOPE_key, end, reply);
	w->missing |= !w->team[0]; /* every key has one */
	if (w->failed || w->missing)
		finish(w);
	else
		ask_for(w, SCOPE_team, str_of(w->team), on_team);
}

void payer_read(struct store *s, struct str org, struct str key, payer_f *fn, void *who)
{
	struct reading *w = store_waiting(sizeof(*w));

	*w = (struct reading){ .s = s, .fn = fn, .who = who, .payer = { .pace_micros = -1 } };
	str_copy(w->payer.scope[SCOPE_org].id, ID_MAX, org);
	ask_for(w, SCOPE_org, org, on_org);
	ask_for(w, SCOPE_key, key, on_key);
}
