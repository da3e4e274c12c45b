/* redis_peer.c -- connecting again and again, signing in, being up. */
#include "io/redis_peer.h"

#include "base/rand.h"
#include "io/redis_calls.h"
#include "io/redis_dial.h"
#include "io/redis_error.h"
#include "io/redis_info.h"
#include "io/redis_link.h"
#include "io/resp.h"

#define PEER_MAGIC     0x70656572u
#define JITTER_PERCENT 50
#define CHANNELS_MAX   2

enum state { STATE_WAITING, STATE_CONNECTING, STATE_UP };

struct peer {
	uint32_t magic;
	enum state state;
	bool told_down; /* the owner knows that it is down */
	bool asking;    /* the owner, where to connect */
	struct loop *loop;
	struct peer_conf conf;
	const struct peer_events *events;
	void *who;
	struct link *link; /* NULL: none */
	int signing;       /* answers to come before it is up */
	struct dial *dial; /* NULL: none */
	struct loop_hook hook;
	struct timer step;  /* waiting: until the next try; connecting: the deadline */
	struct timer check; /* up: the next look at an idle server, or the end of one */
	struct timer leave; /* an answer said that it must be left */
	struct calls calls;
	struct redis_info info;
	int64_t wait_ms;
	unsigned tries;
	struct rnd rnd;
	char *channels;   /* NULL: no subscription */
	bool unconfirmed; /* it was asked for, and is not confirmed yet */
	redis_reply_f *on_message;
	void *message_who;
};

static int64_t in_ms(const struct peer *c, int64_t ms)
{
	return loop_now_us(c->loop) + ms * 1000;
}

/* --- going down --- */

static void wait_for_next_try(struct peer *c)
{
	int64_t wait_ms = rnd_jitter(&c->rnd, c->wait_ms, JITTER_PERCENT);

	c->wait_ms *= 2;
	if (c->wait_ms > c->conf.retry_max_ms)
		c->wait_ms = c->conf.retry_max_ms;
	timer_set(c->loop, &c->step, in_ms(c, wait_ms));
}

static void go_down(struct peer *c, const char *why)
{
	struct link *k = c->link;
	char reason[160];

	/* why may lie in what is freed below */
	str_copy(reason, sizeof(reason), str_of(why));
	c->state = STATE_WAITING;
	c->link = NULL;
	c->asking = false;
	c->info.history[0] = '\0';
	dial_cancel(c->dial);
	c->dial = NULL;
	timer_cancel(c->loop, &c->check);
	timer_cancel(c->loop, &c->leave);
	wait_for_next_try(c);
	calls_lose(&c->calls);
	link_give_up(k);
	if (!c->told_down) {
		c->told_down = true;
		c->events->changed(c->who, false, reason);
	}
}

/* --- connecting --- */

static void go_up(struct peer *c);

static void on_signed(redisAsyncContext *ac, void *answer, void *who)
{
	struct peer *c = who;
	const redisReply *reply = answer;

	(void)ac;
	if (!reply)
		return; /* on_broken() hears of it, or nobody wants to */
	if (reply->type == REDIS_REPLY_ERROR)
		go_down(c, reply->str);
	else if (--c->signing == 0)
		go_up(c);
}

/* NULL: what it says is fine */
static const char *learn(struct peer *c, const redisReply *reply)
{
	const char *before = c->info.history;
	struct redis_info now;

	if (reply->type == REDIS_REPLY_ERROR)
		return reply->str;
	if (reply->type != REDIS_REPLY_STRING ||
	    !redis_info_read((struct str){ reply->str, reply->len }, &now))
		return "it does not say who it is";
	if (c->conf.role == PEER_PRIMARY && !now.is_primary)
		return "it is a replica";
	if (before[0] && strcmp(before, now.history) != 0)
		return "it is another one than before";
	c->info = now;
	return NULL;
}

static void on_first_info(redisAsyncContext *ac, void *answer, void *who)
{
	struct peer *c = who;
	const char *why = answer ? learn(c, answer) : NULL;

	if (why)
		go_down(c, why);
	else
		on_signed(ac, answer, who);
}

static void sign_in_with(struct peer *c, size_t argc, const char **argv, redisCallbackFn *fn)
{
	c->signing += link_send(c->link, argc, argv, NULL, fn, c);
}

/* PING comes last: a Redis that is stopped, or still loading, is not up */
static void on_connected(void *who)
{
	struct peer *c = who;
	const struct peer_conf *conf = &c->conf;
	char db[24];

	c->signing = 0;
	if (conf->password && conf->user)
		sign_in_with(c, 3, (const char *[]){ "AUTH", conf->user, conf->password },
			     on_signed);
	else if (conf->password)
		sign_in_with(c, 2, (const char *[]){ "AUTH", conf->password }, on_signed);
	snprintf(db, sizeof(db), "%lld", (long long)conf->db);
	if (conf->db)
		sign_in_with(c, 2, (const char *[]){ "SELECT", db }, on_signed);
	if (conf->role != PEER_SENTINEL)
		sign_in_with(c, 1, (const char *[]){ "INFO" }, on_first_info);
	sign_in_with(c, 1, (const char *[]){ "PING" }, on_signed);
}

static void on_broken(void *who, const char *why)
{
	go_down(who, why);
}

static const struct link_events link_events = { on_connected, on_broken };

static void on_dialled(void *who, redisAsyncContext *ac, const char *why)
{
	struct peer *c = who;
	char reason[160];

	c->dial = NULL;
	str_copy(reason, sizeof(reason), str_of(why));
	if (ac)
		c->link = link_open(c->loop, ac, &link_events, c, reason, sizeof(reason));
	if (!c->link)
		go_down(c, reason);
}

void peer_go(struct peer *c, const struct redis_place *place)
{
	struct dial *d;

	CHECK_OBJ(c, PEER_MAGIC);
	if (!c->asking)
		return;
	c->asking = false;
	d = dial_begin(c->loop, place, c->tries++, on_dialled, c);
	if (c->state == STATE_CONNECTING && !c->link)
		c->dial = d;
}

void peer_give_up(struct peer *c, const char *why)
{
	CHECK_OBJ(c, PEER_MAGIC);
	if (c->asking)
		go_down(c, why);
}

static void on_step(void *who)
{
	struct peer *c = who;
	char why[64];

	if (c->state == STATE_CONNECTING) {
		snprintf(why, sizeof(why), "not connected within %lld ms",
			 (long long)c->conf.connect_ms);
		go_down(c, why);
		return;
	}
	c->state = STATE_CONNECTING;
	c->asking = true;
	timer_set(c->loop, &c->step, in_ms(c, c->conf.connect_ms));
	c->events->where(c->who);
}

/* --- being up --- */

static void check_in(struct peer *c, int64_t ms)
{
	timer_set(c->loop, &c->check, in_ms(c, ms));
}

static void on_channel(redisAsyncContext *ac, void *answer, void *who)
{
	struct peer *c = who;
	const redisReply *reply = answer;
	struct str kind;

	(void)ac;
	if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
		return;
	kind = (struct str){ reply->element[0]->str, reply->element[0]->len };
	if (str_is(kind, "message")) {
		c->on_message(c->message_who, REDIS_REPLY, reply);
	} else if (str_is(kind, "subscribe") && c->unconfirmed) {
		c->unconfirmed = false;
		check_in(c, c->conf.check_ms);
	}
}

/* Again and again: the one question that such a connection may be asked, by rights and by hiredis,
 * and changes nothing. */
static void subscribe(struct peer *c)
{
	const char *argv[1 + CHANNELS_MAX] = { "SUBSCRIBE" };
	size_t lengths[1 + CHANNELS_MAX] = { 9 }, n = 1;
	struct str rest = str_of(c->channels);

	while (!str_absent(rest) && n <= CHANNELS_MAX) {
		struct str channel = str_cut(&rest, ' ');

		argv[n] = channel.p;
		lengths[n++] = channel.n;
	}
	c->unconfirmed = true;
	check_in(c, c->conf.command_ms);
	if (!link_send(c->link, n, argv, lengths, on_channel, c))
		go_down(c, "cannot subscribe");
}

static void check_subscription(struct peer *c)
{
	if (!c->unconfirmed) {
		subscribe(c);
		return;
	}
	/* were we late ourselves? the answer may lie in the socket */
	link_read(c->link);
	if (c->state == STATE_UP && c->unconfirmed)
		go_down(c, "the subscription was not confirmed in time");
}

static void on_info(void *who, enum redis_end end, const redisReply *reply)
{
	struct peer *c = who;
	const char *why = end == REDIS_REPLY ? learn(c, reply) : NULL;

	if (why)
		go_down(c, why);
	else if (c->state == STATE_UP) /* also when there was no room to ask, or it was busy */
		check_in(c, c->conf.check_ms);
}

static void on_check(void *who)
{
	static const struct str argv[] = { { "INFO", 4 } };
	struct peer *c = who;

	if (c->channels)
		check_subscription(c);
	else
		peer_call(c, in_ms(c, c->conf.command_ms), 1, argv, on_info, c);
}

static void go_up(struct peer *c)
{
	c->state = STATE_UP;
	c->told_down = false;
	c->wait_ms = c->conf.retry_min_ms;
	timer_cancel(c->loop, &c->step);
	if (c->channels)
		subscribe(c);
	else if (c->conf.role != PEER_SENTINEL)
		check_in(c, c->conf.check_ms);
	c->events->changed(c->who, true, NULL);
}

/* --- calls --- */

/* not at once: what else was read has its own answers */
static void on_unfit(void *who)
{
	struct peer *c = who;

	if (!timer_is_set(&c->leave))
		timer_set(c->loop, &c->leave, loop_now_us(c->loop));
}

static const struct calls_events calls_events = { on_broken, on_unfit };

static void on_leave(void *who)
{
	peer_leave(who, "it is not the primary, or is not ready");
}

void peer_call_written(struct peer *c, int64_t due_us, struct str command, redis_reply_f *fn,
		       void *who)
{
	CHECK_OBJ(c, PEER_MAGIC);
	calls_send(&c->calls, c->state == STATE_UP ? c->link : NULL, due_us, command, fn, who);
}

void peer_call(struct peer *c, int64_t due_us, size_t argc, const struct str *argv,
	       redis_reply_f *fn, void *who)
{
	struct buf b;

	buf_init(&b, RESP_MAX);
	peer_call_written(c, due_us, resp_command(&b, argc, argv), fn, who);
	buf_release(&b);
}

void peer_subscribe(struct peer *c, struct str channels, redis_reply_f *fn, void *who)
{
	CHECK_OBJ(c, PEER_MAGIC);
	c->channels = strndup(channels.p, channels.n);
	if (!c->channels)
		abort();
	c->on_message = fn;
	c->message_who = who;
	timer_cancel(c->loop, &c->check);
	if (c->state == STATE_UP)
		subscribe(c);
}

bool peer_is_up(const struct peer *c)
{
	return c->state == STATE_UP;
}

bool peer_is_new(const struct peer *c)
{
	return c->state != STATE_UP && !c->told_down;
}

const char *peer_history(const struct peer *c)
{
	return c->state == STATE_UP ? c->info.history : "";
}

/* --- its life --- */

static bool on_phase(void *who)
{
	struct peer *c = who;

	if (c->link)
		link_flush(c->link);
	return false;
}

struct peer *peer_new(struct loop *l, const struct peer_conf *conf,
		      const struct peer_events *events, void *who)
{
	struct peer *c = calloc(1, sizeof(*c));

	if (!c)
		abort(); /* as for a call: somebody would wait for ever */
	c->magic = PEER_MAGIC;
	c->loop = l;
	c->conf = *conf;
	c->events = events;
	c->who = who;
	c->wait_ms = conf->retry_min_ms;
	c->rnd = rnd_seed(conf->seed);
	calls_init(&c->calls, l, conf->max_pending, &calls_events, c);
	c->step = (struct timer){ .fire = on_step, .who = c };
	c->check = (struct timer){ .fire = on_check, .who = c };
	c->leave = (struct timer){ .fire = on_leave, .who = c };
	c->hook = (struct loop_hook){ .run = on_phase, .who = c };
	loop_add_hook(l, PHASE_REDIS, &c->hook);
	timer_set(l, &c->step, loop_now_us(l));
	return c;
}

void peer_leave(struct peer *c, const char *why)
{
	CHECK_OBJ(c, PEER_MAGIC);
	go_down(c, why);
	timer_set(c->loop, &c->step, loop_now_us(c->loop));
}

void peer_free(struct peer *c)
{
	if (!c)
		return;
	CHECK_OBJ(c, PEER_MAGIC);
	c->told_down = true; /* the owner need not be told */
	calls_close(&c->calls);
	go_down(c, "closed");
	calls_release(&c->calls);
	timer_cancel(c->loop, &c->step);
	loop_drop_hook(c->loop, PHASE_REDIS, &c->hook);
	free(c->channels);
	c->magic = 0;
	free(c);
}
