/* check_period.c -- budget periods: the calendar's odd corners, and a walk over forty years. */
#include <check.h>

#include "base/rand.h"
#include "core/period.h"
#include "unit.h"

#define US_PER_S 1000000LL
#define HOUR_US  (3600 * US_PER_S)

static const struct {
	enum period p;
	int64_t now_s;
	const char *id;
	int64_t start_s, end_s;
} spans[] = {
	/* 2026-11-22 13:14:15 is a Sunday */
	{ PERIOD_hour, 1795353255, "h2026112213", 1795352400, 1795356000 },
	{ PERIOD_day, 1795353255, "d20261122", 1795305600, 1795392000 },
	{ PERIOD_week, 1795353255, "w2026W47", 1794787200, 1795392000 },
	{ PERIOD_month, 1795353255, "m202611", 1793491200, 1796083200 },
	/* the last second of a year, and the first */
	{ PERIOD_month, 1798761599, "m202612", 1796083200, 1798761600 },
	{ PERIOD_month, 1798761600, "m202701", 1798761600, 1801440000 },
	/* 2027-01-01 is a Friday of the last week of 2026, which has 53 */
	{ PERIOD_week, 1798761600, "w2026W53", 1798416000, 1799020800 },
	/* 2024-12-30 is a Monday of the first week of 2025 */
	{ PERIOD_week, 1735516800, "w2025W01", 1735516800, 1736121600 },
	/* a leap day */
	{ PERIOD_day, 1709164800, "d20240229", 1709164800, 1709251200 },
	{ PERIOD_month, 1709164800, "m202402", 1706745600, 1709251200 },
};

START_TEST(spans_are_the_calendars)
{
	struct period_span span;

	period_span(spans[_i].p, spans[_i].now_s * US_PER_S, &span);
	ck_assert_str_eq(span.id, spans[_i].id);
	ck_assert_int_eq(span.start_us, spans[_i].start_s * US_PER_S);
	ck_assert_int_eq(span.end_us, spans[_i].end_s * US_PER_S);
}
END_TEST

START_TEST(total_never_ends)
{
	struct period_span span;

	period_span(PERIOD_total, spans[0].now_s * US_PER_S, &span);
	ck_assert_str_eq(span.id, "t");
	ck_assert_int_eq(span.start_us, 0);
	ck_assert_int_gt(span.end_us, 4000000000LL * US_PER_S);
}
END_TEST

START_TEST(the_year_1970_has_a_day_before_it)
{
	struct period_span span;

	period_span(PERIOD_day, -1, &span);
	ck_assert_str_eq(span.id, "d19691231");
	ck_assert_int_eq(span.end_us, 0);
}
END_TEST

/* Each period begins where the one before ends, holds its instant, and is found by its id. */
START_TEST(periods_follow_each_other_without_gap)
{
	enum period p = (enum period)_i;
	struct rnd r = rnd_seed(7);
	int64_t now = 946684800 * US_PER_S;

	for (int i = 0; i < 20000; i++) {
		struct period_span span, again, next;
		enum period found;

		now += (int64_t)(rnd_u64(&r) % (uint64_t)(18 * HOUR_US));
		period_span(p, now, &span);
		ck_assert(span.start_us <= now && now < span.end_us);
		ck_assert(period_parse(str_of(span.id), &found, &again) && found == p &&
			  memcmp(&span, &again, sizeof(span)) == 0);
		if (p == PERIOD_total)
			continue;
		period_span(p, span.end_us, &next);
		ck_assert_int_eq(next.start_us, span.end_us);
		period_span(p, span.end_us - 1, &next);
		ck_assert_str_eq(next.id, span.id);
	}
}
END_TEST

static void must_hold(const struct periods *all, int64_t now_us)
{
	for (int p = 0; p < PERIOD_COUNT; p++) {
		struct period_span span;

		period_span((enum period)p, now_us, &span);
		ck_assert_mem_eq(&all->span[p], &span, sizeof(span));
	}
}

/* However the clock goes, and at the very ends of an hour, what was kept is what is so now. */
START_TEST(all_periods_are_those_of_the_instant)
{
	struct periods all = { .till_us = 0 };
	struct rnd r = rnd_seed(11);
	int64_t now = 946684800 * US_PER_S;

	for (int i = 0; i < 5000; i++) {
		int64_t till, before;

		now += (int64_t)(rnd_u64(&r) % (uint64_t)(3 * HOUR_US)) - HOUR_US / 2;
		periods_at(&all, now);
		must_hold(&all, now);
		till = all.till_us;
		periods_at(&all, till - 1);
		must_hold(&all, till - 1);
		periods_at(&all, till);
		must_hold(&all, till);
		before = all.from_us - 1;
		periods_at(&all, before);
		must_hold(&all, before);
	}
}
END_TEST

static const char *const no_ids[] = {
	"",         "x",         "h",           "m2026",       "m202613",
	"m202600",  "d20260230", "d2026112",    "w2026W00",    "w2026W54",
	"w2025W53", "w2026-47",  "h2026112224", "h202611221a", "t1",
	"m202611 ", "m+20261",   "m 20261",     "m2026110",    "d20261122000000000000",
};

START_TEST(nothing_else_is_an_id)
{
	struct period_span span;
	enum period p;

	ck_assert_msg(!period_parse(str_of(no_ids[_i]), &p, &span), "\"%s\"", no_ids[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("period");
	TCase *t = tcase_create("calendar");

	tcase_add_loop_test(t, spans_are_the_calendars, 0, (int)COUNT_OF(spans));
	tcase_add_test(t, total_never_ends);
	tcase_add_test(t, the_year_1970_has_a_day_before_it);
	tcase_add_loop_test(t, periods_follow_each_other_without_gap, 0, PERIOD_COUNT);
	tcase_add_test(t, all_periods_are_those_of_the_instant);
	tcase_add_loop_test(t, nothing_else_is_an_id, 0, (int)COUNT_OF(no_ids));
	suite_add_tcase(s, t);
	return unit_run(s);
}
