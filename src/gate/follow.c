/*
 * follow.c -- the published catalog, by its epoch.
 *
 * A message tells at once, asking every follow_interval tells when the message was
 * lost. A text that cannot be read changes nothing.
 */
#include "base/log.h"
#include "gate/gateway.h"
#include "store/fleet.h"

struct follow {
	struct gateway *gateway;
	struct redis *news;  /* a connection of its own: one that subscribes does nothing else */
	struct timer ask;
	bool asking;
	int64_t bad_epoch;   /* one that could not be read: not tried again */
};

static void take(struct follow *f, int64_t epoch, struct str text)
{
	struct conf_faults *faults = calloc(1, sizeof(*faults));
	struct catalog *c = faults ? conf_read(text, faults) : NULL;

	if (c) {
		c->epoch = epoch;
		log_say(LOG_INFO, "catalog", "epoch %lld, %.12s", (long long)epoch, c->hash);
		gateway_use_catalog(f->gateway, c);
	} else {
		f->bad_epoch = epoch;
		log_say(LOG_ERROR, "catalog_unreadable", "epoch %lld: %s; the old one stays",
			(long long)epoch, faults && faults->n ? faults->items[0].text : "no memory");
	}
	free(faults);
}

static void fetched(void *who, bool ok, int64_t epoch, struct str hash, struct str text)
{
	struct follow *f = who;
	struct gateway *g = f->gateway;

	f->asking = false;
	if (!ok || str_absent(text) || epoch == f->bad_epoch ||
	    epoch == g->catalog->catalog->epoch)
		return;
	if (str_is(hash, g->catalog->catalog->hash) && g->catalog->catalog->epoch)
		return;
	take(f, epoch, text);
}

static void told(void *who, bool ok, int64_t epoch)
{
	struct follow *f = who;

	if (ok && epoch > 0 && epoch != f->gateway->catalog->catalog->epoch &&
	    epoch != f->bad_epoch) {
		catalog_fetch(&f->gateway->store, fetched, f);
		return;
	}
	f->asking = false;
}

static void ask(void *who)
{
	struct follow *f = who;
	struct gateway *g = f->gateway;

	timer_set(g->loop, &f->ask,
		  loop_now_us(g->loop) + g->settings->gateway_follow_interval_ms * 1000);
	if (f->asking)
		return;
	f->asking = true;
	epoch_read(&g->store, told, f);
}

static void heard(void *who, enum redis_end end, const redisReply *reply)
{
	(void)reply;
	if (end == REDIS_REPLY)
		ask(who);
}

/* what was said while nobody listened is asked for */
static void news_changed(void *who, bool up, const char *why)
{
	struct follow *f = who;

	(void)why;
	if (up)
		timer_set(f->gateway->loop, &f->ask, 0);
}

struct follow *follow_start(struct gateway *g)
{
	struct follow *f = calloc(1, sizeof(*f));
	struct fault fault;
	struct rkey room;

	if (!f)
		return NULL;
	f->gateway = g;
	f->ask = (struct timer){ .fire = ask, .who = f };
	f->news = store_connect(g->loop, g->settings, g->shared.redis_password, news_changed,
				f, &fault);
	if (f->news)
		redis_subscribe(f->news, fleet_channel(&room), heard, f);
	timer_set(g->loop, &f->ask, 0);
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	if (f->news)
		redis_free(f->news);
	timer_cancel(f->gateway->loop, &f->ask);
	free(f);
}
