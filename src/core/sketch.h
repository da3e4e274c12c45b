/*
 * sketch.h -- how times are distributed, in a fixed few hundred counters.
 *
 * A DDSketch of fixed gamma (arXiv 1908.10693): bucket i counts the times in
 * (gamma^(i-1), gamma^i] milliseconds, so that every quantile is right within 2 % and the sum
 * of two sketches is the sketch of both. Times below 1 ms count as 1 ms, above 600 s as 600 s.
 * Counts are doubles, for sums of weighted windows; those of sketch_add() are whole.
 */
#ifndef CORE_SKETCH_H
#define CORE_SKETCH_H

#include "base/buf.h"
#include "base/str.h"

#define SKETCH_BUCKETS  334
#define SKETCH_TEXT_MAX 8192 /* bytes that sketch_write() writes at most for counts below 1e15 */

/* all zero: empty */
struct sketch {
	double n; /* sum of the counts */
	double counts[SKETCH_BUCKETS];
};

void sketch_add(struct sketch *s, double ms);
/* adds all of `from`, each of its times counted `weight` times */
void sketch_merge(struct sketch *s, const struct sketch *from, double weight);
/* The time in ms that a share q (0..1) of all times do not pass; 0 when empty. */
double sketch_quantile(const struct sketch *s, double q);
/* Mean and variance, as if each time were the middle of its bucket; 0 when empty. */
void sketch_moments(const struct sketch *s, double *mean_r, double *var_r);

/* Counts that are not 0, as "bucket:count bucket:count ...", rounded to whole numbers. */
void sketch_write(const struct sketch *s, struct buf *out);
/* Adds what such a text says. False: it is not one, and nothing was added. */
bool sketch_read(struct sketch *s, struct str text) MUST_CHECK;
/* Adds count to a bucket; for readers of other forms. False: there is no such bucket, or no such
 * count. */
bool sketch_add_count(struct sketch *s, int64_t bucket, double count) MUST_CHECK;

#endif
