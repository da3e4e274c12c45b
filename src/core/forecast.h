/*
 * forecast.h -- how many requests are still to come?
 *
 * Learns when in the day and on which days of the week requests come, how many there are lately
 * compared with that, and how far the shape is to be trusted today. Counts requests, not money:
 * when money is spent follows from the pace itself, and would teach nothing. Pure; time is an
 * argument, in UTC.
 */
#ifndef CORE_FORECAST_H
#define CORE_FORECAST_H

#include "base/obj.h"

#define FORECAST_SLOTS 48 /* half hours of a day */
#define FORECAST_DAYS  7  /* Monday first */

struct forecast {
#define FORECAST_FIELD(name, text) int64_t name;
#include "tbl/pace.h"
#undef FORECAST_FIELD
	int64_t slot[FORECAST_SLOTS]; /* requests, in thousandths, older days counting less; -1 =
					 not known */
	int64_t day[FORECAST_DAYS];   /* the same of whole days */
};

/* the span of a budget: how far ahead, and so how far back, one has to look */
struct horizon {
	int64_t start_us, end_us;
};

void forecast_init(struct forecast *f);

/* n requests came between the last call and now */
void forecast_see(struct forecast *f, int64_t now_us, int64_t n, const struct horizon *h);

/* requests to come after the last call, until the horizon's end */
double forecast_rest(const struct forecast *f, const struct horizon *h);

#endif
