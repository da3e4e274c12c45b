/*
 * upstream.c -- HTTP out: calls, from start to end.
 *
 * What handlers ask (start, cancel, resume) is only noted, and done at the end of
 * the turn, because libcurl refuses to be called from its own callbacks. So each
 * of them may be asked anywhere.
 */
#include "io/upstream_parts.h"

#include <sodium.h>

/* transfers kept for the next calls */
#define SPARE_MAX 256
/* a multi without calls is kept so long, with its connections, for the next burst */
#define IDLE_MULTI_US 5000000

static const struct {
	const char *text;
	bool unsent;
} ends[] = {
	[UP_DONE] = { "done", false },
	[UP_REFUSED] = { "no connection", true },
	[UP_TLS] = { "no trust", true },
	[UP_CONNECT_TIMEOUT] = { "no connection in time", true },
	[UP_IDLE_TIMEOUT] = { "silent for too long", false },
	[UP_TOTAL_TIMEOUT] = { "not done in time", false },
	[UP_BROKEN] = { "the connection broke", false },
	[UP_TOO_LARGE] = { "headers too large", false },
	[UP_STOPPED] = { "stopped", false },
};

const char *up_end_text(enum up_end e)
{
	return ends[e].text;
}

bool up_end_unsent(enum up_end e)
{
	return ends[e].unsent;
}

/* --- deadlines --- */

static void on_total(void *who)
{
	struct up_call *c = who;

	CHECK_OBJ(c, CALL_MAGIC);
	call_finish(c, c->sent ? UP_TOTAL_TIMEOUT : UP_CONNECT_TIMEOUT, "");
}

/* Set once and looked at when it fires: most calls have a byte now and then. */
static void on_idle(void *who)
{
	struct up_call *c = who;
	int64_t now_us = loop_now_us(c->u->l), due_us = c->moved_us + c->idle_ms * 1000;

	CHECK_OBJ(c, CALL_MAGIC);
	/* until it is connected, libcurl's own deadline counts */
	if (c->paused || !c->sent)
		due_us = now_us + c->idle_ms * 1000;
	if (now_us < due_us)
		timer_set(c->u->l, &c->idle, due_us);
	else
		call_finish(c, UP_IDLE_TIMEOUT, "");
}

static void set_deadline(struct up_call *c, struct timer *t, void (*fire)(void *who), int64_t ms)
{
	*t = (struct timer){ .fire = fire, .who = c };
	if (ms > 0)
		timer_set(c->u->l, t, loop_now_us(c->u->l) + ms * 1000);
}

/* --- the pool --- */

static void call_free(struct up_call *c)
{
	curl_easy_cleanup(c->easy);
	curl_url_cleanup(c->url);
	free(c->asked);
	free(c->lines);
	free(c->small);
	c->magic = 0;
	free(c);
}

static struct up_call *call_new(struct upstream *u)
{
	struct up_call *c = TAILQ_FIRST(&u->spare);

	if (c) {
		TAILQ_REMOVE(&u->spare, c, all);
		u->n_spare--;
		return c;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->magic = CALL_MAGIC;
	c->u = u;
	c->easy = curl_easy_init();
	c->url = curl_url();
	if (c->easy && c->url && easy_init(c))
		return c;
	call_free(c);
	return NULL;
}

static struct up_calls *list_of(struct up_call *c)
{
	return c->state == CALL_STARTING ? &c->u->starting : &c->u->running;
}

/* --- multis that nobody needs any more --- */

/* Only from the end, where calls are placed last. */
static void sweep(void *who)
{
	struct upstream *u = who;
	int64_t now_us = loop_now_us(u->l);

	while (u->n_multis > 1) {
		struct up_multi *m = u->multis[u->n_multis - 1];

		if (m->n_calls > 0)
			return;
		if (now_us < m->left_us + IDLE_MULTI_US) {
			timer_set(u->l, &u->sweep, m->left_us + IDLE_MULTI_US);
			return;
		}
		multi_free(m);
		u->n_multis--;
	}
}

static void leave_multi(struct up_call *c)
{
	struct upstream *u = c->u;

	curl_multi_remove_handle(c->m->curl, c->easy);
	c->m->n_calls--;
	c->m->left_us = loop_now_us(u->l);
	if (c->m == u->multis[u->n_multis - 1] && !timer_is_set(&u->sweep))
		timer_set(u->l, &u->sweep, c->m->left_us + IDLE_MULTI_US);
	c->m = NULL;
}

/* out of libcurl, and ready for the next */
static void call_release(struct up_call *c)
{
	struct upstream *u = c->u;

	timer_cancel(u->l, &c->idle);
	timer_cancel(u->l, &c->total);
	if (c->on_work)
		TAILQ_REMOVE(&u->work, c, work);
	c->on_work = false;
	if (c->m)
		leave_multi(c);
	easy_wipe(c);
	TAILQ_REMOVE(list_of(c), c, all);
	c->state = CALL_SPARE;
	u->n_calls--;
	if (u->n_spare >= SPARE_MAX) {
		call_free(c);
		return;
	}
	TAILQ_INSERT_HEAD(&u->spare, c, all);
	u->n_spare++;
}

void call_finish(struct up_call *c, enum up_end end, const char *detail)
{
	const struct up_handler *handler = c->handler;
	void *who = c->who;
	char text[CURL_ERROR_SIZE];

	str_copy(text, sizeof(text), str_of(*detail ? detail : up_end_text(end)));
	call_release(c);
	handler->done(who, end, text);
}

/* --- the end of a turn --- */

/* First fit, so that connections that are kept open are found again. */
static struct up_multi *free_multi(struct upstream *u)
{
	for (uint32_t i = 0; i < u->n_multis; i++)
		if (u->multis[i]->n_calls < u->limits.per_multi)
			return u->multis[i];
	if (u->n_multis == u->max_multis)
		return NULL;
	u->multis[u->n_multis] = multi_new(u);
	return u->multis[u->n_multis] ? u->multis[u->n_multis++] : NULL;
}

static void begin(struct up_call *c)
{
	struct upstream *u = c->u;
	struct up_multi *m = free_multi(u);

	TAILQ_REMOVE(&u->starting, c, all);
	TAILQ_INSERT_TAIL(&u->running, c, all);
	c->state = CALL_RUNNING;
	if (!m || !easy_place(c, m) || curl_multi_add_handle(m->curl, c->easy) != CURLM_OK) {
		call_finish(c, UP_REFUSED, "no memory for the call");
		return;
	}
	c->m = m;
	m->n_calls++;
	c->moved_us = loop_now_us(u->l);
	set_deadline(c, &c->idle, on_idle, c->idle_ms);
	set_deadline(c, &c->total, on_total, c->total_ms);
}

static void go_on(struct up_call *c)
{
	if (c->state == CALL_CANCELLED) {
		call_release(c);
		return;
	}
	if (c->paused || !c->held)
		return;
	c->held = false;
	/* libcurl hands out what it held back; perhaps that pauses it again, or stops the call, of
	 * which libcurl would hear only with the next byte */
	curl_easy_pause(c->easy, CURLPAUSE_CONT);
	if (c->state == CALL_RUNNING && c->has_end)
		call_finish(c, c->end, "");
}

static void do_work(struct upstream *u)
{
	struct up_call *c;

	while ((c = TAILQ_FIRST(&u->work))) {
		TAILQ_REMOVE(&u->work, c, work);
		c->on_work = false;
		go_on(c);
	}
}

static void run_kicked(struct upstream *u)
{
	u->kicked = false;
	for (uint32_t i = 0; i < u->n_multis; i++)
		if (u->multis[i]->kicked)
			multi_run(u->multis[i]);
}

static bool on_turn(void *who)
{
	struct upstream *u = who;
	bool busy;

	CHECK_OBJ(u, UPSTREAM_MAGIC);
	busy = u->kicked || !TAILQ_EMPTY(&u->work) || !TAILQ_EMPTY(&u->starting);
	do_work(u);
	while (!TAILQ_EMPTY(&u->starting))
		begin(TAILQ_FIRST(&u->starting));
	if (u->kicked)
		run_kicked(u);
	/* handlers may have been called, and have left work to any phase */
	return busy;
}

static void touch(struct up_call *c)
{
	if (!c->on_work)
		TAILQ_INSERT_TAIL(&c->u->work, c, work);
	c->on_work = true;
	loop_wake(c->u->l);
}

/* --- what others ask --- */

struct up_call *up_start(struct upstream *u, const struct up_ask *ask)
{
	struct up_call *c;

	CHECK_OBJ(u, UPSTREAM_MAGIC);
	if (u->n_calls >= u->limits.max_calls)
		return NULL;
	c = call_new(u);
	if (!c)
		return NULL;
	c->state = CALL_STARTING;
	TAILQ_INSERT_TAIL(&u->starting, c, all);
	u->n_calls++;
	c->handler = ask->handler;
	c->who = ask->who;
	if (!easy_set(c, ask)) {
		call_release(c);
		return NULL;
	}
	loop_wake(u->l);
	return c;
}

void up_cancel(struct up_call *c)
{
	if (!c)
		return;
	CHECK_OBJ(c, CALL_MAGIC);
	if (c->state == CALL_STARTING) {
		call_release(c);
		return;
	}
	if (c->state != CALL_RUNNING)
		return;
	c->state = CALL_CANCELLED;
	/* the asker's memory may be gone when libcurl asks for more of it */
	c->body = NULL;
	timer_cancel(c->u->l, &c->idle);
	timer_cancel(c->u->l, &c->total);
	touch(c);
}

void up_pause(struct up_call *c)
{
	CHECK_OBJ(c, CALL_MAGIC);
	c->paused = true;
}

void up_resume(struct up_call *c)
{
	CHECK_OBJ(c, CALL_MAGIC);
	if (!c->paused)
		return;
	c->paused = false;
	c->moved_us = loop_now_us(c->u->l);
	touch(c);
}

bool up_sent(const struct up_call *c)
{
	return c->sent;
}

uint32_t upstream_calls(const struct upstream *u)
{
	return u->n_calls;
}

/* --- start and stop --- */

static CURLSH *share_new(void)
{
	CURLSH *share = curl_share_init();

	if (!share)
		return NULL;
	/* never connections: each call's end would walk all of them again */
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	return share;
}

struct upstream *upstream_new(struct loop *l, const struct upstream_limits *limits,
			      struct trust *trust)
{
	struct upstream *u = calloc(1, sizeof(*u));

	if (!u || sodium_init() < 0 || !memory_init()) {
		free(u);
		return NULL;
	}
	*u = (struct upstream){ .magic = UPSTREAM_MAGIC,
				.l = l,
				.hook = { .run = on_turn, .who = u },
				.limits = *limits,
				.trust = trust,
				.share = share_new() };
	if (u->limits.per_multi == 0)
		u->limits.per_multi = 1;
	u->max_multis = (u->limits.max_calls + u->limits.per_multi - 1) / u->limits.per_multi;
	u->multis = calloc(u->max_multis, sizeof(*u->multis));
	u->sweep = (struct timer){ .fire = sweep, .who = u };
	TAILQ_INIT(&u->spare);
	TAILQ_INIT(&u->starting);
	TAILQ_INIT(&u->running);
	TAILQ_INIT(&u->work);
	loop_add_hook(l, PHASE_UPSTREAM, &u->hook);
	if (u->share && u->multis)
		return u;
	upstream_free(u);
	return NULL;
}

static void release_all(struct up_calls *calls)
{
	while (!TAILQ_EMPTY(calls))
		call_release(TAILQ_FIRST(calls));
}

void upstream_free(struct upstream *u)
{
	struct up_call *c;

	if (!u)
		return;
	CHECK_OBJ(u, UPSTREAM_MAGIC);
	loop_drop_hook(u->l, PHASE_UPSTREAM, &u->hook);
	release_all(&u->starting);
	release_all(&u->running);
	timer_cancel(u->l, &u->sweep);
	while ((c = TAILQ_FIRST(&u->spare))) {
		TAILQ_REMOVE(&u->spare, c, all);
		call_free(c);
	}
	/* closes the connections, by way of socket_close() */
	for (uint32_t i = 0; i < u->n_multis; i++)
		multi_free(u->multis[i]);
	free(u->multis);
	sockets_free(u);
	curl_share_cleanup(u->share);
	curl_global_cleanup();
	u->magic = 0;
	free(u);
}
