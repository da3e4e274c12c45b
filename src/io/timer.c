/*
 * timer.c -- a binary heap in which each timer knows its own place.
 *
 * So that cancelling costs a few swaps, and an idle timer that is pushed back
 * with every byte does not leave dead entries behind.
 */
#include "io/timer.h"

#define FIRST_CAP 64

static void put(struct timers *ts, size_t slot, struct timer *t)
{
	ts->heap[slot] = t;
	t->slot = slot;
}

static void sift_up(struct timers *ts, struct timer *t)
{
	size_t slot = t->slot;

	while (slot > 1 && ts->heap[slot / 2]->due_us > t->due_us) {
		put(ts, slot, ts->heap[slot / 2]);
		slot /= 2;
	}
	put(ts, slot, t);
}

static void sift_down(struct timers *ts, struct timer *t)
{
	size_t slot = t->slot;

	for (size_t kid = slot * 2; kid <= ts->n; kid = slot * 2) {
		if (kid < ts->n && ts->heap[kid + 1]->due_us < ts->heap[kid]->due_us)
			kid++;
		if (ts->heap[kid]->due_us >= t->due_us)
			break;
		put(ts, slot, ts->heap[kid]);
		slot = kid;
	}
	put(ts, slot, t);
}

static void move(struct timers *ts, struct timer *t)
{
	sift_up(ts, t);
	sift_down(ts, t);
}

static void grow(struct timers *ts)
{
	size_t cap = ts->cap ? ts->cap * 2 : FIRST_CAP;
	struct timer **heap = realloc(ts->heap, (cap + 1) * sizeof(struct timer *));

	/* a deadline that is silently lost is a request that hangs for ever */
	if (!heap)
		abort();
	ts->heap = heap;
	ts->cap = cap;
}

void timers_release(struct timers *ts)
{
	free(ts->heap);
	*ts = (struct timers){ 0 };
}

void timers_set(struct timers *ts, struct timer *t, int64_t due_us)
{
	t->due_us = due_us;
	if (t->slot == 0) {
		if (ts->n == ts->cap)
			grow(ts);
		put(ts, ++ts->n, t);
	}
	move(ts, t);
}

void timers_cancel(struct timers *ts, struct timer *t)
{
	size_t slot = t->slot;
	struct timer *last;

	if (slot == 0)
		return;
	t->slot = 0;
	last = ts->heap[ts->n--];
	if (last == t)
		return;
	put(ts, slot, last);
	move(ts, last);
}

struct timer *timers_first(const struct timers *ts)
{
	return ts->n ? ts->heap[1] : NULL;
}

struct timer *timers_pop(struct timers *ts, int64_t now_us)
{
	struct timer *t = timers_first(ts);

	if (!t || t->due_us > now_us)
		return NULL;
	timers_cancel(ts, t);
	return t;
}
