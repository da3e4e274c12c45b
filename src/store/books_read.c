/* books_read.c -- reservations as they lie in Redis, and the indexes of them. */
#include "store/held.h"
#include "store/keys.h"

struct reading {
	struct store *s;
	char org[ID_MAX], rid[RID_MAX];
	books_reservation_f *fn;
	void *who;
};

/* --- one reservation --- */

/* "r2" and its like: what is known of an attempt. Other names are of no interest. */
static bool read_attempt_field(struct reservation *res, struct str name, struct str value)
{
	int64_t i, n = 0;

	if (name.n < 2 || !str_i64(str_sub(name, 1, name.n), &i) || i < 1 || i > ATTEMPTS_MAX)
		return true;
	switch (name.p[0]) {
	case 's': res->attempt[i - 1].state = value.n ? value.p[0] : 0; return true;
	case 'r': return str_i64(value, &res->attempt[i - 1].reserved_nanos);
	case 'c': return str_i64(value, &res->attempt[i - 1].cost_nanos);
	case 'x': return str_i64(value, &res->attempt[i - 1].suspended_us);
	case 'e':
		if (!str_i64(value, &n))
			return false;
		res->attempt[i - 1].estimated = n != 0;
		return true;
	default: return true;
	}
}

static bool read_state(struct reservation *res, struct str value)
{
	res->state = value.n ? value.p[0] : 0;
	return true;
}

static bool read_attempts(struct reservation *res, struct str value)
{
	int64_t n;

	if (!str_i64(value, &n) || n < 0 || n > ATTEMPTS_MAX)
		return false;
	res->held.attempts = (int32_t)n;
	return true;
}

static bool read_owner(struct reservation *res, struct str value)
{
	return str_copy(res->held.owner, sizeof(res->held.owner), value);
}

static bool read_issued(struct reservation *res, struct str value)
{
	return str_i64(value, &res->held.issued_us);
}

static bool read_payer(struct reservation *res, struct str value)
{
	return held_read_payer(&res->held, value);
}

static bool read_cells(struct reservation *res, struct str value)
{
	return held_read_cells(&res->held, value);
}

static bool read_ended(struct reservation *res, struct str value)
{
	res->ended = str_is(value, "1");
	return true;
}

static bool read_slice(struct reservation *res, struct str value)
{
	res->held.slice = str_is(value, "1");
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct reservation *res, struct str value);
} readers[] = {
	{ "st", read_state },      { "n", read_attempts },  { "owner", read_owner },
	{ "issued", read_issued }, { "payer", read_payer }, { "budgets", read_cells },
	{ "rates", read_cells },   { "end", read_ended },   { "slice", read_slice },
};

static bool read_field(struct reservation *res, struct str name, struct str value)
{
	for (size_t i = 0; i < COUNT_OF(readers); i++)
		if (str_is(name, readers[i].name))
			return readers[i].read(res, value);
	return read_attempt_field(res, name, value);
}

static bool read_reservation(struct reservation *res, const struct reading *w,
			     const redisReply *reply)
{
	*res = (struct reservation){ .state = 0 };
	str_copy(res->held.rid, sizeof(res->held.rid), str_of(w->rid));
	str_copy(res->held.scope[SCOPE_org].id, ID_MAX, str_of(w->org));
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&res->held.scope[s].limits);
	for (size_t i = 0; i + 1 < reply->elements; i += 2)
		if (!read_field(res, reply_str(reply->element[i]),
				reply_str(reply->element[i + 1])))
			return false;
	return res->state != 0;
}

static void on_reservation(void *who, enum redis_end end, const redisReply *reply)
{
	struct reading *w = who;
	struct reservation res;
	bool ok = store_took(w->s, "reservation", end, reply);
	bool there = ok && reply->elements > 0;

	if (there && !read_reservation(&res, w, reply))
		ok = there = false;
	w->fn(w->who, ok, there ? &res : NULL);
	free(w);
}

void books_read(struct store *s, struct str org, struct str rid, books_reservation_f *fn, void *who)
{
	struct reading *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("HGETALL"), key_reservation(&key, org, rid) };

	*w = (struct reading){ .s = s, .fn = fn, .who = who };
	str_copy(w->org, sizeof(w->org), org);
	str_copy(w->rid, sizeof(w->rid), rid);
	redis_call(s->redis, COUNT_OF(argv), argv, on_reservation, w);
}

/* --- the indexes --- */

struct listing {
	struct store *s;
	books_rids_f *fn;
	void *who;
};

static void on_rids(void *who, enum redis_end end, const redisReply *reply)
{
	struct listing *w = who;
	bool ok = store_took(w->s, "reservations", end, reply);
	size_t n = ok ? reply->elements : 0;
	struct str *rids = n ? calloc(n, sizeof(*rids)) : NULL;

	if (n && !rids)
		ok = false;
	for (size_t i = 0; ok && i < n; i++)
		rids[i] = reply_str(reply->element[i]);
	w->fn(w->who, ok, ok ? n : 0, rids);
	free(rids);
	free(w);
}

static void list(struct store *s, size_t argc, const struct str *argv, books_rids_f *fn, void *who)
{
	struct listing *w = store_waiting(sizeof(*w));

	*w = (struct listing){ .s = s, .fn = fn, .who = who };
	redis_call(s->redis, argc, argv, on_rids, w);
}

void books_overdue(struct store *s, struct str org, uint32_t most, books_rids_f *fn, void *who)
{
	char now[24], count[12];
	struct rkey key;
	struct str argv[] = { STR("ZRANGEBYSCORE"),
			      key_open(&key, org),
			      STR("-inf"),
			      STR_NONE,
			      STR("LIMIT"),
			      STR("0"),
			      STR_NONE };

	snprintf(now, sizeof(now), "%lld", (long long)store_now_us(s));
	snprintf(count, sizeof(count), "%u", most);
	argv[3] = str_of(now);
	argv[6] = str_of(count);
	list(s, COUNT_OF(argv), argv, fn, who);
}

void books_suspense(struct store *s, struct str org, uint32_t most, books_rids_f *fn, void *who)
{
	char last[12];
	struct rkey key;
	struct str argv[] = { STR("ZRANGE"), key_suspense(&key, org), STR("0"), STR_NONE };

	snprintf(last, sizeof(last), "%lld", (long long)most - 1);
	argv[3] = str_of(last);
	list(s, COUNT_OF(argv), argv, fn, who);
}
