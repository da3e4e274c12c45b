/* check_pace.c -- pacing: its edges one by one, and whole days of the simulation. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "core/pace.h"
#include "sim/contest.h"
#include "unit.h"

#define SECOND_US 1000000LL
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * HOUR_US)
#define BEGIN_US  (20454 * DAY_US) /* a midnight */
#define DOLLAR    1000000000LL

/* --- a budget whose requests cost what the pace makes them cost --- */

#define TOP_NANOS 20000000.0 /* what one costs when money is no matter */
#define HALF_AT   5.0        /* the multiplier at which it costs half of that */

struct budget {
	struct pace pace;
	struct pace_seen seen;
	double micros; /* the multiplier */
	double owed;   /* parts of requests */
};

static void begin(struct budget *b, int64_t period_us, int64_t limit_nanos)
{
	*b = (struct budget){ .seen = { .now_us = BEGIN_US,
					.start_us = BEGIN_US,
					.end_us = BEGIN_US + period_us,
					.limit_nanos = limit_nanos } };
	pace_init(&b->pace);
}

static double multiplier(const struct budget *b)
{
	return b->micros / PACE_MICROS;
}

/* seconds with so many requests in each */
static void go_on(struct budget *b, int64_t seconds, double requests)
{
	for (int64_t i = 0; i < seconds; i++) {
		double cost = TOP_NANOS / (1 + multiplier(b) / HALF_AT);

		for (b->owed += requests; b->owed >= 1; b->owed--) {
			b->seen.admitted++;
			b->seen.spent_nanos += llround(cost);
		}
		b->seen.now_us += SECOND_US;
		b->micros = (double)pace_tick(&b->pace, &b->seen);
	}
}

static void next_period(struct budget *b)
{
	int64_t period_us = b->seen.end_us - b->seen.start_us;

	ck_assert_int_eq(b->seen.now_us, b->seen.end_us);
	b->seen.start_us += period_us;
	b->seen.end_us += period_us;
	b->seen.admitted = b->seen.spent_nanos = 0;
}

static double spent(const struct budget *b)
{
	return (double)b->seen.spent_nanos / (double)b->seen.limit_nanos;
}

/* --- the level --- */

START_TEST(before_the_first_request_money_is_no_matter)
{
	struct budget b;

	begin(&b, DAY_US, DOLLAR);
	go_on(&b, 100, 0);
	ck_assert(b.micros == 0);
}
END_TEST

/* many at once, before anybody looked */
static void rush(struct budget *b, int64_t limit_nanos)
{
	begin(b, HOUR_US, limit_nanos);
	b->seen.admitted = 50;
	b->seen.spent_nanos = 50 * llround(TOP_NANOS);
	b->micros = (double)pace_tick(&b->pace, &b->seen);
}

START_TEST(the_first_look_tells_enough_from_too_little)
{
	struct budget b;

	rush(&b, llround(TOP_NANOS * 1000000));
	ck_assert(b.micros == 0);
	rush(&b, llround(TOP_NANOS * 200));
	ck_assert_double_gt(multiplier(&b) * TOP_NANOS / 1e9, 0.03);
}
END_TEST

/* a third of what the best would cost: two hours after the start the level is about right, and
 * on the way there it does not overshoot */
START_TEST(a_new_budget_does_not_swing)
{
	double right = 2 * HALF_AT, highest = 0;
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 / 3));
	for (int minute = 0; minute < 120; minute++) {
		go_on(&b, 60, 1);
		highest = fmax(highest, multiplier(&b));
	}
	ck_assert_double_gt(multiplier(&b), right / 1.2);
	ck_assert_double_lt(highest, right * 1.2);
}
END_TEST

/* periods of an hour and of a day, dense and thin, tight and less so: the end is met */
static const struct {
	int64_t period_us;
	double requests, budget, most_error;
} ends[] = {
	{ HOUR_US, 1, 0.3, 0.005 },      { HOUR_US, 10, 0.1, 0.005 }, { HOUR_US, 0.1, 0.5, 0.03 },
	{ DAY_US, 0.2, 0.3, 0.005 },     { DAY_US, 2, 0.7, 0.005 },   { DAY_US, 0.01, 0.2, 0.02 },
	{ 7 * DAY_US, 0.1, 0.3, 0.005 },
};

START_TEST(the_money_lasts_the_period_and_no_longer)
{
	int64_t seconds = ends[_i].period_us / SECOND_US;
	double top = TOP_NANOS * ends[_i].requests * (double)seconds;
	struct budget b;

	begin(&b, ends[_i].period_us, llround(top * ends[_i].budget));
	go_on(&b, seconds, ends[_i].requests);
	ck_assert_double_gt(spent(&b), 1 - ends[_i].most_error);
	ck_assert_double_lt(spent(&b), 1 + ends[_i].most_error);
}
END_TEST

START_TEST(enough_money_is_no_matter)
{
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 * 3));
	go_on(&b, 12 * 3600, 1);
	ck_assert(b.micros == 0);
}
END_TEST

START_TEST(what_was_a_matter_is_forgotten_when_nothing_is_spent)
{
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 / 3));
	go_on(&b, 6 * 3600, 1);
	ck_assert_double_gt(multiplier(&b), 1);
	for (int day = 0; day < 6 && b.micros > 0; day++) {
		go_on(&b, (b.seen.end_us - b.seen.now_us) / SECOND_US, 0);
		next_period(&b);
	}
	ck_assert(b.micros == 0);
}
END_TEST

/* a night is no reason to think that the money will do for the best */
START_TEST(a_silent_night_that_is_known_changes_little)
{
	double evening;
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 12 * 3600 / 3));
	for (int day = 0; day < 3; day++) {
		go_on(&b, 6 * 3600, 0);
		go_on(&b, 12 * 3600, 1);
		evening = multiplier(&b);
		go_on(&b, 6 * 3600, 0);
		next_period(&b);
	}
	go_on(&b, 6 * 3600 + 600, 0.001);
	ck_assert_double_gt(multiplier(&b), evening / 2);
	ck_assert_double_lt(multiplier(&b), evening * 2);
}
END_TEST

START_TEST(half_the_limit_at_noon_is_answered_within_minutes)
{
	double before;
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 / 2));
	go_on(&b, 12 * 3600, 1);
	before = multiplier(&b);
	b.seen.limit_nanos -= b.seen.limit_nanos / 4;
	go_on(&b, 1, 1);
	ck_assert_double_gt(multiplier(&b), before * 1.5);
	go_on(&b, 12 * 3600 - 1, 1);
	ck_assert_double_gt(spent(&b), 0.995);
	ck_assert_double_lt(spent(&b), 1.005);
}
END_TEST

START_TEST(more_at_noon_is_answered_within_minutes)
{
	double before;
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 / 3));
	go_on(&b, 12 * 3600, 1);
	before = multiplier(&b);
	b.seen.limit_nanos += b.seen.limit_nanos / 4;
	go_on(&b, 1, 1);
	ck_assert_double_lt(multiplier(&b), before / 1.2);
	go_on(&b, 12 * 3600 - 1, 1);
	ck_assert_double_gt(spent(&b), 0.995);
}
END_TEST

START_TEST(when_nothing_is_left_nothing_but_money_matters)
{
	double cheapest;
	struct budget b;

	begin(&b, DAY_US, llround(TOP_NANOS * 3600));
	go_on(&b, 3600, 1);
	b.seen.limit_nanos = b.seen.spent_nanos / 2;
	for (int i = 0; i < 1000; i++) {
		b.seen.admitted += 10;
		b.seen.spent_nanos += 10000; /* the cheapest there is */
		b.seen.now_us += SECOND_US;
		b.micros = (double)pace_tick(&b.pace, &b.seen);
	}
	/* the mean request would have to be worth more than quality can be */
	cheapest = (double)b.pace.lately_spent / (double)b.pace.lately_n * 1000 / 1e9;
	ck_assert_double_gt(multiplier(&b) * cheapest, 1);
	/* a new period begins as the last one was as a whole, not as it ended */
	go_on(&b, (b.seen.end_us - b.seen.now_us) / SECOND_US, 0);
	next_period(&b);
	b.seen.limit_nanos = llround(TOP_NANOS * 86400 / 3);
	go_on(&b, 1, 1);
	ck_assert_double_lt(multiplier(&b), 100);
}
END_TEST

START_TEST(what_is_in_flight_counts_at_what_it_will_likely_cost)
{
	struct budget b, same;
	double without;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 / 3));
	go_on(&b, 6 * 3600, 1);
	same = b;
	go_on(&same, 1, 0);
	without = multiplier(&same);
	/* ten requests, whose worst case is half of all money */
	b.seen.admitted += 10;
	b.seen.live = 10;
	b.seen.reserved_nanos = b.seen.limit_nanos / 2;
	go_on(&b, 1, 0);
	ck_assert_double_gt(multiplier(&b), without / 1.1);
	ck_assert_double_lt(multiplier(&b), without * 1.1);
	/* that much of what is left is as good as spent */
	b.seen.live = (b.seen.limit_nanos - b.seen.spent_nanos) / llround(TOP_NANOS);
	b.seen.reserved_nanos = b.seen.limit_nanos;
	go_on(&b, 1, 0);
	ck_assert_double_gt(multiplier(&b), without * 1.3);
	/* and what is in suspense is gone */
	same.seen.suspense_nanos = (same.seen.limit_nanos - same.seen.spent_nanos) / 2;
	go_on(&same, 1, 0);
	ck_assert_double_gt(multiplier(&same), without * 1.5);
}
END_TEST

START_TEST(counters_that_were_lost_begin_anew)
{
	struct budget b;
	double before;

	begin(&b, DAY_US, llround(TOP_NANOS * 86400 / 3));
	go_on(&b, 3600, 1);
	before = multiplier(&b);
	b.seen.admitted = b.seen.spent_nanos = 0;
	go_on(&b, 600, 1);
	ck_assert_double_gt(multiplier(&b), before / 2);
	ck_assert_double_lt(multiplier(&b), before * 2);
}
END_TEST

/* --- requests to come --- */

/* a look each minute; so many requests in each */
static void look_on(struct forecast *f, int64_t *now_us, int64_t until_us, int64_t requests,
		    const struct horizon *h)
{
	for (; *now_us < until_us; *now_us += 60 * SECOND_US)
		forecast_see(f, *now_us + 60 * SECOND_US, requests, h);
}

/* it began in the middle of a slot, of which it saw half */
START_TEST(half_a_slot_is_none)
{
	struct horizon day = { BEGIN_US, BEGIN_US + DAY_US }, slot;
	int64_t now_us = BEGIN_US + 10 * HOUR_US + HOUR_US / 4;
	struct forecast f;

	forecast_init(&f);
	forecast_see(&f, now_us, 0, &day);
	look_on(&f, &now_us, BEGIN_US + DAY_US, 60, &day);
	day = (struct horizon){ BEGIN_US + DAY_US, BEGIN_US + 2 * DAY_US };
	look_on(&f, &now_us, day.start_us + 10 * HOUR_US, 60, &day);
	ck_assert_int_eq(f.slot[20], -1);
	slot = (struct horizon){ now_us, now_us + HOUR_US / 2 };
	ck_assert_double_gt(forecast_rest(&f, &slot), 1750);
	ck_assert_double_lt(forecast_rest(&f, &slot), 1850);
}
END_TEST

/* 1 January 2026 is a Thursday */
START_TEST(a_weekend_is_expected_after_a_friday)
{
	struct horizon day = { BEGIN_US, BEGIN_US + DAY_US };
	int64_t now_us = BEGIN_US;
	struct forecast f;

	forecast_init(&f);
	forecast_see(&f, now_us, 0, &day);
	for (int i = 0; i < 16; i++) {
		look_on(&f, &now_us, day.end_us, i % 7 == 2 || i % 7 == 3 ? 6 : 60, &day);
		day.start_us += DAY_US;
		day.end_us += DAY_US;
	}
	ck_assert_double_lt(forecast_rest(&f, &day), 86400 * 0.3);
	ck_assert_double_gt(forecast_rest(&f, &day), 86400 * 0.1);
}
END_TEST

/* --- anything --- */

static int64_t some(struct rnd *rnd, int64_t most)
{
	switch (rnd_below(rnd, 4)) {
	case 0: return 0;
	case 1: return most;
	case 2: return (int64_t)rnd_below(rnd, 1000);
	default: return (int64_t)(rnd_u64(rnd) % (uint64_t)most);
	}
}

static struct pace_seen anything(struct rnd *rnd, int64_t now_us)
{
	int64_t period_us = rnd_below(rnd, 2) ? HOUR_US : 31 * DAY_US;

	return (struct pace_seen){ .now_us = now_us,
				   .start_us = now_us - now_us % period_us,
				   .end_us = now_us - now_us % period_us + period_us,
				   .limit_nanos = some(rnd, 1000000 * DOLLAR),
				   .spent_nanos = some(rnd, 2000000 * DOLLAR),
				   .suspense_nanos = some(rnd, 1000 * DOLLAR),
				   .reserved_nanos = some(rnd, 1000 * DOLLAR),
				   .admitted = some(rnd, 1000000000),
				   .live = some(rnd, 100000) };
}

START_TEST(whatever_it_sees_the_multiplier_is_a_number)
{
	struct rnd rnd = rnd_seed((uint64_t)_i);
	int64_t now_us = BEGIN_US;
	struct pace pace, same;

	pace_init(&pace);
	pace_init(&same);
	for (int i = 0; i < 3000; i++) {
		struct pace_seen seen;
		int64_t micros;

		now_us += some(&rnd, rnd_below(&rnd, 100) ? 10 * SECOND_US : 40 * DAY_US);
		seen = anything(&rnd, now_us);
		micros = pace_tick(&pace, &seen);
		ck_assert_int_ge(micros, 0);
		ck_assert_int_lt(micros, 1LL << 53);
		/* it all follows from what it was given */
		ck_assert_int_eq(micros, pace_tick(&same, &seen));
		ck_assert_mem_eq(&pace, &same, sizeof(pace));
	}
}
END_TEST

/* --- days of the simulation --- */

START_TEST(a_simulated_day_meets_the_goals)
{
	struct result r;

	ck_assert(contest_paced(&loads[_i], 1, &r));
	ck_assert_msg(contest_is_good(&loads[_i], &r),
		      "%s: spent %.4f, worst hour %.4f of %.4f, refused %zu of %zu", loads[_i].name,
		      r.spent, r.worst, r.quality, r.refused, r.n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pace");
	TCase *t = tcase_create("pace");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, before_the_first_request_money_is_no_matter);
	tcase_add_test(t, the_first_look_tells_enough_from_too_little);
	tcase_add_test(t, a_new_budget_does_not_swing);
	tcase_add_loop_test(t, the_money_lasts_the_period_and_no_longer, 0, (int)COUNT_OF(ends));
	tcase_add_test(t, enough_money_is_no_matter);
	tcase_add_test(t, what_was_a_matter_is_forgotten_when_nothing_is_spent);
	tcase_add_test(t, a_silent_night_that_is_known_changes_little);
	tcase_add_test(t, half_the_limit_at_noon_is_answered_within_minutes);
	tcase_add_test(t, more_at_noon_is_answered_within_minutes);
	tcase_add_test(t, when_nothing_is_left_nothing_but_money_matters);
	tcase_add_test(t, what_is_in_flight_counts_at_what_it_will_likely_cost);
	tcase_add_test(t, counters_that_were_lost_begin_anew);
	tcase_add_test(t, half_a_slot_is_none);
	tcase_add_test(t, a_weekend_is_expected_after_a_friday);
	tcase_add_loop_test(t, whatever_it_sees_the_multiplier_is_a_number, 0, 5);
	tcase_add_loop_test(t, a_simulated_day_meets_the_goals, 0, N_LOADS);
	suite_add_tcase(s, t);
	return unit_run(s);
}
