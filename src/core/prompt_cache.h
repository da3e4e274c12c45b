/*
 * prompt_cache.h -- how much of a prompt a vendor likely has in its cache.
 *
 * Pure. Gateways tell each other which beginnings of conversations they sent to which target
 * lately (snapshot->warm); the vendors' rules are tbl/prompt_caches.h.
 */
#ifndef CORE_PROMPT_CACHE_H
#define CORE_PROMPT_CACHE_H

#include "model/facts.h"
#include "model/snapshot.h"

/* seconds after its last use that a vendor keeps a prompt */
int64_t prompt_cache_keeps_s(enum dialect_id dialect);
/* tokens of a prompt below which nothing of it is kept */
double prompt_cache_least(enum dialect_id dialect);

/* The share 0..1 of a prompt of `input` tokens that the target (as the catalog counts it) likely
 * has in its cache. */
double prompt_cache_share(const struct snapshot *snapshot, const struct facts *facts,
			  uint32_t target, double input);

#endif
