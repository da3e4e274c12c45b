/*
 * forecast.c -- how many requests are still to come?
 *
 * Two answers, mixed. By the shape: as many as usual at those hours, times how many there were
 * lately compared with usual. Steadily: as many a second as lately. The second counts for more
 * the worse the shape has told the last hours.
 */
#include "core/forecast.h"

#include <math.h>

#define DAY_US  (86400 * 1000000LL)
#define SLOT_US (DAY_US / FORECAST_SLOTS)
#define MILLI   1000

/* The constants below were chosen with tests/sim/pace, which shows what others do. */

/* How long "lately" is, as a part of the horizon: at the most, at the least, and with the square
 * of the part that is left, so that the end is met by what is seen shortly before it. */
#define LATELY_MOST  0.125
#define LATELY_LEAST 0.005
#define LATELY_LEFT  0.5
/* so much of a usual "lately" speaks against other volume than usual, when all is still to come */
#define USUAL 0.5

/* what a slot said about the shape counts so much less with each that follows */
#define MEMORY 0.95
/* how much of the answer is the steady one, for each part that slots were wrong by */
#define DOUBT       4.0
#define DOUBT_LEAST 0.1
#define DOUBT_MOST  0.8

void forecast_init(struct forecast *f)
{
	*f = (struct forecast){ .since_us = 0 };
	for (int i = 0; i < FORECAST_SLOTS; i++)
		f->slot[i] = -1;
	for (int i = 0; i < FORECAST_DAYS; i++)
		f->day[i] = -1;
}

static int64_t min_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t slot_end(int64_t us)
{
	return (us / SLOT_US + 1) * SLOT_US;
}

static int slot_of(int64_t us)
{
	return (int)(us % DAY_US / SLOT_US);
}

/* 1970 began on a Thursday */
static int weekday_of(int64_t us)
{
	return (int)((us / DAY_US + 3) % FORECAST_DAYS);
}

/* --- by the shape --- */

/* the requests of a day; 0 until each of its slots was seen once */
static int64_t usual_day(const struct forecast *f)
{
	int64_t sum = 0;

	for (int i = 0; i < FORECAST_SLOTS; i++) {
		if (f->slot[i] < 0)
			return 0;
		sum += f->slot[i];
	}
	return sum;
}

static double in_slots(const struct forecast *f, int64_t from, int64_t to)
{
	double sum = 0;

	while (from < to) {
		int64_t end = min_of(to, slot_end(from));

		sum += (double)f->slot[slot_of(from)] * (double)(end - from) / SLOT_US;
		from = end;
	}
	return sum;
}

/* requests that come between two moments as a rule, in thousandths; 0 without a shape */
static double by_shape(const struct forecast *f, int64_t from, int64_t to)
{
	double usual = (double)usual_day(f), sum = 0;

	while (usual > 0 && from < to) {
		int64_t end = min_of(to, (from / DAY_US + 1) * DAY_US);
		int64_t day = f->day[weekday_of(from)];

		sum += in_slots(f, from, end) * (day < 0 ? 1 : (double)day / usual);
		from = end;
	}
	return sum;
}

/* --- to learn it --- */

static void learn(int64_t *mean, int64_t value)
{
	*mean = *mean < 0 ? value : *mean + (value - *mean) / 2;
}

/* a slot is over: was it as expected, but for the level? */
static void judge(struct forecast *f, int64_t from, int64_t to)
{
	double level = f->expected > 0 ? (double)f->lately / (double)f->expected : 1;
	double guess = by_shape(f, from, to) * level, was = (double)f->slot_so_far;

	f->missed = llround((double)f->missed * MEMORY + fabs(was - guess));
	f->judged = llround((double)f->judged * MEMORY + was + guess);
}

static void end_slot(struct forecast *f, int64_t from, int64_t to)
{
	if (usual_day(f) > 0)
		judge(f, from, to);
	if (from >= f->since_us)
		learn(&f->slot[slot_of(from)], f->slot_so_far);
	f->slot_so_far = 0;
}

static void end_day(struct forecast *f, int64_t from)
{
	if (from >= f->since_us)
		learn(&f->day[weekday_of(from)], f->day_so_far);
	f->day_so_far = 0;
}

/* requests that came between two moments, nobody knows when exactly */
static void spread(struct forecast *f, int64_t from, int64_t to, int64_t milli)
{
	while (from < to) {
		int64_t end = min_of(to, slot_end(from));
		int64_t part = llround((double)milli * (double)(end - from) / (double)(to - from));

		f->slot_so_far += part;
		f->day_so_far += part;
		milli -= part;
		if (end % SLOT_US == 0)
			end_slot(f, end - SLOT_US, end);
		if (end % DAY_US == 0)
			end_day(f, end - DAY_US);
		from = end;
	}
}

/* --- the level --- */

static double whole_us(const struct horizon *h)
{
	return (double)(h->end_us - h->start_us);
}

/* the part of the horizon that is still to come */
static double left(const struct horizon *h, int64_t now_us)
{
	return fmax((double)(h->end_us - now_us) / whole_us(h), 0);
}

/* how long "lately" is */
static double lately_us(const struct horizon *h, int64_t now_us)
{
	double part = LATELY_LEFT * left(h, now_us) * left(h, now_us);

	return whole_us(h) * fmax(fmin(part, LATELY_MOST), LATELY_LEAST);
}

static void fade(struct forecast *f, double keep)
{
	f->lately = llround((double)f->lately * keep);
	f->lately_us = llround((double)f->lately_us * keep);
	f->expected = llround((double)f->expected * keep);
}

void forecast_see(struct forecast *f, int64_t now_us, int64_t n, const struct horizon *h)
{
	if (f->since_us == 0) {
		f->since_us = f->seen_us = now_us;
		/* so that not much is concluded from the first request alone */
		f->lately_us = llround(whole_us(h) * LATELY_LEAST);
		f->lately = n * MILLI;
	}
	if (now_us <= f->seen_us)
		return;
	fade(f, exp(-(double)(now_us - f->seen_us) / lately_us(h, now_us)));
	f->lately += n * MILLI;
	f->lately_us += now_us - f->seen_us;
	f->expected += llround(by_shape(f, f->seen_us, now_us));
	spread(f, f->seen_us, now_us, n * MILLI);
	f->seen_us = now_us;
}

/* how much of the answer is the steady one */
static double doubt(const struct forecast *f)
{
	double wrong = f->judged > 0 ? (double)f->missed / (double)f->judged : 0;

	if (usual_day(f) == 0)
		return 1;
	return fmin(fmax(DOUBT * wrong, DOUBT_LEAST), DOUBT_MOST);
}

/* by the shape, and how many there are lately compared with it; in thousandths */
static double shaped_rest(const struct forecast *f, const struct horizon *h)
{
	double usual = (double)usual_day(f) * lately_us(h, f->seen_us) / DAY_US;
	double prior = USUAL * usual * left(h, f->seen_us);
	double seen = (double)f->lately + prior, expected = (double)f->expected + prior;

	return expected > 0 ? by_shape(f, f->seen_us, h->end_us) * seen / expected : 0;
}

double forecast_rest(const struct forecast *f, const struct horizon *h)
{
	double steady;

	if (h->end_us <= f->seen_us || f->lately_us == 0)
		return 0;
	steady = (double)f->lately * (double)(h->end_us - f->seen_us) / (double)f->lately_us;
	return (doubt(f) * steady + (1 - doubt(f)) * shaped_rest(f, h)) / MILLI;
}
