/* breaker.c -- read a breaker, and see how a candidate stands by it. */
#include "core/breaker.h"

#include <math.h>

#include "core/dialect.h"

/* Whoever has a credential that was refused probes it: after so many times of which none did,
 * nobody has it. lua/breaker_report.lua forgets it then. */
#define NOBODYS_RETRIES 4

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
	int64_t *const numbers[] = { &b.until_us, &b.since_us, &b.openings,
				     &b.token,    &b.good,     &b.blocked_us };

	*b_r = b;
	if (!state_read(str_cut(&text, ' '), &b.state) || str_absent(text) ||
	    !cause_read(str_cut(&text, ' '), &b.cause))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (str_absent(text) || !str_i64(str_cut(&text, ' '), numbers[i]) ||
		    *numbers[i] < 0)
			return false;
	if (!str_absent(text))
		return false;
	*b_r = b;
	return true;
}

/* --- names --- */

void breaker_name(const struct endpoint *e, const struct model *m, uint32_t digest, struct buf *out)
{
	buf_add(out, e->name);
	if (m) {
		buf_addc(out, ' ');
		buf_add(out, m->id);
	}
	if (digest)
		buf_printf(out, " #%u", (unsigned)digest);
}

static bool digest_read(struct str word, uint32_t *digest_r)
{
	int64_t n;

	if (!str_starts(word, STR("#")) || !str_i64(str_sub(word, 1, word.n), &n) || n < 1 ||
	    n > UINT32_MAX)
		return false;
	*digest_r = (uint32_t)n;
	return true;
}

static struct breaker *endpoint_find(struct breakers *all, struct str vendor, struct str endpoint,
				     uint32_t *index_r)
{
	const struct catalog *c = all->catalog;

	for (uint32_t i = 0; i < c->n_endpoints; i++) {
		if (!str_eq(c->endpoints[i].name, endpoint) ||
		    !str_eq(c->endpoints[i].vendor, vendor))
			continue;
		*index_r = i;
		return &all->endpoints[i];
	}
	return NULL;
}

static struct breaker *target_find(struct breakers *all, uint32_t endpoint, struct str model)
{
	const struct catalog *c = all->catalog;

	for (uint32_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].endpoint->index == endpoint &&
		    str_eq(c->targets[i].model->id, model))
			return &all->targets[i];
	return NULL;
}

bool breakers_find(struct breakers *all, struct str vendor, struct str name,
		   struct breaker_place *place_r)
{
	struct str rest = name, endpoint = str_cut(&rest, ' '), model = STR_NONE;
	struct breaker_place p = { 0 };

	if (!str_absent(rest) && !digest_read(rest, &p.digest)) {
		model = str_cut(&rest, ' ');
		if (!str_absent(rest) && !digest_read(rest, &p.digest))
			return false;
	}
	p.at = endpoint_find(all, vendor, endpoint, &p.endpoint);
	if (p.at && !str_absent(model))
		p.at = target_find(all, p.endpoint, model);
	*place_r = p;
	return p.at != NULL;
}

void breakers_put(struct breakers *all, const struct breaker_place *p, const struct breaker *b)
{
	int64_t blocked_us = p->at->blocked_us > b->blocked_us ? p->at->blocked_us : b->blocked_us;

	if (!p->at->digest) {
		*p->at = *b;
		p->at->digest = p->digest;
	}
	p->at->blocked_us = blocked_us;
	all->any = true;
}

bool breaker_is_nobodys(const struct breaker *b, int64_t now_us, int64_t retry_us)
{
	return b->cause == CAUSE_credential && now_us >= b->until_us + NOBODYS_RETRIES * retry_us;
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

/* --- probes --- */

struct probe_result probe_of_answer(enum probe_kind kind, bool slow)
{
	bool bad = slow && kind != PROBE_CREDENTIAL;

	return (struct probe_result){ bad ? PROBE_BAD : PROBE_GOOD, CAUSE_slow };
}

/* A vendor that finds the request wrong is there, and took the credential. */
static enum breaker_what what_of_fault(enum probe_kind kind, const struct vendor_fault *f,
				       int status)
{
	if (f->credential == CRED_OUT && kind == PROBE_ENDPOINT)
		return PROBE_GOOD; /* it can be reached */
	if (f->credential == CRED_OUT)
		return kind == PROBE_CREDENTIAL ? PROBE_BAD : PROBE_GONE;
	if (f->health)
		return kind == PROBE_CREDENTIAL ? PROBE_GONE : PROBE_BAD;
	return status == 0 || f->credential == CRED_COOL ? PROBE_GONE : PROBE_GOOD;
}

struct probe_result probe_of_fault(enum probe_kind kind, const struct vendor_fault *f, int status)
{
	enum breaker_cause cause = kind == PROBE_CREDENTIAL ? CAUSE_credential : CAUSE_failed;

	return (struct probe_result){ what_of_fault(kind, f, status), cause };
}

bool probe_fits(const struct terms *t, bool stream, int64_t left_ms)
{
	return (stream ? t->first_high_ms : t->total_high_ms) <= (double)left_ms;
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
