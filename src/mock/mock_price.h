/*
 * mock_price.h -- what the vendors charge, by the mock's own arithmetic.
 *
 * Reads the same price list as the gateway (YAML or JSON: `prices: {vendor: {model:
 * ...}}`) but nothing of the gateway's code computes here: where the two sums
 * differ, one of them is wrong.
 *
 *   billed = ceil( sum of tokens x price per token ), in nano-dollars
 *
 * The whole request has one rate: that of the window of the week (UTC) in which it
 * came, and of the largest `above` that its input exceeds. A class without a price
 * costs what its fallback costs: reads from and writes to a cache the input's,
 * long-lived writes the other writes'.
 */
#ifndef MOCK_MOCK_PRICE_H
#define MOCK_MOCK_PRICE_H

#include "base/err.h"
#include "base/json.h"
#include "mock/mock_answer.h"

struct mock_prices {
	struct arena arena;
	struct buf text;
	struct json_doc doc;
};

void mock_prices_init(struct mock_prices *p);
void mock_prices_release(struct mock_prices *p);
/* name: of the file, for the fault */
bool mock_prices_read(struct mock_prices *p, const char *name, struct str text,
		      struct fault *fault_r) MUST_CHECK;

/* False: the model, or the service tier, has no price. arrived_s: Unix seconds. */
bool mock_price(const struct mock_prices *p, const struct mock_model *model, struct str tier,
		const struct mock_usage *u, int64_t arrived_s, int64_t *nanos_r) MUST_CHECK;

#endif
