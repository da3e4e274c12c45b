/* check_children.c -- what a process that did not start is said to have died of. */
#include <stdlib.h>
#include <unistd.h>

#include "ctl/children.h"
#include "unit.h"

static char folder[] = "/tmp/check_children.XXXXXX";
static char log_path[128];

static void setup(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(log_path, sizeof(log_path), "%s/log", folder);
}

static void teardown(void)
{
	unlink(log_path);
	rmdir(folder);
}

/* It never serves. */
static void assert_reason(const char *script, const char *reason)
{
	struct child c = {
		.name = "one", .argv = { "sh", "-c", script }, .log = log_path, .says_url = true
	};
	char wanted[600];
	struct fault f;

	ck_assert(!child_start(&c, &f));
	snprintf(wanted, sizeof(wanted), "one did not start (%s): %s", log_path, reason);
	ck_assert_str_eq(f.text, wanted);
}

START_TEST(the_last_line_of_its_log_tells_why)
{
	assert_reason("echo first >&2; echo last >&2", "last");
	assert_reason("head -c 1000 /dev/zero | tr '\\0' - >&2; echo >&2; echo behind much >&2",
		      "behind much");
}
END_TEST

/* the log of all runs is one file */
START_TEST(what_another_run_said_is_not_its_reason)
{
	assert_reason("echo of the first run >&2", "of the first run");
	assert_reason("exit 1", "it said nothing");
	assert_reason("echo of the third run >&2", "of the third run");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("children");
	TCase *tc = tcase_create("start");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_last_line_of_its_log_tells_why);
	tcase_add_test(tc, what_another_run_said_is_not_its_reason);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
