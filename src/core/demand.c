/* demand.c -- rates that rise at once and fall slowly. */
#include "core/demand.h"

#include <math.h>

/* after so many seconds half of what was is forgotten */
#define HALF_LIFE_S 10.0
/* requests take about so long: their worst case is held meanwhile */
#define IN_FLIGHT_S 4.0
/* so many of the dearest at one time, though few came lately */
#define AT_ONCE 4.0
#define MOST    9e15 /* exact in Redis */

void demand_admitted(struct demand *d, int64_t worst_nanos)
{
	d->admitted += worst_nanos;
	if ((double)worst_nanos > d->dearest)
		d->dearest = (double)worst_nanos;
}

void demand_charged(struct demand *d, int64_t cost_nanos)
{
	d->charged += cost_nanos;
}

static double follow(double was, double now, double kept)
{
	return fmax(now, was * kept + now * (1 - kept));
}

void demand_tick(struct demand *d, double seconds)
{
	double kept = exp2(-seconds / HALF_LIFE_S);

	if (seconds <= 0)
		return;
	d->worst_a_second = follow(d->worst_a_second, (double)d->admitted / seconds, kept);
	d->cost_a_second = follow(d->cost_a_second, (double)d->charged / seconds, kept);
	d->dearest *= kept;
	d->admitted = d->charged = 0;
}

int64_t demand_wanted(const struct demand *d, double span_s)
{
	double in_flight = fmax(d->worst_a_second * IN_FLIGHT_S, d->dearest * AT_ONCE);

	return (int64_t)ceil(fmin(d->cost_a_second * span_s + in_flight, MOST));
}

int64_t demand_least(const struct demand *d)
{
	return (int64_t)ceil(fmin(d->dearest, MOST));
}
