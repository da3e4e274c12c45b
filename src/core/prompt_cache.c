/* prompt_cache.c -- how much of a prompt a vendor likely has in its cache. */
#include "core/prompt_cache.h"

#include <math.h>

static const struct {
	double least, unit;
	int64_t keeps_s;
} caches[DIALECT_COUNT] = {
#define PROMPT_CACHE(dialect, least_tokens, unit_tokens, keeps_s, source) \
	[DIALECT_##dialect] = { least_tokens, unit_tokens, keeps_s },
#include "tbl/prompt_caches.h"
#undef PROMPT_CACHE
};

int64_t prompt_cache_keeps_s(enum dialect_id dialect)
{
	return caches[dialect].keeps_s;
}

double prompt_cache_least(enum dialect_id dialect)
{
	return caches[dialect].least;
}

/* the entry of a beginning at a target; NULL: there is none */
static const struct warm *warm_find(const struct snapshot *s, uint64_t prefix, uint32_t target)
{
	uint32_t from = 0, to = s->n_warm;

	while (from < to) {
		uint32_t at = from + (to - from) / 2;
		const struct warm *w = &s->warm[at];

		if (w->prefix == prefix && w->target == target)
			return w;
		if (w->prefix < prefix || (w->prefix == prefix && w->target < target))
			from = at + 1;
		else
			to = at;
	}
	return NULL;
}

/* the share of the whole prompt, which is the last beginning, that the longest warm one is */
static double warm_share(const struct snapshot *s, const struct facts *f, uint32_t target)
{
	for (uint32_t i = f->n_prefixes; i > 0; i--) {
		const struct warm *w = warm_find(s, f->prefixes[i - 1].hash, target);

		if (w && w->until_s > f->at_s)
			return (double)f->prefixes[i - 1].tokens /
			       (double)f->prefixes[f->n_prefixes - 1].tokens;
	}
	return 0;
}

double prompt_cache_share(const struct snapshot *snapshot, const struct facts *facts,
			  uint32_t target, double input)
{
	enum dialect_id d = snapshot->catalog->targets[target].endpoint->dialect;
	double tokens;

	if (snapshot->n_warm == 0 || facts->n_prefixes == 0)
		return 0;
	tokens = warm_share(snapshot, facts, target) * input;
	tokens = floor(tokens / caches[d].unit) * caches[d].unit;
	return tokens >= caches[d].least && tokens > 0 ? fmin(tokens / input, 1) : 0;
}
