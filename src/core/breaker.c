/* breaker.c -- read a breaker, and see how a candidate stands by it. */
#include "core/breaker.h"

#include <math.h>

/* the share of requests with which a slow start begins */
#define FIRST_SHARE 0.1

/* --- as Redis keeps it --- */

static bool state_read(struct str word, enum breaker_state *state_r)
{
	for (int i = 0; i < BREAKER_STATE_COUNT; i++) {
		if (!str_is(word, breaker_state_name((enum breaker_state)i)))
			continue;
		*state_r = (enum breaker_state)i;
		return true;
	}
	return false;
}

static bool cause_read(struct str word, enum breaker_cause *cause_r)
{
	for (int i = 0; i < BREAKER_CAUSE_COUNT; i++) {
		if (!str_is(word, breaker_cause_name((enum breaker_cause)i)))
			continue;
		*cause_r = (enum breaker_cause)i;
		return true;
	}
	return false;
}

bool breaker_read(struct str text, struct breaker *b_r)
{
	struct breaker b = { .state = BREAKER_closed };
	int64_t digest;
	int64_t *const numbers[] = { &b.until_us, &b.since_us,   &b.openings, &b.token,
				     &b.good,     &b.blocked_us, &digest };

	*b_r = b;
	if (!state_read(str_cut(&text, ' '), &b.state) || str_absent(text) ||
	    !cause_read(str_cut(&text, ' '), &b.cause))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (str_absent(text) || !str_i64(str_cut(&text, ' '), numbers[i]) ||
		    *numbers[i] < 0)
			return false;
	if (!str_absent(text) || digest > UINT32_MAX)
		return false;
	b.digest = (uint32_t)digest;
	*b_r = b;
	return true;
}

void breaker_name(const struct endpoint *e, const struct model *m, struct buf *out)
{
	buf_add(out, e->name);
	if (!m)
		return;
	buf_addc(out, ' ');
	buf_add(out, m->id);
}

struct breaker *breakers_find(struct breakers *all, struct str vendor, struct str name)
{
	const struct catalog *c = all->catalog;
	struct str model = name, endpoint = str_cut(&model, ' ');

	for (uint32_t i = 0; str_absent(model) && i < c->n_endpoints; i++)
		if (str_eq(c->endpoints[i].name, endpoint) &&
		    str_eq(c->endpoints[i].vendor, vendor))
			return &all->endpoints[i];
	for (uint32_t i = 0; !str_absent(model) && i < c->n_targets; i++)
		if (str_eq(c->targets[i].endpoint->name, endpoint) &&
		    str_eq(c->targets[i].model->id, model) &&
		    str_eq(c->targets[i].model->vendor, vendor))
			return &all->targets[i];
	return NULL;
}

/* --- what it means for a request --- */

bool breaker_is_due(const struct breaker *b, int64_t now_us)
{
	return (b->state == BREAKER_open || b->state == BREAKER_half) && now_us >= b->until_us &&
	       now_us >= b->blocked_us;
}

static bool is_in_share(const struct standing_ask *ask, const struct breaker *b)
{
	double grown = 1, age_us = (double)(ask->now_us - b->since_us);

	if (ask->breakers->slow_start_us > 0)
		grown = fmax(age_us, 0) / (double)ask->breakers->slow_start_us;
	return (double)ask->chance / UINT32_MAX <= FIRST_SHARE + (1 - FIRST_SHARE) * grown;
}

static enum standing by_breaker(const struct standing_ask *ask, const struct breaker *b,
				bool offered)
{
	if (ask->now_us < b->blocked_us)
		return STANDING_blocked;
	switch (b->state) {
	case BREAKER_open:
	case BREAKER_half:
		if (offered)
			return STANDING_probe;
		return b->cause == CAUSE_credential ? STANDING_out : STANDING_open;
	case BREAKER_ramp: return is_in_share(ask, b) ? STANDING_fine : STANDING_slow_start;
	default: return STANDING_fine;
	}
}

static bool is_offered(const struct standing_ask *ask, const struct endpoint *e,
		       const struct target *t)
{
	for (uint32_t i = 0; i < ask->n_offers; i++)
		if (ask->offers[i].endpoint == e && ask->offers[i].target == t)
			return true;
	return false;
}

enum standing standing_of(const struct standing_ask *ask, const struct target *t,
			  int64_t *blocked_ms_r)
{
	const struct breakers *all = ask->breakers;
	const struct breaker *here, *there;
	enum standing at_target, at_endpoint;
	int64_t blocked_us;

	*blocked_ms_r = 0;
	if (!all || !all->any)
		return STANDING_fine;
	there = &all->endpoints[t->endpoint->index];
	here = &all->targets[t - all->catalog->targets];
	at_endpoint = by_breaker(ask, there, is_offered(ask, t->endpoint, NULL));
	at_target = by_breaker(ask, here, is_offered(ask, t->endpoint, t));
	blocked_us = here->blocked_us > there->blocked_us ? here->blocked_us : there->blocked_us;
	if (blocked_us > ask->now_us)
		*blocked_ms_r = (blocked_us - ask->now_us + 999) / 1000;
	return at_target > at_endpoint ? at_target : at_endpoint;
}

/* --- slow --- */

int64_t slow_after_ms(const struct slow_ask *ask)
{
	double usual = ask->stream ? ask->terms->first_high_ms : ask->terms->total_high_ms;
	int64_t ms;

	if (!(ask->terms->known & KNOWN_LATENCY) || !(usual > 0 && usual < 1e9))
		return 0;
	ms = llround(usual * (double)ask->factor);
	return ms > ask->floor_ms ? ms : ask->floor_ms;
}
