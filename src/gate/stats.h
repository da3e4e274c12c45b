/*
 * stats.h -- a worker's counters (tbl/counters.h).
 *
 * Written by their worker only, read by anybody: relaxed atomics, which cost
 * nothing where nobody else writes.
 */
#ifndef GATE_STATS_H
#define GATE_STATS_H

#include <stdint.h>

#include "base/buf.h"

enum counter {
#define COUNTER(name, text) COUNT_##name,
#include "tbl/counters.h"
#undef COUNTER
	COUNT_COUNT
};

struct stats {
	int64_t n[COUNT_COUNT];
};

static inline void stats_add(struct stats *s, enum counter c, int64_t by)
{
	int64_t now = __atomic_load_n(&s->n[c], __ATOMIC_RELAXED);

	__atomic_store_n(&s->n[c], now + by, __ATOMIC_RELAXED);
}

static inline void stats_count(struct stats *s, enum counter c)
{
	stats_add(s, c, 1);
}

/* Breakers changed by what was told Redis here: a line "STATE NAME" of each, counted and logged. */
void stats_breakers_changed(struct stats *s, struct str changes);

/* sum_r += s */
void stats_sum(struct stats *sum_r, const struct stats *s);
/* {"requests":1,...} */
void stats_json(struct buf *b, const struct stats *s);
/* Prometheus' text format, names with the prefix smartrouter_ */
void stats_prometheus(struct buf *b, const struct stats *s);

#endif
