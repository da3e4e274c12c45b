/* contest.c -- pacing as it is in a fleet, and what it is compared with. */
#include "sim/contest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/pace.h"
#include "core/strategy.h"

#define GATEWAYS  8
#define LONGEST_S 256 /* no answer takes as long */
#define HOURS     (7 * 24)
#define FEW       200 /* an hour with fewer requests says little: chance alone moves it by 1 % */
#define THURSDAY  (20454LL * DAY_S * 1000000) /* 2026-01-01 */

/* --- what comes out --- */

struct tally {
	double sum[HOURS], spent;
	size_t n[HOURS], refused;
};

static void count(struct tally *t, int32_t at_s, double quality)
{
	int hour = at_s / 3600 % HOURS;

	t->sum[hour] += quality;
	t->n[hour]++;
}

static struct result result_of(const struct tally *t, double limit)
{
	struct result r = { .spent = t->spent / limit, .worst = 1, .refused = t->refused };

	for (int h = 0; h < HOURS; h++) {
		r.quality += t->sum[h];
		r.n += t->n[h];
		if (t->n[h] >= FEW)
			r.worst = fmin(r.worst, t->sum[h] / (double)t->n[h]);
	}
	r.quality /= (double)r.n;
	return r;
}

/* --- a choice --- */

/* the model that the strategy likes best, of those whose worst case is free; -1 = none */
static int choose(const struct ask *a, double pace, int64_t free)
{
	struct facts facts = { .pace = pace };
	struct choice choice = { .facts = &facts };
	double highest = 0;
	int best = -1;

	for (int m = 0; m < MODELS; m++) {
		struct candidate c = { .terms = { .quality = a->offers[m].quality_seen,
						  .cost_nanos = a->offers[m].cost_seen_nanos } };
		double score = strategy_budget(&choice, &c);

		if (a->offers[m].worst_nanos > free || (best >= 0 && score <= highest))
			continue;
		highest = score;
		best = m;
	}
	return best;
}

/* --- pacing --- */

struct fleet {
	struct rnd rnd;
	struct pace pace;
	struct pace_seen books;
	int64_t published, known[GATEWAYS];
	struct {
		int64_t reserved, cost, n;
	} due[LONGEST_S]; /* answers that end, by second */
};

static void settle(struct fleet *f, int32_t s)
{
	int at = s % LONGEST_S;

	f->books.reserved_nanos -= f->due[at].reserved;
	f->books.spent_nanos += f->due[at].cost;
	f->books.live -= f->due[at].n;
	memset(&f->due[at], 0, sizeof(f->due[at]));
}

static void admit(struct fleet *f, const struct ask *a, int m)
{
	int at = (a->at_s + a->offers[m].takes_s) % LONGEST_S;

	f->books.admitted++;
	f->books.live++;
	f->books.reserved_nanos += a->offers[m].worst_nanos;
	f->due[at].reserved += a->offers[m].worst_nanos;
	f->due[at].cost += a->offers[m].cost_nanos;
	f->due[at].n++;
}

static void serve(struct fleet *f, const struct ask *a, struct tally *t)
{
	const struct pace_seen *b = &f->books;
	uint32_t gateway = rnd_below(&f->rnd, GATEWAYS);
	int m = choose(a, (double)f->known[gateway] / PACE_MICROS,
		       b->limit_nanos - b->spent_nanos - b->reserved_nanos);

	if (m < 0) {
		t->refused++;
		count(t, a->at_s, 0);
		return;
	}
	f->known[gateway] = f->published; /* admission says it */
	admit(f, a, m);
	t->spent += (double)a->offers[m].cost_nanos;
	count(t, a->at_s, a->offers[m].quality);
}

static void begin_period(struct fleet *f, int day, int days, double limit)
{
	struct pace_seen *b = &f->books;

	b->start_us = THURSDAY + (int64_t)day * DAY_S * 1000000;
	b->end_us = b->start_us + (int64_t)days * DAY_S * 1000000;
	b->limit_nanos = llround(limit);
	b->spent_nanos = b->reserved_nanos = b->admitted = 0;
	/* answers that go on are charged to the period before */
	for (int i = 0; i < LONGEST_S; i++)
		f->due[i].reserved = f->due[i].cost = 0;
}

static void paced_day(struct fleet *f, const struct day *d, int day, struct tally *t)
{
	size_t i = 0;

	for (int32_t s = day * DAY_S; s < (day + 1) * DAY_S; s++) {
		settle(f, s);
		f->books.now_us = THURSDAY + s * 1000000LL;
		f->published = pace_tick(&f->pace, &f->books);
		for (; i < d->n && d->asks[i].at_s == s; i++)
			serve(f, &d->asks[i], t);
	}
}

/* --- the others: `days` days from the first on --- */

static void fixed(const struct day *days, int n, double pace, struct tally *t)
{
	*t = (struct tally){ .refused = 0 };
	for (int day = 0; day < n; day++) {
		for (size_t i = 0; i < days[day].n; i++) {
			const struct ask *a = &days[day].asks[i];
			const struct offer *o = &a->offers[choose(a, pace, INT64_MAX)];

			t->spent += (double)o->cost_nanos;
			count(t, a->at_s, o->quality);
		}
	}
}

static void hindsight(const struct day *days, int n, double limit, struct tally *t)
{
	double low = log(1e-4), high = log(1e6);

	for (int i = 0; i < 30; i++) {
		double middle = (low + high) / 2;

		fixed(days, n, exp(middle), t);
		if (t->spent > limit)
			low = middle;
		else
			high = middle;
	}
	fixed(days, n, exp(high), t);
}

/* The best model, and a cheaper one after each step of what is spent; after the last one the
 * cheapest, which goes on though nothing is left. */
static void steps(const struct day *days, int n, double limit, const double *step, int n_steps,
		  struct tally *t)
{
	*t = (struct tally){ .refused = 0 };
	for (int day = 0; day < n; day++) {
		for (size_t i = 0; i < days[day].n; i++) {
			const struct ask *a = &days[day].asks[i];
			const struct offer *o;
			int taken = 0;

			while (taken < n_steps && t->spent >= step[taken] * limit)
				taken++;
			o = &a->offers[taken == n_steps ? 0 : MODELS - 1 - taken];
			t->spent += (double)o->cost_nanos;
			count(t, a->at_s, o->quality);
		}
	}
}

/* --- all of them --- */

static bool make_days(const struct load *load, uint64_t seed, struct day *days)
{
	struct rnd rnd = rnd_seed(seed);

	for (int day = 0; day < load->days; day++)
		if (!world_day(&rnd, load, day, &days[day]))
			return false;
	return true;
}

/* so that `budget` of the best model's cost is there in a period as the first one */
static double limit_of(const struct load *load, const struct day *days)
{
	double cost = 0;

	for (int day = 0; day < load->period_days; day++)
		cost += world_cost(&days[day], MODELS - 1);
	return load->budget * cost;
}

static void paced(const struct load *load, const struct day *days, uint64_t seed, double limit,
		  struct tally *t)
{
	static struct fleet f;

	memset(&f, 0, sizeof(f));
	f.rnd = rnd_seed(seed);
	pace_init(&f.pace);
	for (int day = 0; day < load->days; day++) {
		if (day % load->period_days == 0) {
			begin_period(&f, day, load->period_days, limit);
			*t = (struct tally){ .refused = 0 };
		}
		paced_day(&f, &days[day], day, t);
	}
}

static void compete(const struct load *load, const struct day *days, double limit,
		    struct result *results_r)
{
	static const double tiers[] = { 0.70, 0.85, 0.95 }, all[] = { 1 };
	const struct day *last = days + load->days - load->period_days;
	static struct tally t[CONTESTANTS];

	hindsight(last, load->period_days, limit, &t[HINDSIGHT]);
	steps(last, load->period_days, limit, tiers, 3, &t[TIERS]);
	steps(last, load->period_days, limit, all, 1, &t[CLIFF]);
	for (int c = HINDSIGHT; c < CONTESTANTS; c++)
		results_r[c] = result_of(&t[c], limit);
}

static bool run(const struct load *load, uint64_t seed, bool all, struct result *results_r)
{
	struct day *days = calloc((size_t)load->days, sizeof(*days));
	bool ok = days && make_days(load, seed, days);
	static struct tally t;

	if (ok) {
		double limit = limit_of(load, days);

		paced(load, days, seed, limit, &t);
		results_r[PACED] = result_of(&t, limit);
		if (all)
			compete(load, days, limit, results_r);
	}
	for (int day = 0; days && day < load->days; day++)
		world_free(&days[day]);
	free(days);
	return ok;
}

bool contest(const struct load *load, uint64_t seed, struct result results_r[CONTESTANTS])
{
	return run(load, seed, true, results_r);
}

bool contest_paced(const struct load *load, uint64_t seed, struct result *result_r)
{
	return run(load, seed, false, result_r);
}

bool contest_is_good(const struct load *load, const struct result *paced)
{
	return paced->spent <= 1 && paced->spent >= 1 - load->most_error &&
	       paced->worst >= LEAST_WORST * paced->quality &&
	       (double)paced->refused <= MOST_REFUSED * (double)paced->n;
}
