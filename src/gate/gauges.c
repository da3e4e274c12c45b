/* gauges.c -- read and shown. */
#include "gate/gauges.h"

static const struct {
	const char *name, *text;
} infos[GAUGE_COUNT] = {
#define GAUGE(name, text) { #name, text },
#include "tbl/gauges.h"
#undef GAUGE
};

static int64_t unsettled(const struct gateway *g)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < g->n_workers; i++)
		n += __atomic_load_n(&g->workers[i]->settlements.n, __ATOMIC_RELAXED);
	return n;
}

static bool is_refused(const struct breaker *credential)
{
	return credential->cause == CAUSE_credential &&
	       (credential->state == BREAKER_open || credential->state == BREAKER_half);
}

static void count_credentials(const struct gateway *g, struct gauges *gauges)
{
	for (uint32_t i = 0; i < g->catalog->catalog->n_endpoints; i++) {
		enum gauge is = GAUGE_endpoints_usable;

		if (!g->catalog->usable[i])
			is = GAUGE_credentials_missing;
		else if (is_refused(&g->breakers->endpoints[i]))
			is = GAUGE_credentials_refused;
		gauges->n[is]++;
	}
}

struct gauges gauges_read(const struct gateway *g, int64_t in_flight)
{
	struct escrow_sums escrow = escrow_sums(g->shared.escrow);
	struct gauges gauges = { .n = {
					 [GAUGE_in_flight] = in_flight,
					 [GAUGE_epoch] = gateway_epoch(g),
					 [GAUGE_redis_up] = gateway_reaches_redis(g),
					 [GAUGE_unsettled] = unsettled(g),
					 [GAUGE_escrow_keys] = escrow.keys,
					 [GAUGE_escrow_nanos] = escrow.held_nanos,
				 } };

	count_credentials(g, &gauges);
	return gauges;
}

void gauges_json(struct buf *b, const struct gauges *gauges)
{
	for (int i = 0; i < GAUGE_COUNT; i++)
		buf_printf(b, "%s\"%s\":%lld", i ? "," : "", infos[i].name,
			   (long long)gauges->n[i]);
}

void gauges_prometheus(struct buf *b, const struct gauges *gauges)
{
	for (int i = 0; i < GAUGE_COUNT; i++) {
		buf_printf(b, "# HELP smartrouter_%s %s\n", infos[i].name, infos[i].text);
		buf_printf(b, "# TYPE smartrouter_%s gauge\n", infos[i].name);
		buf_printf(b, "smartrouter_%s %lld\n", infos[i].name, (long long)gauges->n[i]);
	}
}
