/* check_kept.c -- rule R3: what is confirmed is kept until no failover can lose it. */
#include <check.h>

#include "core/kept.h"
#include "unit.h"

#define MOST   4
#define WINDOW 1000
#define T0     1000000

static struct kept kept;
static struct kept_item items[8];

static void setup(void)
{
	kept_init(&kept, MOST, WINDOW);
}

static void add(int n, int64_t now_us)
{
	for (int i = 0; i < n; i++)
		kept_add(&kept, &items[i], now_us + i);
}

/* how many may go at that time */
static int gone(int64_t now_us)
{
	bool lost;
	int n = 0;

	while (kept_let_go(&kept, now_us, true, &lost)) {
		ck_assert(!lost);
		n++;
	}
	return n;
}

START_TEST(without_replicas_the_window_must_pass)
{
	add(3, T0);
	ck_assert_int_eq(gone(T0 + WINDOW - 1), 0);
	ck_assert_int_eq(gone(T0 + WINDOW + 1), 2);
	ck_assert_int_eq(gone(T0 + WINDOW + 2), 1);
	ck_assert_uint_eq(kept.n, 0);
}
END_TEST

START_TEST(while_redis_is_away_nothing_ages)
{
	bool lost;

	add(1, T0);
	ck_assert_ptr_null(kept_let_go(&kept, T0 + 100 * WINDOW, false, &lost));
	ck_assert(!lost);
	ck_assert_int_eq(gone(T0 + 100 * WINDOW), 1);
}
END_TEST

START_TEST(what_all_replicas_have_may_go_at_once)
{
	uint64_t sent_at;

	kept_waited(&kept, 0, 2, 2, T0 - WINDOW);
	add(2, T0);
	sent_at = kept.newest;
	kept_add(&kept, &items[2], T0 + 5); /* confirmed while WAIT was on its way */
	kept_waited(&kept, sent_at, 2, 2, T0 + 6);
	ck_assert_int_eq(gone(T0 + 6), 2);
	ck_assert_uint_eq(kept.n, 1);
}
END_TEST

START_TEST(what_one_of_several_has_waits_for_the_window)
{
	add(1, T0);
	kept_waited(&kept, kept.newest, 2, 1, T0 + 1);
	ck_assert_int_eq(gone(T0 + WINDOW - 1), 0);
	ck_assert_int_eq(gone(T0 + WINDOW), 1);
}
END_TEST

START_TEST(a_primary_that_its_replicas_left_may_be_deposed)
{
	add(1, T0);
	kept_waited(&kept, kept.newest, 1, 0, T0 + 1); /* cut off just then */
	kept_waited(&kept, kept.newest, 0, 0, T0 + 2);
	ck_assert_int_eq(gone(T0 + 5 * WINDOW), 0);
	/* nobody came back: it has no replicas any more */
	ck_assert_int_eq(gone(T0 + 1 + 10 * WINDOW), 1);
}
END_TEST

START_TEST(what_no_replica_ever_has_is_kept_for_ten_windows)
{
	add(1, T0);
	for (int i = 0; i <= 12;
	     i++) /* in a Cluster: replicas there are, but not of every primary */
		kept_waited(&kept, kept.newest, 1, 0, T0 + i * WINDOW);
	ck_assert_int_eq(gone(T0 + 10 * WINDOW - 1), 0);
	ck_assert_int_eq(gone(T0 + 10 * WINDOW), 1);
}
END_TEST

START_TEST(a_replica_that_left_may_come_back_and_lack_it)
{
	kept_waited(&kept, 0, 2, 2, T0 - WINDOW);
	add(2, T0);
	kept_waited(&kept, kept.newest, 1, 1, T0 + 1); /* all that are connected */
	ck_assert_int_eq(gone(T0 + WINDOW - 1), 0);
	ck_assert_int_eq(gone(T0 + WINDOW + 1), 2);
	/* it does not come back: there is one replica from now on */
	kept_add(&kept, &items[2], T0 + 10 * WINDOW);
	kept_waited(&kept, kept.newest, 1, 1, T0 + 10 * WINDOW);
	ck_assert_int_eq(gone(T0 + 10 * WINDOW), 1);
}
END_TEST

/* which a deposed primary may have kept until it is told to follow another one */
START_TEST(the_only_replica_that_one_who_is_new_has_seen_is_not_known_to_be_all)
{
	add(1, T0);
	kept_waited(&kept, kept.newest, 1, 1, T0 + 1);
	ck_assert_int_eq(gone(T0 + WINDOW - 1), 0);
	ck_assert_int_eq(gone(T0 + WINDOW), 1);
}
END_TEST

START_TEST(an_answer_of_zero_says_nothing_of_those_before)
{
	kept_waited(&kept, 0, 1, 1, T0 - WINDOW);
	add(2, T0);
	kept_waited(&kept, 1, 1, 1, T0 + 3);
	kept_waited(&kept, 2, 1, 0, T0 + 4);
	ck_assert_int_eq(gone(T0 + 4), 1);
	/* an older answer that comes late takes nothing back */
	kept_waited(&kept, 1, 1, 1, T0 + 5);
	ck_assert_int_eq(gone(T0 + WINDOW + 5), 0);
}
END_TEST

START_TEST(too_many_are_told_as_lost_oldest_first)
{
	bool lost;

	add(6, T0);
	ck_assert_ptr_eq(kept_let_go(&kept, T0 + 6, true, &lost), &items[0]);
	ck_assert(lost);
	ck_assert_ptr_eq(kept_let_go(&kept, T0 + 6, true, &lost), &items[1]);
	ck_assert(lost);
	ck_assert_ptr_null(kept_let_go(&kept, T0 + 6, true, &lost));
	ck_assert_uint_eq(kept.n, MOST);
}
END_TEST

START_TEST(after_a_failover_they_are_taken_newest_first)
{
	add(3, T0);
	for (int i = 3; i-- > 0;) {
		ck_assert_ptr_eq(TAILQ_LAST(&kept.items, kept_items), &items[i]);
		kept_take(&kept, &items[i]);
	}
	ck_assert_uint_eq(kept.n, 0);
	/* what an old primary's replicas had says nothing of what comes now */
	kept_add(&kept, &items[0], T0 + 9);
	ck_assert_int_eq(gone(T0 + 9), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kept");
	TCase *t = tcase_create("kept");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, without_replicas_the_window_must_pass);
	tcase_add_test(t, while_redis_is_away_nothing_ages);
	tcase_add_test(t, what_all_replicas_have_may_go_at_once);
	tcase_add_test(t, what_one_of_several_has_waits_for_the_window);
	tcase_add_test(t, a_primary_that_its_replicas_left_may_be_deposed);
	tcase_add_test(t, what_no_replica_ever_has_is_kept_for_ten_windows);
	tcase_add_test(t, a_replica_that_left_may_come_back_and_lack_it);
	tcase_add_test(t, the_only_replica_that_one_who_is_new_has_seen_is_not_known_to_be_all);
	tcase_add_test(t, an_answer_of_zero_says_nothing_of_those_before);
	tcase_add_test(t, too_many_are_told_as_lost_oldest_first);
	tcase_add_test(t, after_a_failover_they_are_taken_newest_first);
	suite_add_tcase(s, t);
	return unit_run(s);
}
