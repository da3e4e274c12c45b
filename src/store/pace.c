/* pace.c -- the budgets that are paced: list, read, write. */
#include "store/pace.h"

#include "store/ask.h"

/* what the pace rests on is kept for as long after a period as the period's counter */
#define KEPT_S (40 * 86400)

/* no figure is beyond this, so that sums of them have room */
#define MOST (1LL << 53)

/* a list of whole numbers as text */
#define LIST_TEXT ((FORECAST_SLOTS + FORECAST_DAYS) * ASK_DIGITS)

static const struct {
	const char *name;
	size_t at;
} fields[] = {
#define FORECAST_FIELD(name, text) { #name, offsetof(struct pace, forecast.name) },
#define PACE_FIELD(name, text)     { #name, offsetof(struct pace, name) },
#include "tbl/pace.h"
#undef PACE_FIELD
#undef FORECAST_FIELD
};

static const struct {
	const char *name;
	size_t at, n;
} lists[] = {
	{ "slots", offsetof(struct pace, forecast.slot), FORECAST_SLOTS },
	{ "days", offsetof(struct pace, forecast.day), FORECAST_DAYS },
};

static int64_t *number_at(struct pace *pace, size_t at)
{
	return (int64_t *)(void *)((char *)pace + at);
}

/* --- the index --- */

struct listing {
	struct store *s;
	paced_f *fn;
	void *who;
};

static void on_list(void *who, enum redis_end end, const redisReply *reply)
{
	struct listing *w = who;
	bool ok = store_took(w->s, "paced", end, reply);
	size_t n = ok ? reply->elements : 0;
	struct str *names = store_waiting((n + 1) * sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = reply_str(reply->element[i]);
	w->fn(w->who, ok, n, names);
	free(names);
	free(w);
}

void paced_list(struct store *s, struct str org, int64_t from, int64_t most, paced_f *fn, void *who)
{
	struct listing *w = store_waiting(sizeof(*w));
	char first[24], last[24];
	struct rkey key;
	struct str argv[] = { STR("ZRANGE"), key_paced(&key, org), STR_NONE, STR_NONE };

	snprintf(first, sizeof(first), "%lld", (long long)from);
	snprintf(last, sizeof(last), "%lld", (long long)(from + most - 1));
	argv[2] = str_of(first);
	argv[3] = str_of(last);
	*w = (struct listing){ .s = s, .fn = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_list, w);
}

bool paced_of(struct str org, struct str name, struct paced *p_r)
{
	struct str rest = name, scope, id;
	struct rkey key;

	/* "sr:1:{o:ORG}:budget:SCOPE:ID:PERIOD" */
	for (int i = 0; i < 5; i++)
		str_cut(&rest, ':');
	scope = str_cut(&rest, ':');
	id = str_cut(&rest, ':');
	return scope_of(scope, &p_r->scope) && id_is_good(id) &&
	       str_copy(p_r->org, sizeof(p_r->org), org) &&
	       str_copy(p_r->id, sizeof(p_r->id), id) &&
	       period_parse(rest, &p_r->period, &p_r->span) &&
	       str_eq(name, key_budget(&key, org, p_r->scope, id, rest));
}

void paced_drop(struct store *s, const struct lease *lease, struct str org, struct str name)
{
	struct rkey fence, key;

	lease_forget(s, lease, key_fence(&fence, org), key_paced(&key, org), FORGET_MEMBERS, 1,
		     &name);
}

/* --- read --- */

struct reading {
	struct store *s;
	pace_read_f *fn;
	void *who;
	bool failed;
	struct pace_seen seen;
	struct pace pace;
};

static bool read_number(struct str text, int64_t *into)
{
	return str_i64(text, into) && *into > -MOST && *into < MOST;
}

/* numbers of an HMGET; what is not there stays as it is */
static void read_numbers(struct reading *w, enum redis_end end, const redisReply *reply, size_t n,
			 int64_t *const into[])
{
	if (!store_took(w->s, "pace", end, reply) || reply->elements != n) {
		w->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (reply->element[i]->type != REDIS_REPLY_NIL &&
		    !read_number(reply_str(reply->element[i]), into[i]))
			w->failed = true;
}

static void on_record(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;

	read_numbers(w, end, reply, 2, (int64_t *[]){ &w->seen.limit_nanos, &w->seen.live });
}

static void on_budget(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	struct pace_seen *s = &w->seen;

	read_numbers(w, end, reply, 4,
		     (int64_t *[]){ &s->spent_nanos, &s->reserved_nanos, &s->suspense_nanos,
				    &s->admitted });
}

static bool read_list(struct str text, int64_t *into, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!read_number(str_cut(&text, ' '), &into[i]))
			return false;
	return true;
}

/* false: it is there, and makes no sense */
static bool read_field(struct pace *pace, struct str name, struct str value)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (str_is(name, lists[i].name))
			return read_list(value, number_at(pace, lists[i].at), lists[i].n);
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (str_is(name, fields[i].name))
			return read_number(value, number_at(pace, fields[i].at));
	return true;
}

static void on_pace(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	bool sane = true;

	if (!store_took(w->s, "pace", end, reply))
		w->failed = true;
	for (size_t i = 0; !w->failed && i + 1 < reply->elements; i += 2)
		sane = read_field(&w->pace, reply_str(reply->element[i]),
				  reply_str(reply->element[i + 1])) &&
		       sane;
	if (!sane || w->pace.forecast.since_us < 0 || w->pace.forecast.seen_us < 0)
		pace_init(&w->pace); /* what cannot be read is learned anew */
	w->fn(w->who, !w->failed, &w->seen, &w->pace);
	free(w);
}

void pace_read(struct store *s, const struct paced *p, pace_read_f *fn, void *who)
{
	struct str org = str_of(p->org), id = str_of(p->id);
	struct reading *w = store_waiting(sizeof(*w));
	struct rkey record, budget, pace;
	struct str of_record[] = { STR("HMGET"), key_record(&record, org, p->scope, id),
				   str_of(limit_fields[p->period]), STR("live") };
	struct str of_budget[] = {
		STR("HMGET"),    key_budget(&budget, org, p->scope, id, str_of(p->span.id)),
		STR("spent"),    STR("reserved"),
		STR("suspense"), STR("requests")
	};
	struct str of_pace[] = { STR("HGETALL"), key_pace(&pace, org, p->scope, id, p->period) };

	*w = (struct reading){ .s = s, .fn = fn, .who = who };
	w->seen = (struct pace_seen){ .now_us = store_now_us(s),
				      .start_us = p->span.start_us,
				      .end_us = p->span.end_us,
				      .limit_nanos = -1 };
	pace_init(&w->pace);
	/* answers come in the order of asking */
	redis_call(s->redis, COUNT_OF(of_record), of_record, on_record, w);
	redis_call(s->redis, COUNT_OF(of_budget), of_budget, on_budget, w);
	redis_call(s->redis, COUNT_OF(of_pace), of_pace, on_pace, w);
}

/* --- write --- */

struct writing {
	struct store *s;
	pace_write_f *fn;
	void *who;
};

static void on_written(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = {
		[PACE_OK] = "ok", [PACE_FENCED] = "fenced", [PACE_GONE] = "gone"
	};
	struct writing *w = who;
	enum pace_end what = PACE_LOST;

	if (store_took(w->s, "pace", end, reply) && reply->elements == 1)
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum pace_end)i;
	w->fn(w->who, what);
	free(w);
}

static struct str list_text(const int64_t *list, size_t n, char dst[LIST_TEXT])
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(dst + used, LIST_TEXT - used, i ? " %lld" : "%lld",
					 (long long)list[i]);
	return (struct str){ dst, used };
}

void pace_write(struct store *s, const struct lease *lease, const struct paced *p,
		const struct pace *pace, int64_t micros, pace_write_f *fn, void *who)
{
	struct str org = str_of(p->org), id = str_of(p->id);
	struct writing *w = store_waiting(sizeof(*w));
	char text[COUNT_OF(lists)][LIST_TEXT];
	struct pace copy = *pace;
	struct ask a;

	*w = (struct writing){ .s = s, .fn = fn, .who = who };
	ask_init(&a);
	ask_key(&a, key_budget(ask_room(&a), org, p->scope, id, str_of(p->span.id)));
	ask_key(&a, key_pace(ask_room(&a), org, p->scope, id, p->period));
	ask_key(&a, key_fence(ask_room(&a), org));
	ask_int(&a, s->test_now_us);
	ask_lease(&a, lease);
	ask_int(&a, micros);
	ask_int(&a, pace_ahead_percent(pace));
	ask_int(&a, p->span.end_us / 1000000 + KEPT_S);
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		ask_str(&a, str_of(fields[i].name));
		ask_int(&a, *number_at(&copy, fields[i].at));
	}
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		ask_str(&a, str_of(lists[i].name));
		ask_str(&a, list_text(number_at(&copy, lists[i].at), lists[i].n, text[i]));
	}
	ask_script(&a, s, SCRIPT_pace, on_written, w);
}
