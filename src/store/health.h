/*
 * health.h -- what gateways saw of a vendor's answers: reported by each, added up in
 * Redis, read by the leading coordinator (doc/decision.md, "What gateways tell each
 * other").
 *
 * What is lost on the way is lost: health is a picture, not the books.
 */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include "core/tally.h"
#include "store/hash_read.h"
#include "store/keys.h"
#include "store/lease.h"

/* of one call, so that Redis is never held up for long */
#define HEALTH_TALLIES_MAX 8
#define HEALTH_WARM_MAX    24

struct health_tally {
	enum tally_kind kind;
	struct str name;   /* tally_name_write() */
	struct str counts; /* tally_write() */
};

struct health_warm {
	struct str entry; /* warm_entry_write() */
	int64_t until_s;
};

struct health_report {
	struct str vendor;
	struct health_tally tallies[HEALTH_TALLIES_MAX];
	size_t n_tallies;
	struct health_warm warm[HEALTH_WARM_MAX];
	size_t n_warm;
	int64_t most_warm; /* that are kept of the vendor */
};

/* ok: it was added. Not ok: it may have been. */
typedef void health_f(void *who, bool ok);
void health_report(struct store *s, const struct health_report *report, health_f *fn, void *who);

/* names and texts of tallies */
void health_tallies(struct store *s, struct str vendor, hash_read_f *fn, void *who);
/* valid during the call */
typedef void health_warm_f(void *who, bool ok, size_t n, const struct health_warm *warm);
void health_warm(struct store *s, struct str vendor, health_warm_f *fn, void *who);

/* these say nothing any more; what is reported at the same moment may go with them */
void health_forget(struct store *s, const struct lease *lease, struct str vendor, size_t n,
		   const struct str *names);

#endif
