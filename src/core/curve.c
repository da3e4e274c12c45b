/* curve.c -- what a router achieves, as a curve: quality over cost. */
#include "core/curve.h"

#include <stdlib.h>

static int by_cost(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	if (p->cost != q->cost)
		return p->cost < q->cost ? -1 : 1;
	return (p->quality > q->quality) - (p->quality < q->quality);
}

void curve_sort(struct curve *c)
{
	qsort(c->points, c->n, sizeof(*c->points), by_cost);
}

/* --- between two models --- */

struct call {
	double gain, better; /* foreseen, and what it was */
};

static int by_gain(const void *a, const void *b)
{
	const struct call *p = a, *q = b;

	return (p->gain < q->gain) - (p->gain > q->gain);
}

struct curve curve_of_gains(const double *gain, const double *weak, const double *strong, size_t n,
			    struct arena *a)
{
	struct call *calls = ARENA_ARRAY(a, struct call, n);
	struct curve c = { ARENA_ARRAY(a, struct point, n + 1), 0 };
	double sum = 0;

	if (!calls || !c.points)
		return c;
	for (size_t i = 0; i < n; i++) {
		calls[i] = (struct call){ gain[i], strong[i] - weak[i] };
		sum += weak[i];
	}
	qsort(calls, n, sizeof(*calls), by_gain);
	c.points[c.n++] = (struct point){ 0, sum / (double)n };
	for (size_t i = 0; i < n; i++) {
		sum += calls[i].better;
		if (i + 1 == n || calls[i + 1].gain != calls[i].gain)
			c.points[c.n++] = (struct point){ (double)(i + 1) / (double)n,
							  sum / (double)n };
	}
	return c;
}

double curve_apgr(const struct curve *c, double weak, double strong)
{
	return (curve_mean(c) - weak) / (strong - weak);
}

/* --- measures --- */

double curve_mean(const struct curve *c)
{
	double sum = 0, range = c->points[c->n - 1].cost - c->points[0].cost;

	for (size_t i = 1; i < c->n; i++)
		sum += (c->points[i].cost - c->points[i - 1].cost) *
		       (c->points[i].quality + c->points[i - 1].quality) / 2;
	return range > 0 ? sum / range : c->points[c->n - 1].quality;
}

double curve_reach(const struct curve *c, double quality)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct point *p = &c->points[i], *before = p - 1;

		if (p->quality < quality)
			continue;
		if (i == 0 || p->quality == before->quality)
			return p->cost;
		return before->cost + (p->cost - before->cost) * (quality - before->quality) /
					      (p->quality - before->quality);
	}
	return -1;
}

double curve_at(const struct curve *c, double cost)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct point *p = &c->points[i], *before = p - 1;

		if (p->cost < cost)
			continue;
		if (i == 0 || p->cost == before->cost)
			return p->quality;
		return before->quality + (p->quality - before->quality) * (cost - before->cost) /
						 (p->cost - before->cost);
	}
	return c->points[c->n - 1].quality;
}

/* Does b lie on or below the line from a to c? */
static bool sags(const struct point *a, const struct point *b, const struct point *c)
{
	return (b->quality - a->quality) * (c->cost - a->cost) <=
	       (c->quality - a->quality) * (b->cost - a->cost);
}

void curve_hull(struct curve *c)
{
	double last = c->points[c->n - 1].cost;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct point p = c->points[i];

		if (n > 0 && p.quality <= c->points[n - 1].quality)
			continue;
		if (n > 0 && p.cost == c->points[n - 1].cost)
			n--;
		while (n > 1 && sags(&c->points[n - 2], &c->points[n - 1], &p))
			n--;
		c->points[n++] = p;
	}
	/* what is not needed is not bought: flat to the end */
	if (c->points[n - 1].cost < last) {
		c->points[n] = (struct point){ last, c->points[n - 1].quality };
		n++;
	}
	c->n = n;
}
