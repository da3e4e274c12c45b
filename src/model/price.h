/*
 * price.h -- what a model costs: rates by time window and prompt length.
 *
 * A price is a list of rates. A rate applies inside its window of the week (UTC)
 * and for prompts longer than its `above_input`; the whole request is charged at
 * one rate. core/price.h picks it.
 */
#ifndef MODEL_PRICE_H
#define MODEL_PRICE_H

#include "base/str.h"
#include "model/usage.h"

struct rate {
	uint8_t days;          /* bit 0 = Monday ... bit 6 = Sunday; 0x7F = every day */
	int16_t from_minute;   /* of the UTC day, [from, to) */
	int16_t to_minute;     /* 1440 = midnight */
	int64_t above_input;   /* for prompts of more tokens than this; -1 = any prompt */
	int64_t picos[USAGE_COUNT]; /* pico-dollars per token */
};

struct service_tier {
	struct str name;   /* "flex", "priority" */
	int32_t permille;  /* of the plain price */
};

struct price {
	struct str vendor, model;
	struct str source; /* where the figures come from */
	struct str date;   /* and when they were read */
	struct rate *rates; /* windows before the all-week rate, longer prompts first */
	uint32_t n_rates;
	struct service_tier *tiers;
	uint32_t n_tiers;
};

#endif
