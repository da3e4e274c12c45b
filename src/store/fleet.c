/* fleet.c -- who is there. */
#include "store/fleet.h"

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
