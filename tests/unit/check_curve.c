/* check_curve.c -- measures of routers, on tables small enough to be worked out by hand. */
#include "core/curve.h"
#include "unit.h"

#define NEAR 1e-12

static struct arena a;

static void setup(void)
{
	arena_init(&a, 1 << 20);
}

static void teardown(void)
{
	arena_release(&a);
}

/* Four prompts: the strong model is right in all, the weak one in the first two. */
static const double weak[] = { 1, 1, 0, 0 }, strong[] = { 1, 1, 1, 1 };

static double apgr(const double *gain)
{
	struct curve c = curve_of_gains(gain, weak, strong, 4, &a);

	return curve_apgr(&c, 0.5, 1);
}

START_TEST(the_best_order_recovers_the_gap_at_once)
{
	const double gain[] = { 0, 0.1, 0.9, 0.8 };
	struct curve c = curve_of_gains(gain, weak, strong, 4, &a);

	ck_assert_uint_eq(c.n, 5);
	ck_assert_double_eq_tol(c.points[1].quality, 0.75, NEAR);
	ck_assert_double_eq_tol(c.points[2].quality, 1, NEAR);
	/* areas of four steps: (.5 + .75) / 2, (.75 + 1) / 2, 1, 1 */
	ck_assert_double_eq_tol(curve_mean(&c), 0.875, NEAR);
	ck_assert_double_eq_tol(apgr(gain), 0.75, NEAR);
	ck_assert_double_eq_tol(curve_reach(&c, 0.75), 0.25, NEAR);
	ck_assert_double_eq_tol(curve_reach(&c, 0.9), 0.4, NEAR);
}
END_TEST

START_TEST(the_worst_order_recovers_it_last)
{
	const double gain[] = { 0.9, 0.8, 0.1, 0 };

	ck_assert_double_eq_tol(apgr(gain), 0.25, NEAR);
}
END_TEST

START_TEST(equal_gains_are_calls_by_lot)
{
	const double gain[] = { 3, 3, 3, 3 };
	struct curve c = curve_of_gains(gain, weak, strong, 4, &a);

	ck_assert_uint_eq(c.n, 2);
	ck_assert_double_eq_tol(apgr(gain), 0.5, NEAR);
}
END_TEST

START_TEST(a_curve_is_sorted_and_read_between_its_points)
{
	struct point points[] = { { 3, 0.8 }, { 1, 0.4 }, { 1, 0.2 } };
	struct curve c = { points, 3 };

	curve_sort(&c);
	ck_assert_double_eq_tol(points[0].quality, 0.2, NEAR);
	ck_assert_double_eq_tol(curve_at(&c, 2), 0.6, NEAR);
	ck_assert_double_eq_tol(curve_at(&c, 0), 0.2, NEAR);
	ck_assert_double_eq_tol(curve_at(&c, 9), 0.8, NEAR);
	ck_assert_double_eq_tol(curve_reach(&c, 0.7), 2.5, NEAR);
	ck_assert_double_eq(curve_reach(&c, 0.9), -1);
}
END_TEST

START_TEST(a_hull_keeps_corners_and_never_falls)
{
	/* the second sags below the line from the first to the third; the fourth is worse for more
	 */
	struct point points[] = {
		{ 0, 0 }, { 1, 0.1 }, { 2, 0.8 }, { 3, 0.7 }, { 4, 0.9 }, { 6, 0 }
	};
	struct curve c = { points, 6 };

	curve_hull(&c);
	ck_assert_uint_eq(c.n, 4);
	ck_assert_double_eq_tol(points[1].cost, 2, NEAR);
	ck_assert_double_eq_tol(points[2].cost, 4, NEAR);
	ck_assert_double_eq_tol(points[3].cost, 6, NEAR);
	ck_assert_double_eq_tol(points[3].quality, 0.9, NEAR);
	/* areas: .8, 1.7, 1.8 over 6 */
	ck_assert_double_eq_tol(curve_mean(&c), 4.3 / 6, NEAR);
}
END_TEST

START_TEST(one_point_is_a_curve)
{
	struct point points[2] = { { 2, 0.5 } };
	struct curve c = { points, 1 };

	curve_hull(&c);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_double_eq_tol(curve_mean(&c), 0.5, NEAR);
	ck_assert_double_eq_tol(curve_reach(&c, 0.5), 2, NEAR);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("curve");
	TCase *t = tcase_create("measures");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_best_order_recovers_the_gap_at_once);
	tcase_add_test(t, the_worst_order_recovers_it_last);
	tcase_add_test(t, equal_gains_are_calls_by_lot);
	tcase_add_test(t, a_curve_is_sorted_and_read_between_its_points);
	tcase_add_test(t, a_hull_keeps_corners_and_never_falls);
	tcase_add_test(t, one_point_is_a_curve);
	suite_add_tcase(s, t);
	return unit_run(s);
}
