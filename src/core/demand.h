/*
 * demand.h -- how much money a payer's requests need set aside, so that they can go on without
 * Redis.
 */
#ifndef CORE_DEMAND_H
#define CORE_DEMAND_H

#include <stdint.h>

/* begins as zeros; amounts are nano-dollars */
struct demand {
	int64_t admitted, charged;            /* since the last tick: worst cases, costs */
	double worst_a_second, cost_a_second; /* as they were lately */
	double dearest;                       /* worst case of one request lately */
};

void demand_admitted(struct demand *d, int64_t worst_nanos);
void demand_charged(struct demand *d, int64_t cost_nanos);
/* seconds have passed since the last tick */
void demand_tick(struct demand *d, double seconds);
/* What pays for span_s seconds as they were lately, with the worst case of those in flight. */
int64_t demand_wanted(const struct demand *d, double span_s);
/* less than this pays for nothing */
int64_t demand_least(const struct demand *d);

#endif
