/*
 * breaker.h -- what an attempt says for or against a breaker, what Redis keeps of one, and how a
 * candidate stands by it.
 *
 * Pure. A breaker has a score: a failure adds to it, a good call takes from it, never below zero,
 * and when it reaches breakers.failures failures the breaker opens. The weights are those of the
 * sequential test (CUSUM, Page 1954) between 5 % and 30 % of failures: ln(0.30/0.05) for a failure
 * and ln(0.70/0.95) for a good call. So a share below 15 % never adds up, a hard failure opens in
 * as many calls as can be, and reports of gateways add up in any order.
 */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include "base/buf.h"
#include "model/breaker.h"
#include "model/plan.h"

/* thousandths. As many refusals for our rate as good calls are even: above that they add up. */
#define BREAKER_FAILURE   1792
#define BREAKER_GOOD      (-305)
#define BREAKER_THROTTLED 305

/* A breaker as Redis keeps it: "STATE CAUSE UNTIL SINCE OPENINGS TOKEN GOOD BLOCKED DIGEST", times
 * in microseconds. False: it is not one. */
bool breaker_read(struct str text, struct breaker *b_r) MUST_CHECK;

/* "ENDPOINT", or "ENDPOINT MODEL"; names have no spaces. Null: no such thing in the catalog. */
#define BREAKER_NAME_MAX 512
void breaker_name(const struct endpoint *e, const struct model *m, struct buf *out);
struct breaker *breakers_find(struct breakers *all, struct str vendor, struct str name);

/* may a probe go? */
bool breaker_is_due(const struct breaker *b, int64_t now_us);

/* what somebody may probe now: an endpoint by any of its targets, or the target alone */
struct probe_offer {
	const struct endpoint *endpoint;
	const struct target *target; /* NULL: any of the endpoint's */
};

struct standing_ask {
	const struct breakers *breakers; /* NULL: none are kept */
	const struct probe_offer *offers;
	uint32_t n_offers;
	int64_t now_us;  /* Redis' clock */
	uint32_t chance; /* the place of this request in a share: 0 is in the smallest */
};

/* for how long, with STANDING_blocked; else 0 */
enum standing standing_of(const struct standing_ask *ask, const struct target *t,
			  int64_t *blocked_ms_r);

/* How long may the first content of an answer take, before it is slow? 0: nobody knows. */
struct slow_ask {
	const struct terms *terms;
	bool stream;
	int64_t factor, floor_ms;
};
int64_t slow_after_ms(const struct slow_ask *ask);

#endif
