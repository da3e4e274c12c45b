/*
 * period.h -- budget periods on the calendar, UTC.
 */
#ifndef CORE_PERIOD_H
#define CORE_PERIOD_H

#include "base/obj.h"
#include "model/payer.h"

struct period_span {
	char id[16];      /* "h2026112213", "d20261122", "w2026W47", "m202611", "t" */
	int64_t start_us; /* since 1970; [start, end) */
	int64_t end_us;   /* INT64_MAX / 2 for PERIOD_total */
};

/* the span that holds the instant (us since 1970) */
void period_span(enum period p, int64_t now_us, struct period_span *span_r);

/* one of each, and when all of them hold: [from, till); zeroed: never */
struct periods {
	struct period_span span[PERIOD_COUNT];
	int64_t from_us, till_us;
};

/* those that hold the instant; mostly they are there already */
void periods_at(struct periods *p, int64_t now_us);

/* the period that an id names; false when it is no id that period_span() writes */
bool period_parse(struct str id, enum period *p_r, struct period_span *span_r) MUST_CHECK;

#endif
