/* check_inherited.c -- which sockets are ours, by what systemd says. */
#include <check.h>

#include "../unit/unit.h"
#include "io/inherited.h"

#define ME 4711

START_TEST(the_first_is_ours)
{
	ck_assert_int_eq(inherited_find("4711", "1", ME), 3);
	ck_assert_int_eq(inherited_find("4711", "2", ME), 3);
}
END_TEST

START_TEST(what_is_not_meant_for_us_is_left_alone)
{
	ck_assert_int_eq(inherited_find(NULL, NULL, ME), -1);
	ck_assert_int_eq(inherited_find("4711", NULL, ME), -1);
	ck_assert_int_eq(inherited_find(NULL, "1", ME), -1);
	ck_assert_int_eq(inherited_find("4712", "1", ME), -1); /* our parent's */
	ck_assert_int_eq(inherited_find("4711", "0", ME), -1);
	ck_assert_int_eq(inherited_find("4711", "-1", ME), -1);
	ck_assert_int_eq(inherited_find("4711x", "1", ME), -1);
	ck_assert_int_eq(inherited_find("", "", ME), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("inherited");
	TCase *tc = tcase_create("inherited");

	tcase_add_test(tc, the_first_is_ours);
	tcase_add_test(tc, what_is_not_meant_for_us_is_left_alone);
	suite_add_tcase(s, tc);
	return unit_run(s);
}
