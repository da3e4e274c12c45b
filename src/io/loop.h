/*
 * loop.h -- one libuv loop: sockets, deadlines, posted work, and the end of a turn.
 *
 * A thread has one loop and everything that waits in that thread hangs on it.
 * Nothing here is called from another thread, except loop_post().
 *
 * At the end of each turn, before the loop sleeps, hooks run in the order of
 * their phase: first the journal is written, then Redis, then vendors, then
 * clients. So what must be on disk before bytes leave is on disk before bytes
 * leave, and each of them is written once a turn however many requests there were.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <uv.h>

#include "base/obj.h"
#include "base/str.h"

struct loop;

/* NULL: no memory or no file descriptors */
struct loop *loop_new(void);
/* closes what is left open; runs no callback afterwards */
void loop_free(struct loop *l);
/* until loop_stop() */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* microseconds, clock_mono_us() as of this turn */
int64_t loop_now_us(struct loop *l);
uv_loop_t *loop_uv(struct loop *l);

/* --- the end of a turn --- */

enum loop_phase { PHASE_JOURNAL, PHASE_REDIS, PHASE_UPSTREAM, PHASE_FRONT, PHASE_COUNT };

/* Do what the turn left to do. True: made new work for a hook (all phases run again, bounded). */
typedef bool loop_hook_f(void *who);

struct loop_hook {
	loop_hook_f *run;
	void *who;
	struct loop_hook *next; /* (the loop's) */
};

/* the hook is the caller's and must live until loop_drop_hook() or the loop's end */
void loop_add_hook(struct loop *l, enum loop_phase phase, struct loop_hook *hook);
void loop_drop_hook(struct loop *l, enum loop_phase phase, struct loop_hook *hook);
/* Work was left for the hooks from outside the loop's callbacks: do not sleep before they ran. */
void loop_wake(struct loop *l);

/* --- sockets --- */

enum { WATCH_READ = 1, WATCH_WRITE = 2 };

struct watch;
/* events: WATCH_READ | WATCH_WRITE; an error or hang-up is reported as both */
typedef void watch_f(void *who, int events);

/* NULL when the fd cannot be polled */
struct watch *watch_open(struct loop *l, int fd, int events, watch_f *fn, void *who);
/* Takes effect at the end of the turn, so that changes back and forth cost no system call. */
void watch_set(struct watch *w, int events);
/* Before the fd is closed. No callback afterwards; memory is freed by the loop. NULL is fine. */
void watch_close(struct watch *w);

/* --- deadlines --- */

/*
 * Intrusive, because a uv_timer_t cannot be freed before a callback of a later
 * turn, and a request's timers must die with its arena.
 */
struct timer {
	int64_t due_us;
	void (*fire)(void *who);
	void *who;
	size_t slot; /* in the heap, from 1; 0 = not set */
};

/* (re)sets it; fires once, never inside this call */
void timer_set(struct loop *l, struct timer *t, int64_t due_us);
static inline bool timer_is_set(const struct timer *t)
{
	return t->slot != 0;
}
/* fine on a timer that is not set */
void timer_cancel(struct loop *l, struct timer *t);

/* --- other threads --- */

/* Run fn(who) on the loop's own thread soon. From any thread. */
void loop_post(struct loop *l, void (*fn)(void *who), void *who);

/* Run work(who) on libuv's thread pool, whose threads have a lower priority than loops, then
 * done(who) on this loop. Cannot be cancelled. */
bool loop_work(struct loop *l, void (*work)(void *who), void (*done)(void *who), void *who)
	MUST_CHECK;

#endif
