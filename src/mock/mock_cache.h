/*
 * mock_cache.h -- prompt caches of the vendors.
 *
 * What a request marks with cache_control is written, and read by the next one that
 * begins the same; where rules say `cache: prefix`, every repeated beginning is read
 * (OpenAI and DeepSeek: in steps of 128 tokens, OpenAI from 1,024, Qwen from 256).
 */
#ifndef MOCK_MOCK_CACHE_H
#define MOCK_MOCK_CACHE_H

#include "mock/mock_answer.h"

#define MOCK_CACHE_SLOTS 65536

struct mock_cache {
	uint64_t *hashes; /* MOCK_CACHE_SLOTS; a newer prefix takes an older one's place */
};

bool mock_cache_init(struct mock_cache *c) MUST_CHECK;
void mock_cache_release(struct mock_cache *c);
void mock_cache_reset(struct mock_cache *c);

/* What of the request's input is read and written; remembers it. Only the cache_*
 * members of *cached_r are filled. */
void mock_cache_ask(struct mock_cache *c, const struct mock_ask *ask, bool every_prefix,
		    struct mock_usage *cached_r);

#endif
