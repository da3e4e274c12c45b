/* gauges.h -- what a gateway is like now (tbl/gauges.h), for operators. */
#ifndef GATE_GAUGES_H
#define GATE_GAUGES_H

#include "gate/gateway.h"

enum gauge {
#define GAUGE(name, text) GAUGE_##name,
#include "tbl/gauges.h"
#undef GAUGE
	GAUGE_COUNT
};

struct gauges {
	int64_t n[GAUGE_COUNT];
};

/* from the control thread */
struct gauges gauges_read(const struct gateway *g, int64_t in_flight);
/* "in_flight":1,... */
void gauges_json(struct buf *b, const struct gauges *gauges);
void gauges_prometheus(struct buf *b, const struct gauges *gauges);

#endif
