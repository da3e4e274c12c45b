/*
 * vendor_limit.h -- what the headers of an answer say of a vendor's limits: is something used up,
 * and how long is it to be left alone then?
 *
 * Pure. Vendors tell when a bucket will be full again, not when there is something in it, so a
 * twentieth of that time is waited, in which a twentieth of it comes back.
 */
#ifndef CORE_VENDOR_LIMIT_H
#define CORE_VENDOR_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum vendor_limit {
#define VENDOR_LIMIT(name, remaining, reset) VENDOR_LIMIT_##name,
#include "tbl/vendor_limits.h"
#undef VENDOR_LIMIT
	VENDOR_LIMIT_COUNT
};

struct vendor_limits {
	struct {
		bool used_up;
		int64_t reset_ms; /* from now; 0 = not told */
	} of[VENDOR_LIMIT_COUNT];
};

/* A header of the answer; others, and what cannot be read, change nothing. now_s: Unix seconds. */
void vendor_limits_note(struct vendor_limits *l, struct str name, struct str value, int64_t now_s);

/* 0: nothing is used up */
int64_t vendor_limits_wait_ms(const struct vendor_limits *l);

/* "6m0s", "120ms", "1.5s", "12" (seconds) or "2026-11-22T20:00:00Z", to milliseconds from now; -1:
 * it is none of these, or longer than a day. What is past is 0. */
int64_t limit_reset_parse(struct str value, int64_t now_s);

#endif
