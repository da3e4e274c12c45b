/* redis.c -- one door to the three ways; and the plainest of them, one server. */
#include "io/redis.h"

#include "io/redis_parts.h"
#include "io/redis_slots.h"
#include "io/resp.h"

#define REDIS_MAGIC 0x72656469u

static const struct redis_way *const ways[] = {
	[REDIS_ONE] = &redis_one,
	[REDIS_SENTINEL] = &redis_sentinel,
	[REDIS_CLUSTER] = &redis_cluster,
};

/* --- one server --- */

static void where(void *who)
{
	struct redis *r = who;

	peer_go(r->data, &r->url.place[0]);
}

static void one_changed(void *who, bool up, const char *why)
{
	redis_changed(who, up, why);
}

static void one_start(struct redis *r)
{
	static const struct peer_events events = { where, one_changed };
	const struct peer_conf conf = redis_peer_conf(r);

	r->data = peer_new(r->loop, &conf, &events, r);
}

static void one_stop(struct redis *r)
{
	peer_free(r->data);
}

static const char *one_history(const struct redis *r, struct str key)
{
	(void)key;
	return peer_history(r->data);
}

static void one_call(struct redis *r, struct str key, struct str command, redis_reply_f *fn,
		     void *who)
{
	(void)key;
	peer_call_written(r->data, redis_due_us(r), command, fn, who);
}

static void one_subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who)
{
	peer_subscribe(r->data, channel, fn, who);
}

const struct redis_way redis_one = { one_start, one_stop, one_history, one_call, one_subscribe };

/* --- the door --- */

struct peer_conf redis_peer_conf(const struct redis *r)
{
	return (struct peer_conf){
		.role = PEER_PRIMARY,
		.user = r->conf.user,
		.password = r->conf.password,
		.db = r->url.db,
		.connect_ms = r->conf.connect_ms,
		.command_ms = r->conf.command_ms,
		.check_ms = r->conf.check_ms,
		.retry_min_ms = r->conf.retry_min_ms,
		.retry_max_ms = r->conf.retry_max_ms,
		.max_pending = r->conf.max_pending,
		.seed = r->conf.seed,
	};
}

int64_t redis_due_us(const struct redis *r)
{
	return loop_now_us(r->loop) + r->conf.command_ms * 1000;
}

void redis_changed(struct redis *r, bool up, const char *why)
{
	r->up = up;
	r->on_state(r->who, up, why);
}

static const char *copy_of(const char *text)
{
	char *copy = text && text[0] ? strdup(text) : NULL;

	if (text && text[0] && !copy)
		abort();
	return copy;
}

static void forget(const char *text)
{
	if (text)
		explicit_bzero((char *)(uintptr_t)text, strlen(text));
	free((void *)(uintptr_t)text);
}

struct redis *redis_new(struct loop *l, const struct redis_conf *conf, redis_state_f *state,
			void *who, struct fault *fault_r)
{
	struct redis *r = calloc(1, sizeof(*r));

	if (!r || redis_url_parse(str_of(conf->url), &r->url, fault_r) != ERR_OK) {
		free(r);
		return NULL;
	}
	r->magic = REDIS_MAGIC;
	r->loop = l;
	r->conf = *conf;
	r->conf.url = NULL;
	r->conf.user = copy_of(conf->user && conf->user[0] ? conf->user : r->url.user);
	r->conf.password = copy_of(conf->password);
	r->on_state = state;
	r->who = who;
	r->way = ways[r->url.kind];
	r->way->start(r);
	return r;
}

void redis_free(struct redis *r)
{
	if (!r)
		return;
	CHECK_OBJ(r, REDIS_MAGIC);
	r->way->stop(r);
	forget(r->conf.user);
	forget(r->conf.password);
	r->magic = 0;
	free(r);
}

bool redis_is_up(const struct redis *r)
{
	return r->up;
}

const char *redis_history(const struct redis *r, struct str key)
{
	return r->way->history(r, key);
}

void redis_call_written(struct redis *r, struct str key, struct str command, redis_reply_f *fn,
			void *who)
{
	CHECK_OBJ(r, REDIS_MAGIC);
	r->way->call(r, key, command, fn, who);
}

void redis_call_at(struct redis *r, struct str key, size_t argc, const struct str *argv,
		   redis_reply_f *fn, void *who)
{
	struct buf b;

	buf_init(&b, RESP_MAX);
	redis_call_written(r, key, resp_command(&b, argc, argv), fn, who);
	buf_release(&b);
}

void redis_call(struct redis *r, size_t argc, const struct str *argv, redis_reply_f *fn, void *who)
{
	redis_call_at(r, redis_key_of(argc, argv), argc, argv, fn, who);
}

void redis_subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who)
{
	CHECK_OBJ(r, REDIS_MAGIC);
	r->way->subscribe(r, channel, fn, who);
}
