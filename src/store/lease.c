/* lease.c -- take, keep and drop the lease; what only its holder may do. */
#include "store/lease.h"

#include "store/ask.h"
#include "store/published.h"

#define LEADERLESS "leaderless"

struct leasing {
	struct store *s;
	lease_f *fn;
	void *who;
};

static void on_lease(void *who, enum redis_end end, const redisReply *reply)
{
	struct leasing *w = who;
	struct lease lease = { .token = 0 };
	int64_t mine = 0, now_us = 0;
	bool ok = store_took(w->s, "lease", end, reply) && reply->elements == 4 &&
		  reply_int(reply->element[0], &mine) &&
		  reply_int(reply->element[1], &lease.token) &&
		  reply_int(reply->element[2], &now_us) &&
		  reply_int(reply->element[3], &lease.until_us);

	if (ok)
		store_saw_clock(w->s, now_us);
	w->fn(w->who, ok, ok && mine == 1, &lease);
	free(w);
}

static void on_drop(void *who, enum redis_end end, const redisReply *reply)
{
	struct leasing *w = who;
	struct lease lease = { .token = 0 };
	int64_t mine = 0;
	bool ok = store_took(w->s, "lease", end, reply) && reply->elements == 2 &&
		  reply_int(reply->element[0], &mine) && reply_int(reply->element[1], &lease.token);

	w->fn(w->who, ok, ok && mine == 1, &lease);
	free(w);
}

struct str lease_history(const struct store *s)
{
	struct rkey key;

	return store_history_of(s, key_fleet(&key, "lease"));
}

static void ask_fleet(struct ask *a)
{
	ask_init(a);
	ask_key(a, key_fleet(ask_room(a), "lease"));
	ask_key(a, key_fleet(ask_room(a), "token"));
}

static struct leasing *leasing_new(struct store *s, lease_f *fn, void *who)
{
	struct leasing *w = store_waiting(sizeof(*w));

	*w = (struct leasing){ .s = s, .fn = fn, .who = who };
	return w;
}

void lease_take(struct store *s, struct str me, int64_t ttl_ms, lease_f *fn, void *who)
{
	struct ask a;

	ask_fleet(&a);
	ask_key(&a, key_fleet(ask_room(&a), "lease_history"));
	ask_int(&a, s->test_now_us);
	ask_str(&a, me);
	ask_int(&a, ttl_ms);
	ask_str(&a, lease_history(s));
	ask_int(&a, s->grace_us);
	ask_script(&a, s, SCRIPT_lease_take, on_lease, leasing_new(s, fn, who));
}

void lease_renew(struct store *s, struct str me, int64_t token, int64_t ttl_ms, lease_f *fn,
		 void *who)
{
	struct ask a;

	ask_fleet(&a);
	ask_int(&a, s->test_now_us);
	ask_str(&a, me);
	ask_int(&a, token);
	ask_int(&a, ttl_ms);
	ask_script(&a, s, SCRIPT_lease_renew, on_lease, leasing_new(s, fn, who));
}

void lease_drop(struct store *s, struct str me, int64_t token, lease_f *fn, void *who)
{
	struct rkey channel;
	struct ask a;

	ask_fleet(&a);
	ask_str(&a, me);
	ask_int(&a, token);
	ask_str(&a, published_channel(&channel));
	ask_script(&a, s, SCRIPT_lease_drop, on_drop, leasing_new(s, fn, who));
}

bool lease_news(struct str message)
{
	return str_is(str_cut(&message, ' '), LEADERLESS);
}

/* --- for its holder --- */

static void ignore(void *who, enum redis_end end, const redisReply *reply)
{
	(void)who, (void)end, (void)reply;
}

void lease_forget(struct store *s, const struct lease *lease, struct str fence, struct str key,
		  enum lease_forget what, size_t n, const struct str *names)
{
	struct ask a;

	ask_init(&a);
	ask_key(&a, fence);
	ask_key(&a, key);
	ask_int(&a, s->test_now_us);
	ask_lease(&a, lease);
	ask_str(&a, what == FORGET_MEMBERS ? STR("ZREM") : STR("HDEL"));
	for (size_t i = 0; i < n; i++)
		ask_str(&a, names[i]);
	ask_script(&a, s, SCRIPT_forget, ignore, NULL);
}
