/* stats.c -- a worker's counters, counted, summed and shown. */
#include "gate/stats.h"

#include "base/log.h"
#include "core/breaker.h"

static const struct {
	const char *name, *text;
} infos[COUNT_COUNT] = {
#define COUNTER(name, text) { #name, text },
#include "tbl/counters.h"
#undef COUNTER
};

static void note_change(struct stats *s, struct str line)
{
	struct str name = line, state = str_cut(&name, ' ');

	if (str_is(state, breaker_state_name(BREAKER_open)))
		stats_count(s, COUNT_breakers_opened);
	else if (str_is(state, breaker_state_name(BREAKER_ramp)))
		stats_count(s, COUNT_breakers_ramped);
	log_say(LOG_WARN, "breaker", "%.*s: %.*s", STR_ARG(name), STR_ARG(state));
}

void stats_breakers_changed(struct stats *s, struct str changes)
{
	while (changes.n > 0)
		note_change(s, str_cut(&changes, '\n'));
}

void stats_sum(struct stats *sum_r, const struct stats *s)
{
	for (int i = 0; i < COUNT_COUNT; i++)
		sum_r->n[i] += __atomic_load_n(&s->n[i], __ATOMIC_RELAXED);
}

void stats_json(struct buf *b, const struct stats *s)
{
	for (int i = 0; i < COUNT_COUNT; i++)
		buf_printf(b, "%s\"%s\":%lld", i ? "," : "{", infos[i].name, (long long)s->n[i]);
	buf_addc(b, '}');
}

void stats_prometheus(struct buf *b, const struct stats *s)
{
	for (int i = 0; i < COUNT_COUNT; i++) {
		buf_printf(b, "# HELP smartrouter_%s_total %s\n", infos[i].name, infos[i].text);
		buf_printf(b, "# TYPE smartrouter_%s_total counter\n", infos[i].name);
		buf_printf(b, "smartrouter_%s_total %lld\n", infos[i].name, (long long)s->n[i]);
	}
}
