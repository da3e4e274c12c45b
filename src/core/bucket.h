/*
 * bucket.h -- a rate per minute as a leaky bucket, as lua/include/gcra.lua counts it, for one
 * gateway alone. Full at a whole minute's worth; drains by the limit.
 */
#ifndef CORE_BUCKET_H
#define CORE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* begins as zeros: empty */
struct bucket {
	int64_t level; /* 60,000,000ths of a request or token */
	int64_t at_us;
};

/* Would n more fit? If not, *retry_us_r says after how long they will; -1: never. */
bool bucket_fits(const struct bucket *b, int64_t limit, int64_t n, int64_t now_us,
		 int64_t *retry_us_r) MUST_CHECK;
void bucket_add(struct bucket *b, int64_t limit, int64_t n, int64_t now_us);

#endif
