/*
 * price.h -- tokens to money, rounded up once for each attempt.
 *
 * cost = ceil(sum over classes of tokens x pico-dollars / 1000) nano-dollars, in
 * 128-bit integers. Negative token counts count as 0; a cost beyond MONEY_MAX is
 * MONEY_MAX.
 */
#ifndef CORE_PRICE_H
#define CORE_PRICE_H

#include "model/money.h"
#include "model/price.h"

/* the rate for a prompt of input_tokens at a time (Unix seconds, UTC) */
const struct rate *price_rate(const struct price *p, int64_t input_tokens, int64_t now_s);

/* permille of a service tier by name; 1000 when tier is absent; -1 when it has no price */
int32_t price_tier(const struct price *p, struct str tier);

/* what the usage costs at that time */
int64_t price_cost(const struct price *p, const struct usage *u, int64_t now_s,
		   int32_t tier_permille);

/*
 * The dearest case, for a reservation: input_bound tokens at the dearest input
 * class of any rate that could apply between now and the end of the request, and
 * the price of one output token (pico-dollars) likewise. classes is the set of
 * usage classes that the request can come to (USAGE_ALL: any). So that for every
 * usage in these classes with input <= input_bound and output <= max:
 *   price_cost(...) <= fixed_nanos + ceil(output_picos * max / 1000).
 */
struct worst_price {
	int64_t fixed_nanos;
	int64_t output_picos;
};
struct worst_price price_worst(const struct price *p, int64_t input_bound, int32_t tier_permille,
			       uint32_t classes);
int64_t price_worst_total(const struct worst_price *w, int64_t max_tokens, int64_t n);

/* "0.1875" dollars per million tokens to 187500 pico-dollars per token; exact or false */
bool price_parse(struct str dollars_per_mtok, int64_t *picos_r);
/* "12.5" dollars to nano-dollars; at most nine decimals; exact or false */
bool money_parse(struct str dollars, int64_t *nanos_r);
/* nano-dollars as dollars: "0.000123", without useless zeros; returns dst */
const char *money_text(char dst[32], int64_t nanos);

#endif
