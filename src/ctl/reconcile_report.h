/*
 * reconcile_report.h -- what reconciling did, for people and for scripts.
 */
#ifndef CTL_RECONCILE_REPORT_H
#define CTL_RECONCILE_REPORT_H

#include "ctl/pending.h"
#include "ctl/records.h"

struct reconcile_sum {
	int64_t n[PENDING_GONE + 1]; /* attempts by enum pending_end; LEFT: in suspense only */
	int64_t left, left_nanos;    /* still in suspense, also those that may still run */
	int64_t moved_nanos;         /* charged, beyond what was charged before */
	int64_t estimates;           /* that stay estimates */
	struct pending_slices slices;
};

struct reconcile_sum reconcile_sum(struct pending *index, const struct pending_slices *slices);

/* dry: nothing was done, this is what would be. Returns an exit code. */
int reconcile_report(struct session *s, struct pending *index, const struct reconcile_sum *sum,
		     const struct records_sum *records, bool dry);

#endif
