/*
 * redis_sentinel.c -- a primary that Sentinels watch.
 *
 * Three connections: to the primary; to a Sentinel that is asked, before each try to
 * connect, who the primary is; and to one that tells when it changes. What a Sentinel
 * says is believed only as far as the server agrees (it must be a primary), and a
 * Sentinel that does not answer in its share of the time is followed by the next.
 */
#include "io/redis_parts.h"

#define LEAST_MS 20 /* for one Sentinel, however many there are */
/* so long after a promotion a Sentinel may still name the old primary */
#define UNSETTLED_US 10000000

struct sentinel {
	struct redis *r;
	struct peer *data, *ask, *news;
	unsigned ask_at, news_at;   /* whose turn it is */
	unsigned failed;            /* tries since one answered */
	bool wanted;                /* the connection to the primary waits for the answer */
	bool asked;                 /* a question is on its way */
	bool told;                  /* `place` is fresh: a Sentinel has told it by itself */
	struct redis_place place;   /* of the primary */
	struct redis_place deposed; /* in its favour, as was told last */
	int64_t unsettled_us;       /* until then Sentinels may not agree who it is */
	struct timer again;         /* it is away, or may be another one: ask once more */
};

static struct str text_of(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING ? (struct str){ reply->str, reply->len }
						 : STR_NONE;
}

/* --- asking --- */

static bool read_place(const redisReply *reply, struct redis_place *place_r)
{
	int64_t port;

	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	       str_i64(text_of(reply->element[1]), &port) &&
	       redis_place_set(place_r, text_of(reply->element[0]), port);
}

static void found(struct sentinel *s, const struct redis_place *place)
{
	bool moved = !redis_place_same(place, &s->place);

	s->place = *place;
	if (s->wanted) {
		s->wanted = false;
		peer_go(s->data, &s->place);
	} else if (moved) {
		s->told = true;
		peer_leave(s->data, "there is another primary");
	}
}

/* it has not heard yet what another one has told */
static bool is_behind(const struct sentinel *s, const struct redis_place *named)
{
	return loop_now_us(s->r->loop) < s->unsettled_us && redis_place_same(named, &s->deposed);
}

static void on_place(void *who, enum redis_end end, const redisReply *reply)
{
	struct sentinel *s = who;
	struct redis_place place;

	s->asked = false;
	if (end != REDIS_REPLY)
		return; /* the next Sentinel is asked when the connection to it is up */
	if (read_place(reply, &place)) {
		found(s, is_behind(s, &place) ? &s->place : &place);
		return;
	}
	peer_leave(s->ask, "it knows no such primary");
	s->wanted = false;
	peer_give_up(s->data, "the Sentinel knows no such primary");
}

/* its share of the time that there is for connecting */
static int64_t share_ms(const struct sentinel *s)
{
	int64_t ms = s->r->conf.connect_ms / (int64_t)(s->r->url.n_places + 1);

	return ms > LEAST_MS ? ms : LEAST_MS;
}

static void ask(struct sentinel *s)
{
	const struct str argv[] = { STR("SENTINEL"), STR("GET-MASTER-ADDR-BY-NAME"),
				    str_of(s->r->url.master) };

	if (s->asked || !peer_is_up(s->ask))
		return;
	s->asked = true;
	peer_call(s->ask, loop_now_us(s->r->loop) + share_ms(s) * 1000, COUNT_OF(argv), argv,
		  on_place, s);
}

static void where_primary(void *who)
{
	struct sentinel *s = who;

	if (s->told) {
		s->told = false;
		peer_go(s->data, &s->place);
		return;
	}
	s->wanted = true;
	ask(s);
}

static void where_ask(void *who)
{
	struct sentinel *s = who;
	const struct redis_url *url = &s->r->url;

	peer_go(s->ask, &url->place[s->ask_at++ % url->n_places]);
	if (s->failed++ < url->n_places)
		return;
	s->failed = 0;
	s->wanted = false;
	peer_give_up(s->data, "no Sentinel answers");
}

static void ask_changed(void *who, bool up, const char *why)
{
	struct sentinel *s = who;

	(void)why;
	if (!up)
		return;
	s->failed = 0;
	if (s->wanted)
		ask(s);
}

static void ask_later(struct sentinel *s)
{
	timer_set(s->r->loop, &s->again, loop_now_us(s->r->loop) + s->r->conf.retry_max_ms * 1000);
}

/* even while a try to connect goes on: it may be to one that is stopped, and the Sentinel that
 * would tell may be stopped as well */
static void on_again(void *who)
{
	struct sentinel *s = who;

	if (peer_is_up(s->data) && loop_now_us(s->r->loop) >= s->unsettled_us)
		return;
	ask(s);
	ask_later(s);
}

/* --- being told --- */

static bool cut_place(struct str *text, struct redis_place *place_r)
{
	struct str host = str_cut(text, ' ');
	int64_t port;

	return str_i64(str_cut(text, ' '), &port) && redis_place_set(place_r, host, port);
}

/* "NAME OLD-HOST OLD-PORT NEW-HOST NEW-PORT" */
static void switched(struct sentinel *s, struct str text)
{
	struct redis_place old, new;

	if (!str_is(str_cut(&text, ' '), s->r->url.master) || !cut_place(&text, &old) ||
	    !cut_place(&text, &new))
		return;
	s->deposed = old;
	found(s, &new);
}

/* ask now and then for a while, because who is asked may be behind */
static void unsettle(struct sentinel *s)
{
	s->unsettled_us = loop_now_us(s->r->loop) + UNSETTLED_US;
	ask_later(s);
}

/* +promoted-slave comes first, while the old primary, if it lives, still takes writes that will be
 * lost; it has no address that could be relied upon. The Sentinel that promotes says +switch-master
 * only when all replicas follow, and the one that is asked hears of it from that one: so it may
 * name the old primary for a while, which still calls itself one, and is asked again and again. */
static void on_news(void *who, enum redis_end end, const redisReply *reply)
{
	struct sentinel *s = who;

	(void)end;
	unsettle(s);
	if (str_is(text_of(reply->element[1]), "+switch-master"))
		switched(s, text_of(reply->element[2]));
	else
		ask(s);
}

static void where_news(void *who)
{
	struct sentinel *s = who;
	const struct redis_url *url = &s->r->url;

	peer_go(s->news, &url->place[s->news_at++ % url->n_places]);
}

/* what was told while nobody listened is asked for */
static void news_changed(void *who, bool up, const char *why)
{
	struct sentinel *s = who;

	(void)why;
	if (!up)
		return;
	s->deposed = (struct redis_place){ .host = "" }; /* it may be the primary again */
	unsettle(s);
	ask(s);
}

/* --- the primary --- */

static void data_changed(void *who, bool up, const char *why)
{
	struct sentinel *s = who;

	if (!up)
		on_again(s);
	redis_changed(s->r, up, why);
}

static void start(struct redis *r)
{
	static const struct peer_events data_events = { where_primary, data_changed };
	static const struct peer_events ask_events = { where_ask, ask_changed };
	static const struct peer_events news_events = { where_news, news_changed };
	struct peer_conf conf = redis_peer_conf(r);
	struct sentinel *s = calloc(1, sizeof(*s));

	if (!s)
		abort(); /* as for a connection */
	s->r = r;
	r->data = s;
	s->ask_at = (unsigned)(r->conf.seed % r->url.n_places);
	s->news_at = s->ask_at + 1; /* another one, if there is another */
	s->again = (struct timer){ .fire = on_again, .who = s };
	s->data = peer_new(r->loop, &conf, &data_events, s);
	conf.role = PEER_SENTINEL;
	conf.user = conf.password = NULL; /* those of the data */
	conf.db = 0;
	conf.connect_ms = share_ms(s);
	conf.seed++;
	s->ask = peer_new(r->loop, &conf, &ask_events, s);
	conf.seed++;
	s->news = peer_new(r->loop, &conf, &news_events, s);
	peer_subscribe(s->news, STR("+promoted-slave +switch-master"), on_news, s);
}

static void stop(struct redis *r)
{
	struct sentinel *s = r->data;

	peer_free(s->ask);
	peer_free(s->news);
	peer_free(s->data);
	timer_cancel(r->loop, &s->again);
	free(s);
}

static const char *history(const struct redis *r, struct str key)
{
	const struct sentinel *s = r->data;

	(void)key;
	return peer_history(s->data);
}

static void call(struct redis *r, struct str key, struct str command, redis_reply_f *fn, void *who)
{
	struct sentinel *s = r->data;

	(void)key;
	peer_call_written(s->data, redis_due_us(r), command, fn, who);
}

static void subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who)
{
	struct sentinel *s = r->data;

	peer_subscribe(s->data, channel, fn, who);
}

const struct redis_way redis_sentinel = { start, stop, history, call, subscribe };
