/*
 * verdict.h -- the answer of admission.
 */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include "model/payer.h"

enum verdict_kind {
	VERDICT_OK,
	VERDICT_LATE,        /* it reached Redis after its not_after; nothing was done */
	VERDICT_BARRIER,     /* Redis failed over: ask again within retry_ms */
	VERDICT_STALE,       /* the payer's records have changed: read them again */
	VERDICT_BLOCKED,     /* scope */
	VERDICT_EXPIRED,     /* the key */
	VERDICT_PERIOD,      /* the period is over: ask again with now_us */
	VERDICT_CONCURRENCY, /* scope, limit */
	VERDICT_RATE,        /* scope, rate, limit, retry_ms */
	VERDICT_RATE_SIZE,   /* scope, rate, limit: larger than the limit allows at all */
	VERDICT_BUDGET,      /* scope, period, limit, free_nanos, free_later_nanos, needed_nanos */
	VERDICT_DONE,        /* this request, or this attempt of it, has ended already */
	VERDICT_NO_STORE,    /* Redis gave no answer: nothing, or an open reservation, is left */
};

struct verdict {
	enum verdict_kind kind;
	int32_t attempt;         /* which was asked for; settle it at 0 when there was no answer */
	bool unsent;             /* VERDICT_NO_STORE: Redis cannot have seen it; nothing is left to settle */
	int64_t now_us;          /* Redis' clock; 0 without an answer */

	/* VERDICT_OK */
	uint32_t chosen;         /* index in the plan */
	int64_t max_tokens;      /* granted; below what was wanted when clamped */
	int64_t reserved_nanos;
	char escrow[48];         /* what pays while Redis is away (store/books.h); "" = it is reserved */
	int64_t left_nanos;      /* of the tightest budget, after this reservation; -1 no budget */
	int64_t pace_micros;     /* the largest of the budgets, millionths; -1 = none is known */
	struct {
		int64_t limit, remaining, reset_ms; /* limit -1: none */
	} rate[RATE_COUNT];      /* of the scope that is closest to its limit */

	/* denials */
	enum scope scope;
	enum period period;
	enum rate_kind rate_kind;
	int64_t limit;
	int64_t free_nanos;       /* now */
	int64_t free_later_nanos; /* if everything in flight settled at nothing */
	int64_t needed_nanos;     /* of the cheapest candidate */
	int64_t retry_ms;
};

#endif
