/*
 * timer.h -- the heap behind loop.h's deadlines: earliest first, nothing else.
 *
 * Knows no clock and no loop, so that a unit test can drive it.
 */
#ifndef IO_TIMER_H
#define IO_TIMER_H

#include "io/loop.h"

/* zeroed = empty */
struct timers {
	struct timer **heap; /* from index 1; (not owned) */
	size_t n, cap;
};

/* forgets all timers; those still set must not be touched by the heap again */
void timers_release(struct timers *ts);

void timers_set(struct timers *ts, struct timer *t, int64_t due_us);
void timers_cancel(struct timers *ts, struct timer *t);

/* the earliest; NULL when there is none */
struct timer *timers_first(const struct timers *ts);
/* takes the earliest out, if it is due at now_us */
struct timer *timers_pop(struct timers *ts, int64_t now_us);

#endif
