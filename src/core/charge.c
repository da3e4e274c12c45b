/* charge.c -- what an attempt is charged, by what is known of it. */
#include "core/charge.h"

#include "core/price.h"
#include "core/tokens.h"

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Did the vendor tell what it counted, and can it be true? There is no empty prompt, and no text of
 * no tokens. */
static bool is_told(const struct charge_ask *ask)
{
	const struct usage *u = &ask->usage;

	return ask->whole && u->seen && !u->estimated && usage_input(u) > 0 &&
	       (usage_output(u) > 0 || ask->text_bytes == 0);
}

/* The vendor broke off or told nothing: never below what it did tell. */
static struct usage estimate(const struct charge_ask *ask)
{
	struct usage u = ask->usage;

	if (usage_input(&u) == 0)
		u.tokens[USAGE_input] = ask->likely_input;
	u.tokens[USAGE_output] = larger(u.tokens[USAGE_output], tokens_likely(ask->text_bytes));
	u.tokens[USAGE_output] = larger(u.tokens[USAGE_output], ask->hidden_output);
	u.estimated = true;
	return u;
}

static int32_t tier_permille(const struct charge_ask *ask)
{
	int32_t permille = price_tier(ask->price, ask->tier);

	return permille < 0 ? 1000 : permille;
}

struct charge_answer charge_decide(const struct charge_ask *ask)
{
	struct charge_answer c = { .usage = ask->usage };

	if (ask->unsent || ask->refused) {
		c.estimated = ask->refused && ask->accepted;
		return c;
	}
	if (!is_told(ask)) {
		if (ask->text_bytes == 0 && !ask->usage.seen && !ask->whole) {
			c.unknown = true;
			c.cost_nanos = ask->reserved_nanos;
			return c;
		}
		c.estimated = true;
		c.usage = estimate(ask);
	}
	if (ask->price)
		c.cost_nanos = price_cost(ask->price, &c.usage, ask->at_s, tier_permille(ask));
	c.estimated |= c.cost_nanos > ask->reserved_nanos;
	return c;
}
