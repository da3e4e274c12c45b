/* store.c -- Redis' clock, and what Redis refused. */
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "io/redis_error.h"
#include "store/keys.h"

#define LOG_AT_MOST_EVERY_US 1000000

int64_t store_now_us(const struct store *s)
{
	if (s->test_now_us)
		return s->test_now_us;
	if (!s->clock_known)
		return clock_wall_us();
	return loop_now_us(s->loop) + s->clock_offset_us;
}

void store_saw_clock(struct store *s, int64_t redis_now_us)
{
	s->clock_offset_us = redis_now_us - loop_now_us(s->loop);
	s->clock_known = true;
}

struct clock_question {
	struct store *s;
	store_clock_f *fn; /* NULL: nobody waits for it */
	void *who;
};

static void on_time(void *who, enum redis_end end, const redisReply *reply)
{
	struct clock_question *q = who;
	int64_t seconds, us;
	bool ok = store_took(q->s, "time", end, reply) && reply->type == REDIS_REPLY_ARRAY &&
		  reply->elements == 2 && reply_int(reply->element[0], &seconds) &&
		  reply_int(reply->element[1], &us);

	if (ok)
		store_saw_clock(q->s, seconds * 1000000 + us);
	if (q->fn)
		q->fn(q->who, ok);
	free(q);
}

struct str store_history_of(const struct store *s, struct str key)
{
	return str_of(s->test_history ? s->test_history : redis_history(s->redis, key));
}

struct str store_history(const struct store *s, struct str org)
{
	struct rkey key;

	return store_history_of(s, key_history(&key, org));
}

void store_ask_clock(struct store *s, store_clock_f *fn, void *who)
{
	static const struct str argv[] = { { "TIME", 4 } };
	struct clock_question *q = store_waiting(sizeof(*q));

	*q = (struct clock_question){ .s = s, .fn = fn, .who = who };
	redis_call(s->redis, 1, argv, on_time, q);
}

void store_read_clock(struct store *s)
{
	store_ask_clock(s, NULL, NULL);
}

void *store_waiting(size_t bytes)
{
	void *p = calloc(1, bytes);

	if (!p)
		abort();
	return p;
}

bool reply_int(const redisReply *reply, int64_t *value_r)
{
	if (reply->type == REDIS_REPLY_INTEGER) {
		*value_r = reply->integer;
		return true;
	}
	return str_i64(reply_str(reply), value_r);
}

struct str reply_str(const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS)
		return STR_NONE;
	return (struct str){ reply->str, reply->len };
}

bool store_refused(enum redis_end end, const redisReply *reply)
{
	return end == REDIS_REPLY && redis_means(reply) == MEANS_UNKNOWN;
}

bool store_took(struct store *s, const char *what, enum redis_end end, const redisReply *reply)
{
	if (end != REDIS_REPLY)
		return false;
	if (reply->type != REDIS_REPLY_ERROR)
		return true;
	/* LOADING, READONLY, BUSY, OOM come by the thousand */
	if (s->logged_us == 0 || loop_now_us(s->loop) - s->logged_us > LOG_AT_MOST_EVERY_US) {
		s->logged_us = loop_now_us(s->loop);
		log_say(LOG_ERROR, "redis_refused", "%s: %s", what, reply->str);
	}
	return false;
}
