/*
 * pace.h -- one multiplier that spreads the money of a budget over its period.
 *
 * The multiplier says how many points of quality (0..1) a dollar is worth. Where a choice takes
 * the best of quality - multiplier * cost, one multiplier that stays the same all period long
 * gets the most quality out of a budget; this finds it while the period goes on (doc/decision.md,
 * "Pace"). It never refuses anything: that is admission's business.
 *
 * Pure. Called about once a second by one process for each budget.
 */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include "core/forecast.h"

#define PACE_MICROS 1000000LL /* a multiplier of 1, as it is stored: one point for one dollar */

struct pace {
#define PACE_FIELD(name, text) int64_t name;
#include "tbl/pace.h"
#undef PACE_FIELD
	struct forecast forecast;
};

/* a budget as it is now */
struct pace_seen {
	int64_t now_us, start_us, end_us; /* of the period */
	int64_t limit_nanos, spent_nanos, suspense_nanos;
	int64_t reserved_nanos; /* the most that requests in flight can cost */
	int64_t admitted;       /* requests, in this period */
	int64_t live;           /* requests in flight */
};

void pace_init(struct pace *p);

/* the multiplier from now on, in millionths; 0 = money is no matter */
int64_t pace_tick(struct pace *p, const struct pace_seen *s);

/* By how many percent the requests to come would cost more than what was left then: above 0, money
 * goes too fast even under this multiplier. */
int64_t pace_ahead_percent(const struct pace *p);

#endif
