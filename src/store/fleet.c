/* fleet.c -- lease, members. */
#include "store/fleet.h"

#include "store/ask.h"

/* --- the lease --- */

struct leasing {
	struct store *s;
	lease_f *fn;
	void *who;
};

static void on_lease(void *who, enum redis_end end, const redisReply *reply)
{
	struct leasing *w = who;
	int64_t mine = 0, token = 0;
	bool ok = store_took(w->s, "lease", end, reply) && reply->elements == 2 &&
		  reply_int(reply->element[0], &mine) && reply_int(reply->element[1], &token);

	w->fn(w->who, ok, ok && mine == 1, token);
	free(w);
}

static void ask_lease(struct ask *a)
{
	ask_init(a);
	ask_key(a, key_fleet(ask_room(a), "lease"));
	ask_key(a, key_fleet(ask_room(a), "token"));
}

static void call_lease(struct ask *a, struct store *s, enum script_id id, lease_f *fn, void *who)
{
	struct leasing *w = store_waiting(sizeof(*w));

	*w = (struct leasing){ .s = s, .fn = fn, .who = who };
	ask_script(a, s, id, on_lease, w);
}

void lease_take(struct store *s, struct str me, int64_t ttl_ms, lease_f *fn, void *who)
{
	struct ask a;

	ask_lease(&a);
	ask_int(&a, s->test_now_us);
	ask_str(&a, me);
	ask_int(&a, ttl_ms);
	call_lease(&a, s, SCRIPT_lease_take, fn, who);
}

void lease_renew(struct store *s, struct str me, int64_t token, int64_t ttl_ms, lease_f *fn,
		 void *who)
{
	struct ask a;

	ask_lease(&a);
	ask_str(&a, me);
	ask_int(&a, token);
	ask_int(&a, ttl_ms);
	call_lease(&a, s, SCRIPT_lease_renew, fn, who);
}

void lease_drop(struct store *s, struct str me, int64_t token, lease_f *fn, void *who)
{
	struct ask a;

	ask_lease(&a);
	ask_str(&a, me);
	ask_int(&a, token);
	call_lease(&a, s, SCRIPT_lease_drop, fn, who);
}

/* --- who is there --- */

struct counting {
	struct store *s;
	members_f *fn; /* NULL: nobody asks */
	void *who;
};

static void ignore(void *who, enum redis_end end, const redisReply *reply)
{
	(void)who, (void)end, (void)reply;
}

void member_tell(struct store *s, const char *role, struct str name, struct str json)
{
	struct rkey key;
	struct str argv[] = { STR("HSET"), key_fleet(&key, role), name, json };

	redis_call(s->redis, COUNT_OF(argv), argv, ignore, NULL);
}

static void on_members(void *who, enum redis_end end, const redisReply *reply)
{
	struct counting *w = who;
	bool ok = store_took(w->s, "members", end, reply);
	size_t n = ok ? reply->elements / 2 : 0;
	struct str *names = store_waiting((n + 1) * sizeof(*names));
	struct str *json = store_waiting((n + 1) * sizeof(*json));

	for (size_t i = 0; i < n; i++) {
		names[i] = reply_str(reply->element[2 * i]);
		json[i] = reply_str(reply->element[2 * i + 1]);
	}
	w->fn(w->who, ok, n, names, json);
	free(names);
	free(json);
	free(w);
}

void members_read(struct store *s, const char *role, members_f *fn, void *who)
{
	struct counting *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("HGETALL"), key_fleet(&key, role) };

	*w = (struct counting){ .s = s, .fn = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_members, w);
}
