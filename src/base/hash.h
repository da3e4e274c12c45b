/*
 * hash.h -- 64 bits that tell long texts apart, eight bytes at a step.
 *
 * For what gateways compare with each other: the same bytes in the same pieces give
 * the same hash in every process of a fleet (of one byte order). Not for secrets, and
 * not against somebody who wants two texts to collide.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

static inline uint64_t hash_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio */
	return hash ^ (hash >> 32);
}

/* The hash of what was hashed before and then s. Begin with any number; how the text is cut into
 * pieces is part of it. */
static inline uint64_t hash_bytes(uint64_t hash, struct str s)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= s.n; i += sizeof(word)) {
		memcpy(&word, s.p + i, sizeof(word));
		hash = hash_word(hash, word);
	}
	word = 0;
	if (i < s.n)
		memcpy(&word, s.p + i, s.n - i);
	return hash_word(hash_word(hash, word), s.n);
}

#endif
