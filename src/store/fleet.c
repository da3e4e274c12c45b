/* fleet.c -- lease, catalog, members. */
#include "store/fleet.h"

#include "store/ask.h"

#define NEWS "news"

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

/* --- the catalog --- */

struct publishing {
	struct store *s;
	publish_f *fn;
	void *who;
};

static void on_published(void *who, enum redis_end end, const redisReply *reply)
{
	static const char *const words[] = {
		[PUBLISH_OK] = "ok", [PUBLISH_SAME] = "same", [PUBLISH_FENCED] = "fenced"
	};
	struct publishing *w = who;
	enum publish_end what = PUBLISH_LOST;
	int64_t epoch = 0;

	if (store_took(w->s, "publish", end, reply) && reply->elements == 2 &&
	    reply_int(reply->element[1], &epoch))
		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (str_is(reply_str(reply->element[0]), words[i]))
				what = (enum publish_end)i;
	w->fn(w->who, what, epoch);
	free(w);
}

void catalog_publish(struct store *s, int64_t token, struct str hash, struct str text,
		     publish_f *fn, void *who)
{
	struct publishing *w = store_waiting(sizeof(*w));
	struct rkey channel;
	struct ask a;

	*w = (struct publishing){ .s = s, .fn = fn, .who = who };
	ask_init(&a);
	ask_key(&a, key_fleet(ask_room(&a), "token"));
	ask_key(&a, key_fleet(ask_room(&a), "epoch"));
	ask_key(&a, key_fleet(ask_room(&a), "catalog"));
	ask_int(&a, token);
	ask_str(&a, hash);
	ask_str(&a, text);
	ask_str(&a, key_fleet(&channel, NEWS));
	ask_script(&a, s, SCRIPT_publish, on_published, w);
}

struct str fleet_channel(struct rkey *room)
{
	return key_fleet(room, NEWS);
}

struct fetching {
	struct store *s;
	epoch_f *on_epoch;
	catalog_text_f *on_text;
	void *who;
};

static void on_epoch(void *who, enum redis_end end, const redisReply *reply)
{
	struct fetching *w = who;
	int64_t epoch = 0;
	bool ok = store_took(w->s, "epoch", end, reply) &&
		  (reply->type == REDIS_REPLY_NIL || reply_int(reply, &epoch));

	w->on_epoch(w->who, ok, epoch);
	free(w);
}

void epoch_read(struct store *s, epoch_f *fn, void *who)
{
	struct fetching *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("GET"), key_fleet(&key, "epoch") };

	*w = (struct fetching){ .s = s, .on_epoch = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_epoch, w);
}

static void on_catalog(void *who, enum redis_end end, const redisReply *reply)
{
	struct fetching *w = who;
	struct str hash = STR_NONE, text = STR_NONE;
	int64_t epoch = 0;
	bool ok = store_took(w->s, "catalog", end, reply) && reply->elements == 3;

	/* an epoch without a text is no catalog */
	if (ok && reply_int(reply->element[0], &epoch)) {
		hash = reply_str(reply->element[1]);
		text = reply_str(reply->element[2]);
	}
	w->on_text(w->who, ok, epoch, hash, text);
	free(w);
}

void catalog_fetch(struct store *s, catalog_text_f *fn, void *who)
{
	struct fetching *w = store_waiting(sizeof(*w));
	struct rkey key;
	struct str argv[] = { STR("HMGET"), key_fleet(&key, "catalog"), STR("epoch"), STR("hash"),
			      STR("text") };

	*w = (struct fetching){ .s = s, .on_text = fn, .who = who };
	redis_call(s->redis, COUNT_OF(argv), argv, on_catalog, w);
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
