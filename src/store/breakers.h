/*
 * breakers.h -- the breakers of a vendor's endpoints, which the whole fleet shares: report what was
 * seen, ask to be the one who probes, read.
 */
#ifndef STORE_BREAKERS_H
#define STORE_BREAKERS_H

#include "model/breaker.h"
#include "store/hash_read.h"
#include "store/keys.h"

/* of one call, so that Redis is never held up for long */
#define BREAKER_ITEMS_MAX 8

struct breaker_item {
	struct str name;          /* breaker_name(); of one report each only once */
	int64_t add;              /* to its score */
	enum breaker_cause cause; /* if it opens */
	int64_t block_us;         /* the vendor asked to be left alone so long; 0 = it did not */
	enum breaker_what what;
	int64_t token; /* of the probe; 0 = none */
};

/* the fleet's rules: of the section `breakers` */
struct breaker_rules {
	int64_t trip; /* the score at which one opens */
	int64_t open_min_us, open_max_us, credential_us, slow_start_us, block_max_us;
	int64_t probes;
};

struct breaker_rules breaker_rules_of(const struct settings *s);

struct breaker_report {
	struct str vendor;
	struct breaker_rules rules;
	uint32_t chance; /* 0..1000 */
	const struct breaker_item *items;
	size_t n;
};

/* a line "STATE NAME" of each that changed; valid during the call. Not ok: it may have been taken.
 */
typedef void breakers_reported_f(void *who, bool ok, struct str changes);
void breakers_report(struct store *s, const struct breaker_report *report, breakers_reported_f *fn,
		     void *who);

/* token 0: somebody else probes or may do so since a failover, or it is not time yet; changes: as
 * above */
typedef void breakers_probe_f(void *who, int64_t token, struct str changes);
void breakers_probe(struct store *s, struct str vendor, struct str name, int64_t lease_us,
		    breakers_probe_f *fn, void *who);

/* Those that are not closed, or blocked, as core/breaker.h reads them; among them "#", the number
 * of changes, and "@", the history of the data. */
void breakers_read(struct store *s, struct str vendor, hash_read_f *fn, void *who);

/* Is it news of a vendor's breakers? */
bool breakers_news(struct str message, struct str *vendor_r) MUST_CHECK;

#endif
