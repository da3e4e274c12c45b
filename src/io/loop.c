/*
 * loop.c -- a turn of the loop on libuv.
 *
 * libuv runs timers, then "prepare", then sleeps in epoll, then runs the sockets'
 * callbacks, then "check". The hooks run in both, so that neither what a timer
 * nor what a socket left to do waits for the other.
 */
#include "io/loop.h"

#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/timer.h"

#define LOOP_MAGIC 0x6c6f6f70u
/* hooks that keep making work for each other let the sockets have a turn after this */
#define MAX_ROUNDS 8
/* now_us is to be read again */
#define STALE 0
/* of the pool's threads, above the loops' */
#define POOL_NICE 10

struct watch {
	struct loop *l;
	uv_poll_t poll;
	watch_f *fn;
	void *who;
	int wanted, armed; /* what was asked for, what libuv knows of */
	bool dirty;        /* on the loop's list */
	LIST_ENTRY(watch) all;
	STAILQ_ENTRY(watch) changed;
};

struct post {
	void (*fn)(void *who);
	void *who;
	STAILQ_ENTRY(post) more;
};

STAILQ_HEAD(posts, post);

struct loop {
	uint32_t magic;
	bool dirty;   /* the hooks are not done */
	bool closing; /* no more callbacks */
	int64_t now_us;
	int64_t alarm_us; /* what the alarm, when active, is set to */
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle; /* active: do not sleep */
	uv_timer_t alarm;
	uv_async_t door; /* something was posted */
	struct timers timers;
	struct loop_hook *hooks[PHASE_COUNT];
	struct loop_hook *next_hook; /* of the one that runs */
	LIST_HEAD(, watch) watches;
	STAILQ_HEAD(, watch) changed;
	uv_mutex_t lock;
	struct posts posts; /* under lock */
};

/* --- the end of a turn --- */

static bool run_phase(struct loop *l, struct loop_hook *first)
{
	bool more = false;

	for (struct loop_hook *h = first; h; h = l->next_hook) {
		l->next_hook = h->next;
		more |= h->run(h->who);
	}
	return more;
}

static void run_hooks(struct loop *l)
{
	l->dirty = true;
	for (int round = 0; l->dirty && round < MAX_ROUNDS; round++) {
		l->dirty = false;
		for (int phase = 0; phase < PHASE_COUNT; phase++)
			l->dirty |= run_phase(l, l->hooks[phase]);
	}
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void apply_watches(struct loop *l)
{
	struct watch *w;

	while ((w = STAILQ_FIRST(&l->changed))) {
		STAILQ_REMOVE_HEAD(&l->changed, changed);
		w->dirty = false;
		if (w->wanted == w->armed)
			continue;
		w->armed = w->wanted;
		/* stops when nothing is wanted; fails only for two watches on one socket */
		if (uv_poll_start(&w->poll, w->armed, on_poll) != 0)
			abort();
	}
}

static void on_alarm(uv_timer_t *alarm);

/* libuv counts milliseconds from the start of its sleep */
static void set_alarm(struct loop *l)
{
	struct timer *first = timers_first(&l->timers);
	int64_t left_us;

	if (!first) {
		uv_timer_stop(&l->alarm);
		return;
	}
	if (uv_is_active((uv_handle_t *)&l->alarm) && l->alarm_us == first->due_us)
		return;
	left_us = first->due_us - loop_now_us(l);
	l->alarm_us = first->due_us;
	uv_timer_start(&l->alarm, on_alarm, left_us > 0 ? (uint64_t)(left_us + 999) / 1000 : 0, 0);
}

static void on_alarm(uv_timer_t *alarm)
{
	struct loop *l = alarm->data;
	struct timer *t;

	l->now_us = STALE;
	/* a timer that sets itself to "now" again must not keep us here */
	for (size_t n = l->timers.n; n > 0; n--) {
		t = timers_pop(&l->timers, loop_now_us(l));
		if (!t)
			break;
		t->fire(t->who);
	}
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct loop *l = prepare->data;

	run_hooks(l);
	apply_watches(l);
	set_alarm(l);
	if (l->dirty)
		uv_idle_start(&l->idle, on_idle);
	else
		uv_idle_stop(&l->idle);
	l->now_us = STALE;
}

static void on_check(uv_check_t *check)
{
	run_hooks(check->data);
}

void loop_add_hook(struct loop *l, enum loop_phase phase, struct loop_hook *hook)
{
	struct loop_hook **end = &l->hooks[phase];

	CHECK_OBJ(l, LOOP_MAGIC);
	while (*end)
		end = &(*end)->next;
	hook->next = NULL;
	*end = hook;
}

void loop_drop_hook(struct loop *l, enum loop_phase phase, struct loop_hook *hook)
{
	struct loop_hook **at = &l->hooks[phase];

	while (*at && *at != hook)
		at = &(*at)->next;
	if (*at)
		*at = hook->next;
	if (l->next_hook == hook)
		l->next_hook = hook->next;
}

void loop_wake(struct loop *l)
{
	l->dirty = true;
}

/* --- sockets --- */

static void mark_changed(struct watch *w)
{
	if (w->dirty)
		return;
	w->dirty = true;
	STAILQ_INSERT_TAIL(&w->l->changed, w, changed);
}

/* libuv stops a poll that reports an error; whoever owns the socket must hear of it all the same */
static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *w = CONTAINER_OF(poll, struct watch, poll);
	int wanted = w->wanted;

	if (status < 0) {
		w->armed = 0;
		mark_changed(w);
		events = WATCH_READ | WATCH_WRITE;
	} else {
		events &= wanted;
	}
	if (wanted && events)
		w->fn(w->who, events);
}

struct watch *watch_open(struct loop *l, int fd, int events, watch_f *fn, void *who)
{
	struct watch *w = calloc(1, sizeof(*w));

	CHECK_OBJ(l, LOOP_MAGIC);
	if (!w)
		return NULL;
	*w = (struct watch){ .l = l, .fn = fn, .who = who };
	if (uv_poll_init(&l->uv, &w->poll, fd) != 0) {
		free(w);
		return NULL;
	}
	LIST_INSERT_HEAD(&l->watches, w, all);
	watch_set(w, events);
	return w;
}

void watch_set(struct watch *w, int events)
{
	w->wanted = events;
	if (w->wanted != w->armed)
		mark_changed(w);
}

static void free_watch(uv_handle_t *handle)
{
	free(CONTAINER_OF(handle, struct watch, poll));
}

void watch_close(struct watch *w)
{
	if (!w)
		return;
	if (w->dirty)
		STAILQ_REMOVE(&w->l->changed, w, watch, changed);
	LIST_REMOVE(w, all);
	uv_close((uv_handle_t *)&w->poll, free_watch);
}

/* --- deadlines --- */

void timer_set(struct loop *l, struct timer *t, int64_t due_us)
{
	int64_t now_us = loop_now_us(l);

	/* the past is now, or a timer that sets itself to it would go before all others for ever */
	timers_set(&l->timers, t, due_us > now_us ? due_us : now_us);
}

void timer_cancel(struct loop *l, struct timer *t)
{
	timers_cancel(&l->timers, t);
}

/* --- other threads --- */

/* may be called before anything else of this turn, or after loop_free() has begun */
static void drain_posts(struct loop *l)
{
	struct posts posts = STAILQ_HEAD_INITIALIZER(posts);
	struct post *p;

	uv_mutex_lock(&l->lock);
	STAILQ_CONCAT(&posts, &l->posts);
	uv_mutex_unlock(&l->lock);
	while ((p = STAILQ_FIRST(&posts))) {
		STAILQ_REMOVE_HEAD(&posts, more);
		if (!l->closing)
			p->fn(p->who);
		free(p);
	}
}

static void on_door(uv_async_t *door)
{
	drain_posts(door->data);
}

void loop_post(struct loop *l, void (*fn)(void *who), void *who)
{
	struct post *p = malloc(sizeof(*p));

	/* nobody waits for a post to fail: what was asked for would never happen */
	if (!p)
		abort();
	*p = (struct post){ .fn = fn, .who = who };
	uv_mutex_lock(&l->lock);
	STAILQ_INSERT_TAIL(&l->posts, p, more);
	uv_mutex_unlock(&l->lock);
	uv_async_send(&l->door);
}

struct job {
	uv_work_t uv;
	struct loop *l;
	void (*work)(void *who);
	void (*done)(void *who);
	void *who;
};

/* The pool's threads take what the loops leave of the processors: a loop has other clients. */
static void yield_to_loops(void)
{
	static _Thread_local bool done;

	if (!done)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), POOL_NICE);
	done = true;
}

static void on_work(uv_work_t *uv)
{
	struct job *j = CONTAINER_OF(uv, struct job, uv);

	yield_to_loops();
	j->work(j->who);
}

static void on_worked(uv_work_t *uv, int status)
{
	struct job *j = CONTAINER_OF(uv, struct job, uv);

	(void)status;
	if (!j->l->closing)
		j->done(j->who);
	free(j);
}

bool loop_work(struct loop *l, void (*work)(void *who), void (*done)(void *who), void *who)
{
	struct job *j = malloc(sizeof(*j));

	if (!j)
		return false;
	*j = (struct job){ .l = l, .work = work, .done = done, .who = who };
	if (uv_queue_work(&l->uv, &j->uv, on_work, on_worked) != 0) {
		free(j);
		return false;
	}
	return true;
}

/* --- the loop itself --- */

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l || uv_loop_init(&l->uv) != 0) {
		free(l);
		return NULL;
	}
	if (uv_async_init(&l->uv, &l->door, on_door) != 0 || uv_mutex_init(&l->lock) != 0)
		abort(); /* needs no more than uv_loop_init() has opened */
	l->magic = LOOP_MAGIC;
	LIST_INIT(&l->watches);
	STAILQ_INIT(&l->changed);
	STAILQ_INIT(&l->posts);
	uv_prepare_init(&l->uv, &l->prepare);
	uv_check_init(&l->uv, &l->check);
	uv_idle_init(&l->uv, &l->idle);
	uv_timer_init(&l->uv, &l->alarm);
	l->prepare.data = l->check.data = l->alarm.data = l->door.data = l;
	uv_prepare_start(&l->prepare, on_prepare);
	uv_check_start(&l->check, on_check);
	return l;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	CHECK_OBJ(l, LOOP_MAGIC);
	l->closing = true;
	while (!LIST_EMPTY(&l->watches))
		watch_close(LIST_FIRST(&l->watches));
	uv_walk(&l->uv, close_handle, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&l->uv) != 0)
		abort();
	drain_posts(l);
	uv_mutex_destroy(&l->lock);
	timers_release(&l->timers);
	l->magic = 0;
	free(l);
}

void loop_run(struct loop *l)
{
	CHECK_OBJ(l, LOOP_MAGIC);
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

int64_t loop_now_us(struct loop *l)
{
	if (l->now_us == STALE)
		l->now_us = clock_mono_us();
	return l->now_us;
}

uv_loop_t *loop_uv(struct loop *l)
{
	return &l->uv;
}
