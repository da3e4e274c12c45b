/* walk.c -- whole, else clamped. */
#include "core/walk.h"

#include "core/price.h"

/* below this, Lua's numbers are exact (lua/include/walk.lua) */
#define EXACT (1LL << 53)

struct walk_terms walk_terms(const struct candidate *c)
{
	const struct worst_price price = { c->fixed_nanos, c->output_picos };
	int64_t whole = price_worst_total(&price, c->max_tokens, 1), most_picos;
	bool clamps = c->min_tokens < c->max_tokens &&
		      !__builtin_mul_overflow(c->output_picos, c->max_tokens, &most_picos) &&
		      most_picos < EXACT;

	return (struct walk_terms){ .whole = whole,
				    .fixed = clamps ? c->fixed_nanos : whole,
				    .picos = clamps ? c->output_picos : 0,
				    .most = c->max_tokens,
				    .least = clamps ? c->min_tokens : c->max_tokens };
}

static struct walk_grant grant(const struct plan *plan, uint32_t i, int64_t tokens, int64_t cost)
{
	const struct candidate *c = &plan->candidates[i];

	return (struct walk_grant){ .chosen = i,
				    .max_tokens = tokens,
				    .cost_nanos = cost,
				    .tokens = c->input_bound + c->choices * tokens };
}

/* the most output tokens that so much pays for, at most `most`; -1: it is never clamped */
static int64_t clamp(const struct walk_terms *t, int64_t free_nanos)
{
	__int128 tokens;

	if (t->picos <= 0 || free_nanos < t->fixed)
		return -1;
	tokens = (__int128)(free_nanos - t->fixed) * 1000 / t->picos;
	return tokens < t->most ? (int64_t)tokens : t->most;
}

bool walk_choose(const struct plan *plan, uint32_t from, int64_t free_nanos,
		 struct walk_grant *grant_r)
{
	for (uint32_t i = from; i < plan->n; i++) {
		struct walk_terms t = walk_terms(&plan->candidates[i]);

		if (t.whole <= free_nanos) {
			*grant_r = grant(plan, i, t.most, t.whole);
			return true;
		}
	}
	for (uint32_t i = from; i < plan->n; i++) {
		struct walk_terms t = walk_terms(&plan->candidates[i]);
		int64_t tokens = clamp(&t, free_nanos);

		if (tokens >= t.least) {
			*grant_r = grant(plan, i, tokens,
					 t.fixed + (t.picos * tokens + 999) / 1000);
			return true;
		}
	}
	return false;
}
