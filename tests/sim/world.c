/* world.c -- days of requests. Prices are like those of real models, the rest is made up. */
#include "sim/world.h"

#include <math.h>
#include <stdlib.h>

#define WANTED_TOKENS 2000 /* max_tokens of each request */
#define BURSTS_MAX    16
#define BUSY_S        (7 * 3600) /* of a day: when bursts come */
#define BUSY_FOR_S    (12 * 3600)

static const struct {
	double input, output; /* nano-dollars a token */
	double skill;         /* in logits: right answers to a question of difficulty 0 */
	double tokens_s;
} models[MODELS] = {
	{ 50, 400, 0.9, 150 },    { 300, 1200, 1.7, 120 },   { 800, 4000, 2.4, 90 },
	{ 2500, 15000, 3.0, 70 }, { 10000, 50000, 3.5, 50 },
};

/* name, text, days, days of a period, requests, budget, volume, later, bursts, silent, error */
const struct load loads[N_LOADS] = {
	{ "usual", "the last day is like those before", 4, 1, 60000, .3, 1, 0, 0, false, .005 },
	{ "tight", "half the money", 4, 1, 60000, .15, 1, 0, 0, false, .005 },
	{ "ample", "twice the money", 4, 1, 60000, .6, 1, 0, 0, false, .005 },
	{ "more", "half as many requests again", 4, 1, 60000, .3, 1.5, 0, 0, false, .005 },
	{ "fewer", "two thirds of the requests", 4, 1, 60000, .3, .67, 0, 0, false, .005 },
	{ "later", "everybody comes three hours later", 4, 1, 60000, .3, 1, 3, 0, false, .005 },
	{ "bursts", "eight times ten minutes of four times as many", 4, 1, 60000, .3, 1, 0, 8,
	  false, .005 },
	{ "all", "half as many again, two hours later, in bursts", 4, 1, 60000, .3, 1.5, 2, 8,
	  false, .005 },
	{ "sparse", "2,000 requests a day", 4, 1, 2000, .3, 1, 0, 0, false, .02 },
	{ "week", "a budget of a week, with a weekend", 21, 7, 6000, .3, 1, 0, 0, false, .005 },
	{ "first", "the first day: nothing was learned", 1, 1, 60000, .3, 1, 0, 0, false, .01 },
	{ "silent", "the first day, and silence from 20:00", 1, 1, 60000, .3, 1, 0, 0, true, .25 },
	{ "moved", "silent nights, and everybody comes three hours later", 4, 1, 60000, .3, 1, 3, 0,
	  true, .03 },
};

/* --- chance --- */

static double uniform(struct rnd *rnd)
{
	return ((double)(rnd_u64(rnd) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct rnd *rnd)
{
	return sqrt(-2 * log(uniform(rnd))) * cos(2 * acos(-1) * uniform(rnd));
}

/* Knuth's way: fine for the few that come in a second */
static int poisson(struct rnd *rnd, double mean)
{
	double limit = exp(-mean), product = uniform(rnd);
	int n = 0;

	while (product > limit) {
		product *= uniform(rnd);
		n++;
	}
	return n;
}

static double within(double x, double least, double most)
{
	return x < least ? least : x > most ? most : x;
}

/* --- one request --- */

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static void offer(struct rnd *rnd, int model, double input, double output, double difficulty,
		  double difficulty_seen, struct offer *o)
{
	double answers = within(output * exp(0.2 * normal(rnd)), 1, WANTED_TOKENS);
	double luck = 0.3 * normal(rnd);

	o->quality = sigmoid(models[model].skill - 1.7 * difficulty + luck);
	o->quality_seen = sigmoid(models[model].skill - 1.7 * difficulty_seen);
	o->cost_nanos = llround(input * models[model].input + answers * models[model].output);
	o->cost_seen_nanos = input * models[model].input +
			     within(output * exp(0.5 * normal(rnd)), 1, WANTED_TOKENS) *
				     models[model].output;
	o->worst_nanos = llround(1.3 * input * models[model].input +
				 WANTED_TOKENS * models[model].output);
	o->takes_s = (int32_t)(1 + answers / models[model].tokens_s);
}

static void ask_something(struct rnd *rnd, int32_t at_s, struct ask *a)
{
	double input = within(700 * exp(1.2 * normal(rnd)), 20, 60000);
	double output = within(300 * exp(0.9 * normal(rnd)), 1, WANTED_TOKENS);
	double difficulty = normal(rnd), seen = difficulty + 0.6 * normal(rnd);

	a->at_s = at_s;
	for (int m = 0; m < MODELS; m++)
		offer(rnd, m, input, output, difficulty, seen, &a->offers[m]);
}

/* --- a day --- */

static double hump(double h, double at, double width)
{
	return exp(-(h - at) * (h - at) / (2 * width * width));
}

/* people at work, with a break at noon, and machines at night; about 1 on the average */
static double curve(const struct load *load, double h)
{
	if (load->silent && (h < 6 || h >= 20))
		return 0;
	return 0.25 + 2.2 * hump(h, 10.5, 1.8) + 2.0 * hump(h, 15.5, 2) + 0.6 * hump(h, 20.5, 1.5);
}

static bool in_burst(const int32_t *begins, int n, int32_t s)
{
	for (int i = 0; i < n; i++)
		if (s >= begins[i] && s < begins[i] + 600)
			return true;
	return false;
}

/* work stops for the weekend, machines go on */
static double weekday(const struct load *load, int day)
{
	bool weekend = day % 7 == 2 || day % 7 == 3;

	return load->period_days > 1 && weekend ? 0.3 : 1;
}

bool world_day(struct rnd *rnd, const struct load *load, int day, struct day *day_r)
{
	bool last = day >= load->days - load->period_days;
	double volume = (last ? load->volume : 1) * (1 + 0.05 * normal(rnd)) * weekday(load, day);
	size_t cap = (size_t)(load->requests * 4) + 1000;
	int32_t bursts[BURSTS_MAX] = { 0 };

	*day_r = (struct day){ .asks = malloc(cap * sizeof(struct ask)) };
	for (int i = 0; i < load->bursts; i++)
		bursts[i] = (int32_t)(BUSY_S + (i + uniform(rnd)) * BUSY_FOR_S / load->bursts);
	for (int32_t s = 0; s < DAY_S && day_r->asks; s++) {
		double h = fmod(s / 3600.0 - (last ? load->later_h : 0) + 24, 24);
		double mean = load->requests / DAY_S * volume * curve(load, h);

		if (last && in_burst(bursts, load->bursts, s))
			mean *= 4;
		for (int n = poisson(rnd, mean); n > 0 && day_r->n < cap; n--)
			ask_something(rnd, day * DAY_S + s, &day_r->asks[day_r->n++]);
	}
	return day_r->asks != NULL;
}

void world_free(struct day *day)
{
	free(day->asks);
	*day = (struct day){ .asks = NULL };
}

double world_cost(const struct day *day, int model)
{
	double sum = 0;

	for (size_t i = 0; i < day->n; i++)
		sum += (double)day->asks[i].offers[model].cost_nanos;
	return sum;
}
