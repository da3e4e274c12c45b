/*
 * pace.c -- what a dollar is worth, by what is left and what is still to come.
 *
 * Of the last requests it is known what they cost on the average, and under which mean level (ln
 * of the multiplier) they were chosen. To get along with what is left, those to come must cost
 * exp(-urgency) times as much. Cost falls about as the multiplier rises, so the level to go to is
 * that mean level plus the urgency: a proportional-integral controller in the logarithm, which
 * counts in requests instead of seconds. A night without any teaches nothing and changes nothing.
 */
#include "core/pace.h"

#include <math.h>
#include <stdbool.h>

#define NANO  1e9  /* levels are in thousand-millionths, dollars in nano-dollars */
#define MILLI 1000 /* requests are in thousandths */

/* "lately" is a part of a period's requests, and of those that are left, but not fewer than that:
 * so that the end is met the more exactly the nearer it is */
#define WINDOW_OF_PERIOD 150.0
#define WINDOW_OF_REST   24.0
#define WINDOW_LEAST     30.0
/* requests before anything is concluded from what they cost */
#define FIRST_REQUESTS 3
/* what one look concludes is bounded: e^2 times as dear, or as cheap */
#define URGENCY_MOST 2.0

/* Levels, as what the mean request's cost is then worth in points of quality: where a new budget
 * begins; where money stops to matter; where nothing else matters. */
#define WORTH_FIRST 0.03
#define WORTH_LEAST 0.001
#define WORTH_MOST  10.0
/* above this (e^20 points for a dollar) nothing is told apart, and integers end */
#define LEVEL_MOST 20.0

/* how fast an idle budget forgets that money mattered, for each whole period */
#define FORGETS 2.0

void pace_init(struct pace *p)
{
	*p = (struct pace){ .start_us = 0 };
	forecast_init(&p->forecast);
}

/* --- what requests cost --- */

static double dollars_a_request(const struct pace *p)
{
	return (double)p->lately_spent / NANO / ((double)p->lately_n / MILLI);
}

static bool is_known(const struct pace *p)
{
	return p->lately_n >= FIRST_REQUESTS * MILLI && p->lately_spent > 0;
}

/* the level at which the mean request's cost is worth so much quality */
static double level_of(const struct pace *p, double worth)
{
	return log(worth / dollars_a_request(p));
}

/* n requests ended, which were chosen under the level of the last call */
static void learn_lately(struct pace *p, int64_t n, int64_t spent, double window)
{
	double keep = exp(-(double)n / window);

	p->lately_level += llround((double)(p->level - p->lately_level) * (1 - keep));
	p->lately_n = llround((double)p->lately_n * keep) + n * MILLI;
	p->lately_spent = llround((double)p->lately_spent * keep) + spent;
}

static void learn_period(struct pace *p, int64_t n, int64_t spent)
{
	bool is_over = p->urgency >= llround(URGENCY_MOST * NANO);

	if (is_over || n == 0)
		return;
	p->period_n += n * MILLI;
	p->period_spent += spent;
	p->period_level += llround((double)(p->level - p->period_level) * (double)n * MILLI /
				   (double)p->period_n);
}

/* A new period goes on as the last one was on the average: how that one ended was a matter of
 * what was left. */
static void turn(struct pace *p, const struct pace_seen *s)
{
	if (p->period_n > p->lately_n) {
		p->lately_n = p->period_n;
		p->lately_spent = p->period_spent;
		p->lately_level = p->period_level;
	}
	p->start_us = s->start_us;
	p->spent = p->admitted = p->settled = 0;
	p->period_n = p->period_spent = p->period_level = 0;
}

/* --- what is left for requests to come --- */

/* Of what is reserved for those in flight, most will come back. */
static double left_dollars(const struct pace *p, const struct pace_seen *s)
{
	double in_flight = fmin((double)s->live * dollars_a_request(p),
				(double)s->reserved_nanos / NANO);

	return (double)(s->limit_nanos - s->spent_nanos - s->suspense_nanos) / NANO - in_flight;
}

static double urgency_of(const struct pace *p, const struct pace_seen *s, double rest)
{
	double left = left_dollars(p, s), needed = rest * dollars_a_request(p);

	if (left <= 0)
		return URGENCY_MOST;
	if (needed <= 0)
		return -URGENCY_MOST;
	return fmax(fmin(log(needed / left), URGENCY_MOST), -URGENCY_MOST);
}

/* --- the level --- */

/* What the first requests cost is what the best one costs: is that too much? */
static void begin_level(struct pace *p, double urgency)
{
	p->lately_level = llround(level_of(p, urgency > 0 ? WORTH_FIRST : WORTH_LEAST) * NANO);
}

/* Without requests there is nothing to learn, but that money will be left over. */
static void forget(struct pace *p, const struct pace_seen *s, double urgency)
{
	double periods = (double)(s->now_us - p->at_us) / (double)(s->end_us - s->start_us);

	if (urgency < 0 && p->at_us > 0)
		p->lately_level += llround(urgency * FORGETS * fmin(periods, 1) * NANO);
}

static int64_t set_level(struct pace *p, double urgency)
{
	double least = level_of(p, WORTH_LEAST);
	double most = fmin(level_of(p, WORTH_MOST), LEVEL_MOST);
	double lately = fmax(fmin((double)p->lately_level / NANO, most), least);
	double level = fmax(fmin(lately + urgency, most), least);

	p->lately_level = llround(lately * NANO);
	p->level = llround(level * NANO);
	p->urgency = llround(urgency * NANO);
	return level > least ? llround(exp(level) * PACE_MICROS) : 0;
}

/* what came since the last look */
struct news {
	int64_t admitted, settled, spent;
};

static struct news look(struct pace *p, const struct pace_seen *s)
{
	/* live may count some that were admitted in the last period */
	int64_t settled = s->admitted - s->live > p->settled ? s->admitted - s->live : p->settled;
	struct news news = { .admitted = s->admitted - p->admitted,
			     .settled = settled - p->settled,
			     .spent = s->spent_nanos - p->spent };

	if (news.spent < 0) /* estimates were corrected */
		news.spent = 0;
	p->admitted = s->admitted;
	p->settled = settled;
	p->spent = s->spent_nanos;
	return news;
}

int64_t pace_tick(struct pace *p, const struct pace_seen *s)
{
	const struct horizon h = { s->start_us, s->end_us };
	int64_t pace = 0;
	struct news news;
	double rest, window;
	bool was_known;

	/* counters that went back were lost, and begin anew as a period does */
	if (p->start_us != s->start_us || s->admitted < p->admitted)
		turn(p, s);
	was_known = is_known(p);
	news = look(p, s);
	forecast_see(&p->forecast, s->now_us, news.admitted, &h);
	rest = forecast_rest(&p->forecast, &h);
	window = fmin(((double)s->admitted + rest) / WINDOW_OF_PERIOD, rest / WINDOW_OF_REST);
	learn_lately(p, news.settled, news.spent, fmax(window, WINDOW_LEAST));
	learn_period(p, news.settled, news.spent);
	if (is_known(p)) {
		double urgency = urgency_of(p, s, rest);

		if (!was_known)
			begin_level(p, urgency);
		if (news.settled == 0 && news.admitted == 0)
			forget(p, s, urgency);
		pace = set_level(p, urgency);
	}
	p->at_us = s->now_us;
	return pace;
}

int64_t pace_ahead_percent(const struct pace *p)
{
	return llround((exp((double)p->urgency / NANO) - 1) * 100);
}
