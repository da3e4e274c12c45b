/*
 * terms.h -- what a candidate would mean for a request: quality, cost, latency.
 *
 * Expectations for a choice, in floating point; what is reserved and charged is
 * counted elsewhere, in whole nano-dollars (core/price.h, core/charge.h).
 */
#ifndef MODEL_TERMS_H
#define MODEL_TERMS_H

#include <stdint.h>

/* what a term rests on more than on a prior */
enum known {
	KNOWN_QUALITY = 1 << 0, /* a figure for this task, or feedback */
	KNOWN_LATENCY = 1 << 1, /* the endpoint was seen answering lately */
	KNOWN_PRICE = 1 << 2,
	KNOWN_LENGTH = 1 << 3,  /* answers of the model were counted */
};

struct terms {
	double input, input_high;   /* tokens: expected; what is surely enough for a filter */
	double output, output_high; /* tokens of all choices, thinking included: expected; 90th percentile */
	double warm;                /* share of the input that the endpoint likely has in its cache */
	double cost_nanos;          /* expected, attempts that fail included */
	double quality, quality_se; /* 0..1 */
	double failure;             /* share of attempts that fail */
	double first_ms, first_high_ms; /* until the first token: median, 95th percentile */
	double total_ms, total_high_ms; /* until the whole answer */
	uint32_t known;             /* enum known */
};

#endif
