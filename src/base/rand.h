/*
 * rand.h -- numbers that look random and can be repeated.
 *
 * For jitter, sampling and tests: the same seed gives the same numbers on every
 * machine, which libsodium's generator (used for secrets) must not. SplitMix64,
 * Steele, Lea, Flood 2014.
 */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stdint.h>

struct rnd {
	uint64_t state;
};

static inline struct rnd rnd_seed(uint64_t seed)
{
	return (struct rnd){ seed };
}

static inline uint64_t rnd_u64(struct rnd *r)
{
	uint64_t z = r->state += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

/* 0 <= result < bound; the bias below 2^-32 does not matter here */
static inline uint32_t rnd_below(struct rnd *r, uint32_t bound)
{
	return (uint32_t)((rnd_u64(r) >> 32) * bound >> 32);
}

/* value, give or take up to percent of it */
static inline int64_t rnd_jitter(struct rnd *r, int64_t value, uint32_t percent)
{
	int64_t span = value * percent / 100;

	return span > 0 ? value - span + (int64_t)(rnd_u64(r) % (uint64_t)(2 * span + 1)) : value;
}

#endif
