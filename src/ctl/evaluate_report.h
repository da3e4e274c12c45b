/*
 * evaluate_report.h -- outcomes as tables for people, and as JSON for scripts.
 */
#ifndef CTL_EVALUATE_REPORT_H
#define CTL_EVALUATE_REPORT_H

#include "ctl/evaluate.h"

/* one pool, measured once */
void report_outcome(const struct pool *p, const struct desk *d, const struct outcome *o);
/* a JSON object */
void report_json(const struct pool *p, const struct desk *d, const struct outcome *o,
		 struct buf *out);

/* the same measures of several runs */
#define REPORT_RUNS_MAX 64

struct report_run {
	double measures[ROUTER_COUNT][6]; /* apgr, cpt50, cpt80, cost95, cost100, aiq */
	double guarded_points;            /* of quality, above the best single model */
	double guarded_cost;              /* share of its cost */
	double guarded_even;              /* points above the best model of no higher cost */
};

struct report_runs {
	char name[256]; /* of the pool */
	size_t prompts; /* of the first run */
	struct report_run runs[REPORT_RUNS_MAX];
	size_t n;
};

void report_add(struct report_runs *r, const struct pool *p, const struct outcome *o);
/* mean and standard deviation of each */
void report_runs_print(const struct report_runs *r);
void report_runs_json(const struct report_runs *r, struct buf *out);

#endif
