/*
 * charge.h -- what an attempt is charged, by what is known of it.
 *
 * Pure. The order of trust: the vendor's own final figures; an estimate from what
 * was seen, marked as one; "unknown", which goes to suspense. What the vendor
 * cannot have seen, or refused before any content, costs nothing; where the refusal
 * came with a 200 that is an estimate, which the vendor's records may correct. So is a
 * figure above the dearest case, which either the vendor or our bound got wrong.
 */
#ifndef CORE_CHARGE_H
#define CORE_CHARGE_H

#include "model/catalog.h"
#include "model/usage.h"

struct charge_ask {
	const struct price *price; /* NULL: costs nothing */
	struct str tier; /* service tier that was used, or asked for; absent: the plain one */
	int64_t reserved_nanos; /* what is at stake when nobody knows */
	bool unsent;            /* the vendor cannot have seen the request */
	bool refused;           /* it said no before any content */
	bool accepted;          /* ... but with a 200: it may have worked, and bill, all the same */
	bool whole;             /* the answer came to its end */
	struct usage usage;     /* as far as the vendor told */
	int64_t likely_input;   /* tokens of the prompt, where the vendor told none */
	int64_t text_bytes;     /* of the answer that were seen */
	int64_t hidden_output;  /* tokens that may have been generated and not shown */
	int64_t at_s;           /* when the vendor was called, Unix seconds */
};

struct charge_answer {
	bool unknown;
	bool estimated;
	int64_t cost_nanos; /* unknown: what is at stake */
	struct usage usage;
};

struct charge_answer charge_decide(const struct charge_ask *ask);

#endif
