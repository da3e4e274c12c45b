/* check_lead.c -- until when a coordinator may write as the one that leads. */
#include <check.h>
#include <string.h>

#include "coord/coordinator.h"
#include "unit.h"

static struct coordinator c;

static void setup(void)
{
	memset(&c, 0, sizeof(c));
	c.loop = loop_new();
	c.store.test_history = "run1.1";
	strcpy(c.history, "run1.1");
	c.leading = true;
	c.lease.token = 7;
	c.trusted_until_us = loop_now_us(c.loop) + 1000000;
	c.jobs[0] = (struct job){ .coordinator = &c, .token = 7 };
}

static void teardown(void)
{
	loop_free(c.loop);
}

START_TEST(a_leader_writes)
{
	ck_assert(job_may_write(&c.jobs[0]));
}
END_TEST

START_TEST(a_lease_ends)
{
	c.trusted_until_us = loop_now_us(c.loop);
	ck_assert(!job_may_write(&c.jobs[0]));
}
END_TEST

START_TEST(what_was_read_under_another_lease_is_not_written)
{
	c.lease.token = 8;
	ck_assert(!job_may_write(&c.jobs[0]));
}
END_TEST

/* a primary that was deposed meanwhile had given it */
START_TEST(a_lease_of_other_data_counts_for_nothing)
{
	c.store.test_history = "run2.1";
	ck_assert(!job_may_write(&c.jobs[0]));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lead");
	TCase *t = tcase_create("lease");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_leader_writes);
	tcase_add_test(t, a_lease_ends);
	tcase_add_test(t, what_was_read_under_another_lease_is_not_written);
	tcase_add_test(t, a_lease_of_other_data_counts_for_nothing);
	suite_add_tcase(s, t);
	return unit_run(s);
}
