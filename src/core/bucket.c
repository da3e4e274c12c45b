/* bucket.c -- the leaky bucket. */
#include "core/bucket.h"

#define MINUTE 60000000LL

static int64_t level_at(const struct bucket *b, int64_t limit, int64_t now_us)
{
	int64_t passed = now_us > b->at_us ? now_us - b->at_us : 0;
	int64_t level = b->level < limit * MINUTE ? b->level : limit * MINUTE;

	/* after a minute it is empty, whatever it was */
	return passed >= MINUTE || passed * limit >= level ? 0 : level - passed * limit;
}

bool bucket_fits(const struct bucket *b, int64_t limit, int64_t n, int64_t now_us,
		 int64_t *retry_us_r)
{
	int64_t over;

	*retry_us_r = -1;
	if (n > limit || limit <= 0)
		return false;
	over = level_at(b, limit, now_us) + n * MINUTE - limit * MINUTE;
	*retry_us_r = over > 0 ? (over + limit - 1) / limit : 0;
	return over <= 0;
}

void bucket_add(struct bucket *b, int64_t limit, int64_t n, int64_t now_us)
{
	b->level = level_at(b, limit, now_us) + n * MINUTE;
	b->at_us = now_us;
}
