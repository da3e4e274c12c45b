/*
 * follow.c -- what is published: the catalog by its epoch, the snapshot by its version.
 *
 * A message tells at once, asking every follow_interval tells when the message was
 * lost. A text that cannot be read changes nothing.
 */
#include "base/log.h"
#include "gate/gateway.h"
#include "store/breakers.h"

struct following {
	struct gateway *gateway;
	enum published_what what;
	bool asking, again; /* again: there was news meanwhile */
	int64_t bad_number; /* one that could not be read: not tried again */
};

struct follow {
	struct gateway *gateway;
	struct redis *news; /* a connection of its own: one that subscribes does nothing else */
	struct timer ask;
	struct following following[PUBLISHED_COUNT];
};

static bool take_catalog(struct gateway *g, const struct published *p)
{
	struct conf_faults *faults = calloc(1, sizeof(*faults));
	struct catalog *c = faults ? conf_read(p->text, faults) : NULL;

	if (c) {
		c->epoch = p->number;
		log_say(LOG_INFO, "catalog", "epoch %lld, %.12s", (long long)p->number, c->hash);
		gateway_use_catalog(g, c);
		gateway_announce(g);
	} else {
		log_say(LOG_ERROR, "catalog_unreadable", "epoch %lld: %s; the old one stays",
			(long long)p->number,
			faults && faults->n ? faults->items[0].text : "no memory");
	}
	free(faults);
	return c != NULL;
}

/* what follows the number in use, and what takes another one; false: it cannot be read */
static const struct {
	int64_t (*in_use)(const struct gateway *g);
	bool (*take)(struct gateway *g, const struct published *p);
} infos[PUBLISHED_COUNT] = {
	[PUBLISHED_CATALOG] = { gateway_epoch, take_catalog },
	[PUBLISHED_SNAPSHOT] = { gateway_version, gateway_use_snapshot },
};

static bool is_new(const struct following *f, int64_t number)
{
	return number > 0 && number != f->bad_number && number != infos[f->what].in_use(f->gateway);
}

/* nothing newer is to be had for now */
static void up_to_date(const struct following *f)
{
	if (f->what == PUBLISHED_CATALOG)
		gateway_open(f->gateway);
}

static void fetch(struct following *f);

static void fetched(void *who, bool ok, const struct published *p)
{
	struct following *f = who;

	f->asking = false;
	if (ok && !str_absent(p->text) && is_new(f, p->number) &&
	    !infos[f->what].take(f->gateway, p))
		f->bad_number = p->number;
	if (ok && f->again)
		fetch(f);
	else if (ok)
		up_to_date(f);
}

static void fetch(struct following *f)
{
	f->again = f->asking;
	if (f->asking)
		return;
	f->asking = true;
	published_read(&f->gateway->store, f->what, fetched, f);
}

static void told(void *who, bool ok, int64_t number)
{
	struct following *f = who;

	f->asking = false;
	if (ok && (f->again || is_new(f, number)))
		fetch(f);
	else if (ok)
		up_to_date(f);
}

static void ask(void *who)
{
	struct follow *f = who;
	struct gateway *g = f->gateway;

	timer_set(g->loop, &f->ask,
		  loop_now_us(g->loop) + g->settings->gateway_follow_interval_ms * 1000);
	for (int i = 0; i < PUBLISHED_COUNT; i++) {
		if (f->following[i].asking)
			continue;
		f->following[i].asking = true;
		published_number(&g->store, (enum published_what)i, told, &f->following[i]);
	}
}

static void heard(void *who, enum redis_end end, const redisReply *reply)
{
	struct follow *f = who;
	enum published_what what;
	struct str message, vendor;
	int64_t number;

	if (end != REDIS_REPLY || reply->elements != 3)
		return;
	message = reply_str(reply->element[2]);
	if (breakers_news(message, &vendor))
		watch_heard(f->gateway->watch, vendor);
	else if (published_news(message, &what, &number) && is_new(&f->following[what], number))
		fetch(&f->following[what]);
}

/* what was said while nobody listened is asked for */
static void news_changed(void *who, bool up, const char *why)
{
	struct follow *f = who;

	(void)why;
	if (up)
		follow_ask(f);
}

void follow_ask(struct follow *f)
{
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
	for (int i = 0; i < PUBLISHED_COUNT; i++)
		f->following[i] = (struct following){ .gateway = g,
						      .what = (enum published_what)i };
	f->ask = (struct timer){ .fire = ask, .who = f };
	f->news = store_connect(g->loop, g->settings, g->shared.redis_password, news_changed, f,
				&fault);
	if (f->news)
		redis_subscribe(f->news, published_channel(&room), heard, f);
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
