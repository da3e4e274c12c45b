/* check_loop.c -- what a turn of the loop promises: order, deadlines, sockets, threads. */
#include <check.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/unit.h"
#include "base/clock.h"
#include "base/rand.h"
#include "io/loop.h"

static struct loop *l;
static char trace[256];

static void setup(void)
{
	l = loop_new();
	ck_assert_ptr_nonnull(l);
	trace[0] = '\0';
}

static void teardown(void)
{
	loop_free(l);
}

static void stop(void *who)
{
	(void)who;
	loop_stop(l);
}

static void note(const char *what)
{
	ck_assert_uint_lt(strlen(trace) + strlen(what), sizeof(trace));
	strcat(trace, what);
}

static char a_name[] = "a", b_name[] = "b", c_name[] = "c", x_name[] = "x";

static void note_who(void *who)
{
	note(who);
}

static void run_for_ms(int64_t ms)
{
	struct timer end = { .fire = stop };

	timer_set(l, &end, loop_now_us(l) + ms * 1000);
	loop_run(l);
}

/* --- hooks --- */

struct counted_hook {
	struct loop_hook hook;
	const char *name;
	int work; /* how often it says that it made work; -1 = always */
	int runs;
};

static bool run_counted(void *who)
{
	struct counted_hook *h = who;

	h->runs++;
	if (h->runs <= 3)
		note(h->name);
	if (h->work > 0)
		return h->work-- > 0;
	return h->work < 0;
}

START_TEST(hooks_run_in_phase_order)
{
	static const enum loop_phase phases[] = { PHASE_FRONT, PHASE_JOURNAL, PHASE_UPSTREAM,
						  PHASE_REDIS };
	static const char *const names[] = { "f", "j", "u", "r" };
	struct counted_hook h[4];
	struct timer now = { .fire = stop };

	for (int i = 0; i < 4; i++) {
		h[i] = (struct counted_hook){ .hook = { run_counted, &h[i], NULL },
					      .name = names[i] };
		loop_add_hook(l, phases[i], &h[i].hook);
	}
	timer_set(l, &now, 1);
	loop_run(l);
	ck_assert_msg(strncmp(trace, "jruf", 4) == 0, "order was %s", trace);
}
END_TEST

START_TEST(hook_that_made_work_runs_all_again)
{
	struct counted_hook a = { .hook = { run_counted, &a, NULL }, .name = "a" };
	struct counted_hook b = { .hook = { run_counted, &b, NULL }, .name = "b", .work = 1 };

	loop_add_hook(l, PHASE_REDIS, &a.hook);
	loop_add_hook(l, PHASE_FRONT, &b.hook);
	loop_post(l, stop, NULL);
	loop_run(l);
	ck_assert_msg(strncmp(trace, "abab", 4) == 0, "order was %s", trace);
}
END_TEST

/* sockets and timers get their turn although a hook is never content, and the loop does not sleep
 */
START_TEST(restless_hook_does_not_starve)
{
	struct counted_hook h = { .hook = { run_counted, &h, NULL }, .name = "h", .work = -1 };

	loop_add_hook(l, PHASE_REDIS, &h.hook);
	run_for_ms(20);
	ck_assert_int_gt(h.runs, 100);
}
END_TEST

START_TEST(quiet_loop_sleeps)
{
	struct counted_hook h = { .hook = { run_counted, &h, NULL }, .name = "h" };

	loop_add_hook(l, PHASE_REDIS, &h.hook);
	run_for_ms(50);
	ck_assert_int_lt(h.runs, 12);
}
END_TEST

static struct counted_hook victim;

static bool drop_victim(void *who)
{
	(void)who;
	loop_drop_hook(l, PHASE_REDIS, &victim.hook);
	return false;
}

START_TEST(hook_may_drop_the_next)
{
	struct loop_hook first = { .run = drop_victim };

	victim = (struct counted_hook){ .hook = { run_counted, &victim, NULL }, .name = "v" };
	loop_add_hook(l, PHASE_REDIS, &first);
	loop_add_hook(l, PHASE_REDIS, &victim.hook);
	run_for_ms(1);
	ck_assert_int_eq(victim.runs, 0);
}
END_TEST

/* --- deadlines --- */

START_TEST(timers_fire_in_order_and_not_early)
{
	struct timer c = { .fire = note_who, .who = c_name },
		     a = { .fire = note_who, .who = a_name },
		     b = { .fire = note_who, .who = b_name },
		     gone = { .fire = note_who, .who = x_name };
	int64_t begin = loop_now_us(l);

	timer_set(l, &c, begin + 9000);
	timer_set(l, &gone, begin + 5000);
	timer_set(l, &a, begin + 3000);
	timer_set(l, &b, begin + 6000);
	timer_cancel(l, &gone);
	run_for_ms(12);
	ck_assert_str_eq(trace, "abc");
	ck_assert_int_ge(clock_mono_us() - begin, 12000);
}
END_TEST

static int resets;
static struct timer restless;

static void set_again(void *who)
{
	(void)who;
	resets++;
	timer_set(l, &restless, 0);
}

START_TEST(timer_that_sets_itself_to_now_does_not_starve)
{
	resets = 0;
	restless = (struct timer){ .fire = set_again };
	timer_set(l, &restless, 0);
	run_for_ms(5);
	ck_assert_int_gt(resets, 1);
}
END_TEST

static int64_t seen_us;

static void see_now(uv_timer_t *t)
{
	(void)t;
	seen_us = loop_now_us(l);
	loop_stop(l);
}

/* also in a callback that libuv makes without us */
START_TEST(now_is_read_after_the_sleep)
{
	static uv_timer_t t;
	int64_t begin = loop_now_us(l);

	uv_timer_init(loop_uv(l), &t);
	uv_timer_start(&t, see_now, 30, 0);
	loop_run(l);
	ck_assert_int_ge(seen_us - begin, 25000);
}
END_TEST

/* --- sockets --- */

static struct watch *w;
static int events_seen, calls;

static void on_ready(void *who, int events)
{
	(void)who;
	events_seen |= events;
	if (++calls == 3)
		watch_set(w, 0);
}

static void open_pair(int fds[2], int events)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w = watch_open(l, fds[0], events, on_ready, NULL);
	ck_assert_ptr_nonnull(w);
	events_seen = calls = 0;
}

static void close_pair(const int fds[2])
{
	watch_close(w);
	close(fds[0]);
	close(fds[1]);
}

START_TEST(watch_tells_what_is_ready)
{
	int fds[2];

	open_pair(fds, WATCH_READ);
	run_for_ms(5);
	ck_assert_int_eq(calls, 0);
	watch_set(w, WATCH_READ | WATCH_WRITE);
	run_for_ms(5);
	ck_assert_int_eq(events_seen, WATCH_WRITE);
	ck_assert_int_eq(calls, 3); /* level-triggered until it is switched off */
	close_pair(fds);
}
END_TEST

START_TEST(watch_reports_hang_up_as_both)
{
	int fds[2];

	open_pair(fds, WATCH_READ | WATCH_WRITE);
	close(fds[1]);
	run_for_ms(5);
	ck_assert_int_eq(events_seen, WATCH_READ | WATCH_WRITE);
	watch_close(w);
	close(fds[0]);
}
END_TEST

/* a refused connection is an error in libuv, which then forgets the socket */
START_TEST(watch_survives_an_error)
{
	struct {
		struct linger linger;
		int fds[2];
		int listener;
	} s = { .linger = { 1, 0 } };
	struct {
		unsigned short family;
		unsigned char rest[26];
	} addr = { .family = AF_INET };
	socklen_t len = 16;

	s.listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(s.listener, (void *)&addr, len), 0);
	ck_assert_int_eq(listen(s.listener, 1), 0);
	ck_assert_int_eq(getsockname(s.listener, (void *)&addr, &len), 0);
	s.fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(s.fds[0], (void *)&addr, len), 0);
	s.fds[1] = accept(s.listener, NULL, NULL);
	w = watch_open(l, s.fds[0], WATCH_READ, on_ready, NULL);
	events_seen = calls = 0;
	/* a reset, not an end */
	setsockopt(s.fds[1], SOL_SOCKET, SO_LINGER, &s.linger, sizeof(s.linger));
	close(s.fds[1]);
	run_for_ms(5);
	ck_assert_int_eq(events_seen, WATCH_READ | WATCH_WRITE);
	ck_assert_int_ge(calls, 2); /* the error stays, so it is told until somebody closes */
	watch_close(w);
	close(s.fds[0]);
	close(s.listener);
}
END_TEST

START_TEST(socket_that_cannot_be_polled_is_refused)
{
	ck_assert_ptr_null(watch_open(l, -1, WATCH_READ, on_ready, NULL));
}
END_TEST

/* the descriptor's number may come back in the same turn */
START_TEST(watch_may_be_closed_and_opened_in_one_turn)
{
	int fds[2];

	open_pair(fds, WATCH_READ | WATCH_WRITE);
	run_for_ms(1);
	close_pair(fds);
	open_pair(fds, WATCH_WRITE);
	run_for_ms(5);
	ck_assert_int_eq(events_seen, WATCH_WRITE);
	close_pair(fds);
}
END_TEST

/* --- other threads --- */

#define POSTS 5000

static int posted;

static void count_post(void *who)
{
	(void)who;
	if (++posted == 2 * POSTS)
		loop_stop(l);
}

static void *post_many(void *who)
{
	(void)who;
	for (int i = 0; i < POSTS; i++)
		loop_post(l, count_post, NULL);
	return NULL;
}

START_TEST(posts_of_threads_all_run)
{
	pthread_t a, b;

	posted = 0;
	pthread_create(&a, NULL, post_many, NULL);
	pthread_create(&b, NULL, post_many, NULL);
	loop_run(l);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	ck_assert_int_eq(posted, 2 * POSTS);
}
END_TEST

struct sum {
	int64_t total;
	pthread_t thread;
};

static void add_up(void *who)
{
	struct sum *s = who;

	s->thread = pthread_self();
	for (int i = 0; i < 1000; i++)
		s->total += i;
}

START_TEST(work_runs_elsewhere_and_comes_back)
{
	struct sum s = { 0 };

	ck_assert(loop_work(l, add_up, stop, &s));
	loop_run(l);
	ck_assert_int_eq(s.total, 499500);
	ck_assert(!pthread_equal(s.thread, pthread_self()));
}
END_TEST

/* left open on purpose: the loop takes everything down without calling anybody */
START_TEST(free_calls_nobody)
{
	static struct timer t = { .fire = note_who, .who = x_name };
	static struct sum s;
	int fds[2];

	open_pair(fds, WATCH_WRITE);
	timer_set(l, &t, 0);
	loop_post(l, note_who, x_name);
	ck_assert(loop_work(l, add_up, note_who, &s));
	loop_free(l);
	ck_assert_str_eq(trace, "");
	ck_assert_int_eq(calls, 0);
	close(fds[0]);
	close(fds[1]);
	l = loop_new();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loop");
	TCase *tc = tcase_create("turn");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hooks_run_in_phase_order);
	tcase_add_test(tc, hook_that_made_work_runs_all_again);
	tcase_add_test(tc, restless_hook_does_not_starve);
	tcase_add_test(tc, quiet_loop_sleeps);
	tcase_add_test(tc, hook_may_drop_the_next);
	tcase_add_test(tc, timers_fire_in_order_and_not_early);
	tcase_add_test(tc, timer_that_sets_itself_to_now_does_not_starve);
	tcase_add_test(tc, now_is_read_after_the_sleep);
	tcase_add_test(tc, watch_tells_what_is_ready);
	tcase_add_test(tc, watch_reports_hang_up_as_both);
	tcase_add_test(tc, watch_survives_an_error);
	tcase_add_test(tc, socket_that_cannot_be_polled_is_refused);
	tcase_add_test(tc, watch_may_be_closed_and_opened_in_one_turn);
	tcase_add_test(tc, posts_of_threads_all_run);
	tcase_add_test(tc, work_runs_elsewhere_and_comes_back);
	tcase_add_test(tc, free_calls_nobody);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
