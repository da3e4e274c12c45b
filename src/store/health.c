/* health.c -- report, read and forget what was seen of vendors. */
#include "store/health.h"

#include "store/ask.h"

struct asking {
	struct store *s;
	health_f *on_reported;
	health_warm_f *on_warm;
	void *who;
};

static struct asking *asking_new(struct store *s, void *who)
{
	struct asking *w = store_waiting(sizeof(*w));

	w->s = s;
	w->who = who;
	return w;
}

/* --- report --- */

static void reported(void *who, enum redis_end end, const redisReply *reply)
{
	struct asking *w = who;
	int64_t now_us = 0;
	bool ok = store_took(w->s, "health", end, reply) && reply->elements == 2 &&
		  reply_int(reply->element[1], &now_us);

	if (ok)
		store_saw_clock(w->s, now_us);
	w->on_reported(w->who, ok);
	free(w);
}

void health_report(struct store *s, const struct health_report *report, health_f *fn, void *who)
{
	struct asking *w = asking_new(s, who);
	struct ask a;

	w->on_reported = fn;
	ask_init(&a);
	ask_key(&a, key_vendor(ask_room(&a), report->vendor, "health"));
	ask_key(&a, key_vendor(ask_room(&a), report->vendor, "warm"));
	ask_int(&a, s->test_now_us);
	ask_int(&a, report->most_warm);
	ask_int(&a, (int64_t)report->n_tallies);
	for (size_t i = 0; i < report->n_tallies; i++) {
		ask_str(&a, report->tallies[i].name);
		ask_int(&a, tally_half_life_us(report->tallies[i].kind));
		ask_str(&a, report->tallies[i].counts);
	}
	for (size_t i = 0; i < report->n_warm; i++) {
		ask_int(&a, report->warm[i].until_s);
		ask_str(&a, report->warm[i].entry);
	}
	ask_script(&a, s, SCRIPT_health_merge, reported, w);
}

/* --- read --- */

void health_tallies(struct store *s, struct str vendor, hash_read_f *fn, void *who)
{
	struct rkey key;

	hash_read(s, "health", key_vendor(&key, vendor, "health"), fn, who);
}

static void got_warm(void *who, enum redis_end end, const redisReply *reply)
{
	struct asking *w = who;
	bool ok = store_took(w->s, "warm", end, reply);
	size_t n = ok ? reply->elements / 2 : 0;
	struct health_warm *warm = store_waiting((n + 1) * sizeof(*warm));

	for (size_t i = 0; i < n; i++) {
		warm[i].entry = reply_str(reply->element[2 * i]);
		if (!reply_int(reply->element[2 * i + 1], &warm[i].until_s))
			warm[i].until_s = 0;
	}
	w->on_warm(w->who, ok, n, warm);
	free(warm);
	free(w);
}

void health_warm(struct store *s, struct str vendor, health_warm_f *fn, void *who)
{
	struct asking *w = asking_new(s, who);
	struct rkey key;
	struct str argv[] = { STR("ZRANGE"), key_vendor(&key, vendor, "warm"), STR("0"), STR("-1"),
			      STR("WITHSCORES") };

	w->on_warm = fn;
	redis_call(s->redis, COUNT_OF(argv), argv, got_warm, w);
}

/* --- forget --- */

void health_forget(struct store *s, const struct lease *lease, struct str vendor, size_t n,
		   const struct str *names)
{
	struct rkey fence, key;

	lease_forget(s, lease, key_vendor(&fence, vendor, "fence"),
		     key_vendor(&key, vendor, "health"), FORGET_FIELDS, n, names);
}
