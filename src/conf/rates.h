/*
 * rates.h -- the rates of one price, put together from the file.
 */
#ifndef CONF_RATES_H
#define CONF_RATES_H

#include "conf/fleet.h"

#define RATES_MAX 256 /* of a price */

struct rates {
	struct fleet *f;
	const char *path; /* "prices.openai.gpt-4o" */
	struct rate list[RATES_MAX];
	const struct node *at[RATES_MAX]; /* where each stands */
	uint32_t n;
};

/* The price of the whole week, and what it is above some input lengths. */
void rates_add_week(struct rates *r, const struct entry *entry, const struct price_fields *in);
/* The windows, which must not overlap. */
void rates_add_windows(struct rates *r, const struct node *windows);
/* In the order core/price.c wants them, into the catalog. */
void rates_take(struct rates *r, struct price *p);

#endif
