/* redis.c -- deadlines, reconnecting and answers around a link. */
#include "io/redis.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/queue.h>

#include "base/rand.h"
#include "io/redis_link.h"
#include "io/redis_url.h"

#define REDIS_MAGIC    0x72656469u
#define JITTER_PERCENT 50

struct call {
	struct redis *r; /* NULL: it was answered */
	redis_reply_f *fn;
	void *who;
	int64_t due_us;
	enum redis_end refused; /* why it was never sent */
	TAILQ_ENTRY(call) more;
};
TAILQ_HEAD(calls, call);

struct lookup {
	uv_getaddrinfo_t uv;
	struct redis *r; /* NULL: given up */
};

enum state { STATE_WAITING, STATE_CONNECTING, STATE_UP };

struct redis {
	uint32_t magic;
	enum state state;
	bool told_down; /* the owner knows that it is down */
	bool closing;
	struct loop *loop;
	struct redis_conf conf;
	struct redis_url url;
	char *user, *password;
	redis_state_f *on_state;
	void *who;
	struct link *link;     /* NULL: none */
	int signing;           /* answers to come before it is up */
	struct lookup *lookup; /* NULL: none */
	struct loop_hook hook;
	struct timer step;     /* waiting: until the next try; connecting: the deadline */
	struct timer deadline; /* of the oldest call */
	struct timer answer;   /* to calls that were never sent */
	struct calls pending, refused;
	uint32_t n_pending;
	const char **texts; /* room for a command's arguments */
	size_t *lengths;
	size_t max_args;
	int64_t wait_ms;
	unsigned tries;
	struct rnd rnd;
	char *channel; /* NULL: no subscription */
	redis_reply_f *on_message;
	void *message_who;
};

static int64_t in_ms(const struct redis *r, int64_t ms)
{
	return loop_now_us(r->loop) + ms * 1000;
}

/* --- going down --- */

static void answer_all(struct calls *calls, enum redis_end end)
{
	struct call *c;

	TAILQ_FOREACH (c, calls, more)
		c->r = NULL;
	TAILQ_FOREACH (c, calls, more)
		c->fn(c->who, end, NULL);
}

static void wait_for_next_try(struct redis *r)
{
	int64_t wait_ms = rnd_jitter(&r->rnd, r->wait_ms, JITTER_PERCENT);

	r->wait_ms *= 2;
	if (r->wait_ms > r->conf.retry_max_ms)
		r->wait_ms = r->conf.retry_max_ms;
	timer_set(r->loop, &r->step, in_ms(r, wait_ms));
}

static void go_down(struct redis *r, const char *why)
{
	struct link *k = r->link;
	struct calls lost = TAILQ_HEAD_INITIALIZER(lost);
	char reason[160];

	/* why may lie in what is freed below */
	str_copy(reason, sizeof(reason), str_of(why));
	r->state = STATE_WAITING;
	r->link = NULL;
	if (r->lookup)
		r->lookup->r = NULL;
	r->lookup = NULL;
	timer_cancel(r->loop, &r->deadline);
	wait_for_next_try(r);
	TAILQ_CONCAT(&lost, &r->pending, more);
	r->n_pending = 0;
	answer_all(&lost, REDIS_LOST);
	link_give_up(k);
	if (!r->told_down) {
		r->told_down = true;
		r->on_state(r->who, false, reason);
	}
}

/* --- connecting --- */

static void go_up(struct redis *r);

static void on_signed(redisAsyncContext *ac, void *answer, void *who)
{
	struct redis *r = who;
	const redisReply *reply = answer;

	(void)ac;
	if (!reply)
		return; /* on_broken() hears of it, or nobody wants to */
	if (reply->type == REDIS_REPLY_ERROR)
		go_down(r, reply->str);
	else if (--r->signing == 0)
		go_up(r);
}

static void sign_in_with(struct redis *r, size_t argc, const char **argv)
{
	r->signing += link_send(r->link, argc, argv, NULL, on_signed, r);
}

/* PING comes last: a Redis that is stopped, or still loading, is not up */
static void on_connected(void *who)
{
	struct redis *r = who;
	char db[24];

	r->signing = 0;
	if (r->password && r->user)
		sign_in_with(r, 3, (const char *[]){ "AUTH", r->user, r->password });
	else if (r->password)
		sign_in_with(r, 2, (const char *[]){ "AUTH", r->password });
	snprintf(db, sizeof(db), "%lld", (long long)r->url.db);
	if (r->url.db)
		sign_in_with(r, 2, (const char *[]){ "SELECT", db });
	sign_in_with(r, 1, (const char *[]){ "PING" });
}

static void on_broken(void *who, const char *why)
{
	go_down(who, why);
}

static const struct link_events link_events = { on_connected, on_broken };

static void take_connection(struct redis *r, redisAsyncContext *ac)
{
	char why[160];

	r->link = link_open(r->loop, ac, &link_events, r, why, sizeof(why));
	if (!r->link)
		go_down(r, why);
	else if (!r->url.path[0])
		redisEnableKeepAlive(&ac->c);
}

/* a name may stand for several addresses: each try takes the next one */
static const struct addrinfo *nth_address(const struct addrinfo *first, unsigned nth)
{
	unsigned n = 0;

	for (const struct addrinfo *a = first; a; a = a->ai_next)
		n++;
	for (nth %= n; nth > 0; nth--)
		first = first->ai_next;
	return first;
}

static void connect_to(struct redis *r, const struct addrinfo *a)
{
	char ip[INET6_ADDRSTRLEN + 16]; /* with a scope: "fe80::1%eth0" */
	int64_t port = 0;
	int rc = getnameinfo(a->ai_addr, a->ai_addrlen, ip, sizeof(ip), NULL, 0, NI_NUMERICHOST);

	if (rc == 0 && str_i64(str_of(r->url.port), &port))
		take_connection(r, redisAsyncConnect(ip, (int)port));
	else
		go_down(r, gai_strerror(rc));
}

static void on_lookup(uv_getaddrinfo_t *uv, int status, struct addrinfo *found)
{
	struct lookup *l = CONTAINER_OF(uv, struct lookup, uv);
	struct redis *r = l->r;

	free(l);
	if (r) {
		r->lookup = NULL;
		if (status == 0)
			connect_to(r, nth_address(found, r->tries++));
		else
			go_down(r, uv_strerror(status));
	}
	uv_freeaddrinfo(found);
}

static void look_up(struct redis *r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct lookup *l = calloc(1, sizeof(*l));
	int rc = UV_ENOMEM;

	if (l)
		rc = uv_getaddrinfo(loop_uv(r->loop), &l->uv, on_lookup, r->url.host, r->url.port,
				    &hints);
	if (rc < 0) {
		free(l);
		go_down(r, uv_strerror(rc));
		return;
	}
	l->r = r;
	r->lookup = l;
}

static void on_step(void *who)
{
	struct redis *r = who;
	char why[64];

	if (r->state == STATE_CONNECTING) {
		snprintf(why, sizeof(why), "not connected within %lld ms",
			 (long long)r->conf.connect_ms);
		go_down(r, why);
		return;
	}
	r->state = STATE_CONNECTING;
	timer_set(r->loop, &r->step, in_ms(r, r->conf.connect_ms));
	if (r->url.path[0])
		take_connection(r, redisAsyncConnectUnix(r->url.path));
	else
		look_up(r);
}

/* --- being up --- */

static void on_channel(redisAsyncContext *ac, void *answer, void *who)
{
	struct redis *r = who;
	const redisReply *reply = answer;

	(void)ac;
	if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
	    str_is((struct str){ reply->element[0]->str, reply->element[0]->len }, "message"))
		r->on_message(r->message_who, REDIS_REPLY, reply);
}

static void subscribe(struct redis *r)
{
	const char *argv[] = { "SUBSCRIBE", r->channel };

	if (!link_send(r->link, 2, argv, NULL, on_channel, r))
		go_down(r, "cannot subscribe");
}

static void go_up(struct redis *r)
{
	r->state = STATE_UP;
	r->told_down = false;
	r->wait_ms = r->conf.retry_min_ms;
	timer_cancel(r->loop, &r->step);
	if (r->channel)
		subscribe(r);
	r->on_state(r->who, true, NULL);
}

static void on_deadline(void *who)
{
	struct redis *r = who;
	struct call *oldest = TAILQ_FIRST(&r->pending);
	char why[64];

	/* were we late ourselves? the answer may lie in the socket */
	if (oldest && oldest->due_us <= loop_now_us(r->loop))
		link_read(r->link);
	oldest = TAILQ_FIRST(&r->pending);
	if (!oldest)
		return;
	if (oldest->due_us > loop_now_us(r->loop)) {
		timer_set(r->loop, &r->deadline, oldest->due_us);
		return;
	}
	snprintf(why, sizeof(why), "no answer within %lld ms", (long long)r->conf.command_ms);
	go_down(r, why);
}

static void on_reply(redisAsyncContext *ac, void *reply, void *who)
{
	struct call *c = who;
	struct redis *r = c->r;

	if (r && reply) {
		TAILQ_REMOVE(&r->pending, c, more);
		r->n_pending--;
		c->fn(c->who, REDIS_REPLY, reply);
	} else if (r) {
		/* the connection broke: this call is answered with all the others */
		go_down(r, ac->errstr && ac->errstr[0] ? ac->errstr : "connection lost");
	}
	free(c);
}

static bool room_for_args(struct redis *r, size_t argc)
{
	if (argc <= r->max_args)
		return true;
	free(r->texts);
	free(r->lengths);
	r->max_args = argc;
	r->texts = calloc(argc, sizeof(*r->texts));
	r->lengths = calloc(argc, sizeof(*r->lengths));
	if (!r->texts || !r->lengths)
		r->max_args = 0;
	return r->max_args > 0;
}

static bool send_call(struct redis *r, struct call *c, size_t argc, const struct str *argv)
{
	if (!room_for_args(r, argc))
		return false;
	for (size_t i = 0; i < argc; i++) {
		r->texts[i] = argv[i].p ? argv[i].p : "";
		r->lengths[i] = argv[i].n;
	}
	return link_send(r->link, argc, r->texts, r->lengths, on_reply, c);
}

static void on_answer(void *who)
{
	struct redis *r = who;
	struct calls now = TAILQ_HEAD_INITIALIZER(now);
	struct call *c;

	/* what is refused meanwhile is answered in the next turn */
	TAILQ_CONCAT(&now, &r->refused, more);
	while ((c = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, c, more);
		c->fn(c->who, c->refused, NULL);
		free(c);
	}
}

static void refuse(struct redis *r, struct call *c, enum redis_end why)
{
	if (r->closing) {
		free(c);
		return;
	}
	c->refused = why;
	TAILQ_INSERT_TAIL(&r->refused, c, more);
	if (!timer_is_set(&r->answer))
		timer_set(r->loop, &r->answer, loop_now_us(r->loop));
}

void redis_call(struct redis *r, size_t argc, const struct str *argv, redis_reply_f *fn, void *who)
{
	struct call *c = calloc(1, sizeof(*c));

	CHECK_OBJ(r, REDIS_MAGIC);
	if (!c)
		abort(); /* somebody would wait for ever */
	*c = (struct call){ .r = r, .fn = fn, .who = who, .due_us = in_ms(r, r->conf.command_ms) };
	if (r->n_pending >= r->conf.max_pending) {
		refuse(r, c, REDIS_FULL);
		return;
	}
	if (r->state != STATE_UP || !send_call(r, c, argc, argv)) {
		refuse(r, c, REDIS_DOWN);
		return;
	}
	TAILQ_INSERT_TAIL(&r->pending, c, more);
	r->n_pending++;
	if (!timer_is_set(&r->deadline))
		timer_set(r->loop, &r->deadline, c->due_us);
}

void redis_subscribe(struct redis *r, struct str channel, redis_reply_f *fn, void *who)
{
	CHECK_OBJ(r, REDIS_MAGIC);
	r->channel = strndup(channel.p, channel.n);
	if (!r->channel)
		abort();
	r->on_message = fn;
	r->message_who = who;
	if (r->state == STATE_UP)
		subscribe(r);
}

bool redis_is_up(const struct redis *r)
{
	return r->state == STATE_UP;
}

/* --- its life --- */

static bool on_phase(void *who)
{
	struct redis *r = who;

	if (r->link)
		link_flush(r->link);
	return false;
}

static char *copy_of(const char *text)
{
	char *copy = text && text[0] ? strdup(text) : NULL;

	if (text && text[0] && !copy)
		abort();
	return copy;
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
	r->user = copy_of(conf->user && conf->user[0] ? conf->user : r->url.user);
	r->password = copy_of(conf->password);
	r->on_state = state;
	r->who = who;
	r->wait_ms = conf->retry_min_ms;
	r->rnd = rnd_seed(conf->seed);
	TAILQ_INIT(&r->pending);
	TAILQ_INIT(&r->refused);
	r->step = (struct timer){ .fire = on_step, .who = r };
	r->deadline = (struct timer){ .fire = on_deadline, .who = r };
	r->answer = (struct timer){ .fire = on_answer, .who = r };
	r->hook = (struct loop_hook){ .run = on_phase, .who = r };
	loop_add_hook(l, PHASE_REDIS, &r->hook);
	timer_set(l, &r->step, loop_now_us(l));
	return r;
}

static void forget_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void redis_free(struct redis *r)
{
	if (!r)
		return;
	CHECK_OBJ(r, REDIS_MAGIC);
	r->closing = r->told_down = true; /* the owner need not be told */
	go_down(r, "closed");
	on_answer(r);
	timer_cancel(r->loop, &r->step);
	timer_cancel(r->loop, &r->answer);
	loop_drop_hook(r->loop, PHASE_REDIS, &r->hook);
	forget_secret(r->password);
	free(r->user);
	free(r->channel);
	free(r->texts);
	free(r->lengths);
	r->magic = 0;
	free(r);
}
