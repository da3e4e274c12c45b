/*
 * curve.h -- what a router achieves, as a curve: quality over cost.
 *
 * A point is what one setting of the router costs and achieves. Costs are in any unit, or
 * shares of calls. Pure; the measures are those of doc/evaluate.md.
 */
#ifndef CORE_CURVE_H
#define CORE_CURVE_H

#include "base/arena.h"

struct point {
	double cost, quality;
};

struct curve {
	struct point *points; /* cost never falls */
	size_t n;
};

/* sorts points by cost, those of one cost by quality */
void curve_sort(struct curve *c);

/*
 * The curve of a router between a weak and a strong model, over the share of calls that the
 * strong one gets: it gets those first whose gain is the greatest, equal ones together. All
 * three arrays have n > 0 elements. Memory in a; n = 0: there was none.
 */
struct curve curve_of_gains(const double *gain, const double *weak, const double *strong, size_t n,
			    struct arena *a);

/* the mean quality over all costs between the first point and the last, lines between points */
double curve_mean(const struct curve *c);
/* the least cost at which a quality is reached, on lines between points; -1: it is not */
double curve_reach(const struct curve *c, double quality);
/* the quality that may be had for a cost; beyond either end that of the end */
double curve_at(const struct curve *c, double cost);
/* Leaves the corners of its non-decreasing convex hull: what may be had by mixing settings. */
void curve_hull(struct curve *c);

/* average performance gap recovered: 0 the weak model, 1 the strong one; random calls get .5 */
double curve_apgr(const struct curve *c, double weak, double strong);

#endif
