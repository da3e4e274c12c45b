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

/* A breaker as Redis keeps it: "STATE CAUSE UNTIL SINCE OPENINGS TOKEN GOOD BLOCKED", times in
 * microseconds. False: it is not one. */
bool breaker_read(struct str text, struct breaker *b_r) MUST_CHECK;

/* "ENDPOINT" or "ENDPOINT MODEL", with " #DIGEST" behind it where it is a credential's; names have
 * no spaces. m: NULL: the endpoint's. */
#define BREAKER_NAME_MAX 512
void breaker_name(const struct endpoint *e, const struct model *m, uint32_t digest,
		  struct buf *out);

/* what a name stands for */
struct breaker_place {
	struct breaker *at; /* (not owned) */
	uint32_t endpoint;  /* by index */
	uint32_t digest;    /* of the credential; 0: it is everybody's */
};

/* False: there is no such thing in the catalog. */
bool breakers_find(struct breakers *all, struct str vendor, struct str name,
		   struct breaker_place *place_r) MUST_CHECK;
/* What a credential brought about comes before the other of the same place; a block counts of both.
 */
void breakers_put(struct breakers *all, const struct breaker_place *p, const struct breaker *b);

/* Is it of a credential that nobody has any more? retry_us: how often one is probed. */
bool breaker_is_nobodys(const struct breaker *b, int64_t now_us, int64_t retry_us) MUST_CHECK;

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

/* --- what came of a probe --- */

/* what it is to find out: is somebody there, is the model well, is the credential taken? */
enum probe_kind { PROBE_ENDPOINT, PROBE_TARGET, PROBE_CREDENTIAL };

struct vendor_fault;

struct probe_result {
	enum breaker_what what;
	enum breaker_cause cause; /* if it opens again */
};

struct probe_result probe_of_answer(enum probe_kind kind, bool slow);
/* status: of the answer; 0: there was none */
struct probe_result probe_of_fault(enum probe_kind kind, const struct vendor_fault *f, int status);
/* Can a request be a probe that must have content within so long? Surely enough, for the place is
 * no use to anybody else meanwhile. */
bool probe_fits(const struct terms *t, bool stream, int64_t left_ms) MUST_CHECK;

/* How long may the first content of an answer take, before it is slow? 0: nobody knows. */
struct slow_ask {
	const struct terms *terms;
	bool stream;
	int64_t factor, floor_ms;
};
int64_t slow_after_ms(const struct slow_ask *ask);

#endif
