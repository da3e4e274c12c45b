/*
 * snapshot_build.h -- what gateways reported, as Redis added it up, made a snapshot.
 *
 * Pure. Begin with snapshot_new(), hand over everything there is in any order, finish.
 */
#ifndef CORE_SNAPSHOT_BUILD_H
#define CORE_SNAPSHOT_BUILD_H

#include "core/tally.h"
#include "model/facts.h"
#include "model/snapshot.h"

struct snapshot_build {
	struct snapshot *s;     /* (not owned) */
	int64_t now_us;         /* Redis' clock */
	struct sketch all;      /* lengths of all answers */
	struct sketch **models; /* of a model's; NULL = none */
	uint32_t warm_cap;
};

/* the longest "HASH TOKENS ENDPOINT MODEL" */
#define WARM_ENTRY_MAX 512

/* True: there was memory. What is built is written into s. */
bool snapshot_build_init(struct snapshot_build *b, struct snapshot *s, int64_t now_us) MUST_CHECK;

/* A tally of a vendor, by its name and text (core/tally.h). False: it says nothing any more, and
 * need not be kept. */
bool snapshot_build_tally(struct snapshot_build *b, struct str vendor, struct str name,
			  struct str text);

/* A beginning that an endpoint has in its cache, "HASH TOKENS ENDPOINT MODEL" */
void snapshot_build_warm(struct snapshot_build *b, struct str vendor, struct str entry,
			 int64_t until_s);
void warm_entry_write(const struct prefix *prefix, const struct target *target, struct buf *out);

/* False: there was not memory for all of it. */
bool snapshot_build_finish(struct snapshot_build *b) MUST_CHECK;

#endif
