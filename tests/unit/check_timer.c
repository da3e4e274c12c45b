/* check_timer.c -- the heap of deadlines, against sorting. */
#include <check.h>

#include "base/rand.h"
#include "io/timer.h"
#include "unit.h"

#define MANY 2000

static void never(void *who)
{
	(void)who;
}

/* every parent is due before its children, and every timer knows its place */
static bool is_heap(const struct timers *ts)
{
	for (size_t slot = 1; slot <= ts->n; slot++)
		if (ts->heap[slot]->slot != slot ||
		    (slot > 1 && ts->heap[slot / 2]->due_us > ts->heap[slot]->due_us))
			return false;
	return true;
}

START_TEST(timers_come_out_in_order)
{
	static struct timer all[MANY];
	struct timers ts = { 0 };
	struct rnd r = rnd_seed(1);
	int64_t last = -1;

	for (size_t i = 0; i < MANY; i++)
		timers_set(&ts, &all[i], rnd_below(&r, 500));
	ck_assert(is_heap(&ts));
	for (size_t i = 0; i < MANY; i++) {
		struct timer *t = timers_pop(&ts, INT64_MAX);

		ck_assert_ptr_nonnull(t);
		ck_assert(!timer_is_set(t));
		ck_assert_int_ge(t->due_us, last);
		last = t->due_us;
	}
	ck_assert_ptr_null(timers_first(&ts));
	timers_release(&ts);
}
END_TEST

START_TEST(timer_not_yet_due_stays)
{
	struct timer t = { .fire = never };
	struct timers ts = { 0 };

	timers_set(&ts, &t, 100);
	ck_assert_ptr_null(timers_pop(&ts, 99));
	ck_assert(timer_is_set(&t));
	ck_assert_ptr_eq(timers_pop(&ts, 100), &t);
	timers_release(&ts);
}
END_TEST

START_TEST(setting_again_moves)
{
	struct timer a = { .fire = never }, b = { .fire = never };
	struct timers ts = { 0 };

	timers_set(&ts, &a, 10);
	timers_set(&ts, &b, 20);
	timers_set(&ts, &a, 30);
	ck_assert_uint_eq(ts.n, 2);
	ck_assert_ptr_eq(timers_first(&ts), &b);
	timers_set(&ts, &a, 5);
	ck_assert_ptr_eq(timers_first(&ts), &a);
	timers_release(&ts);
}
END_TEST

START_TEST(cancel_is_idempotent)
{
	struct timer t = { .fire = never };
	struct timers ts = { 0 };

	timers_cancel(&ts, &t);
	timers_set(&ts, &t, 1);
	timers_cancel(&ts, &t);
	timers_cancel(&ts, &t);
	ck_assert_uint_eq(ts.n, 0);
	ck_assert_ptr_null(timers_pop(&ts, INT64_MAX));
	timers_release(&ts);
}
END_TEST

/* random sets, moves and cancels; the earliest is always what a scan finds */
START_TEST(heap_holds_under_random_use)
{
	static struct timer all[64];
	struct timers ts = { 0 };
	struct rnd r = rnd_seed((uint64_t)_i);

	memset(all, 0, sizeof(all));
	for (int step = 0; step < 5000; step++) {
		struct timer *t = &all[rnd_below(&r, COUNT_OF(all))];
		int64_t least = INT64_MAX;

		if (rnd_below(&r, 3) == 0)
			timers_cancel(&ts, t);
		else
			timers_set(&ts, t, rnd_below(&r, 1000));
		for (size_t i = 0; i < COUNT_OF(all); i++)
			if (timer_is_set(&all[i]) && all[i].due_us < least)
				least = all[i].due_us;
		ck_assert(is_heap(&ts));
		if (ts.n)
			ck_assert_int_eq(timers_first(&ts)->due_us, least);
		else
			ck_assert_int_eq(least, INT64_MAX);
	}
	timers_release(&ts);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("timer");
	TCase *tc = tcase_create("heap");

	tcase_add_test(tc, timers_come_out_in_order);
	tcase_add_test(tc, timer_not_yet_due_stays);
	tcase_add_test(tc, setting_again_moves);
	tcase_add_test(tc, cancel_is_idempotent);
	tcase_add_loop_test(tc, heap_holds_under_random_use, 0, 4);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
