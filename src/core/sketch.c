/* sketch.c -- how times are distributed, in a fixed few hundred counters. */
#include "core/sketch.h"

#include <math.h>

#define ACCURACY  0.02
#define GAMMA     ((1 + ACCURACY) / (1 - ACCURACY))
#define COUNT_MAX 1e15 /* doubles below it are exact when whole */

static const double ln_gamma = 0.040005334613699206; /* log(GAMMA) */

static int bucket_of(double ms)
{
	if (!(ms > 1))
		return 0;
	double i = ceil(log(ms) / ln_gamma);

	return i < SKETCH_BUCKETS ? (int)i : SKETCH_BUCKETS - 1;
}

/* the time that is off by the same share from both ends of the bucket */
static double middle_of(int bucket)
{
	return bucket == 0 ? 1 : exp(bucket * ln_gamma) * 2 / (GAMMA + 1);
}

void sketch_add(struct sketch *s, double ms)
{
	s->counts[bucket_of(ms)]++;
	s->n++;
}

void sketch_merge(struct sketch *s, const struct sketch *from, double weight)
{
	for (int i = 0; i < SKETCH_BUCKETS; i++)
		s->counts[i] += from->counts[i] * weight;
	s->n += from->n * weight;
}

double sketch_quantile(const struct sketch *s, double q)
{
	double below = 0, wanted = q * s->n;
	int last = 0;

	if (!(s->n > 0))
		return 0;
	for (int i = 0; i < SKETCH_BUCKETS; i++) {
		if (!(s->counts[i] > 0))
			continue;
		below += s->counts[i];
		last = i;
		if (below >= wanted)
			break;
	}
	return middle_of(last);
}

void sketch_moments(const struct sketch *s, double *mean_r, double *var_r)
{
	double sum = 0, squares = 0;

	*mean_r = *var_r = 0;
	if (!(s->n > 0))
		return;
	for (int i = 0; i < SKETCH_BUCKETS; i++)
		if (s->counts[i] > 0)
			sum += s->counts[i] * middle_of(i);
	*mean_r = sum / s->n;
	for (int i = 0; i < SKETCH_BUCKETS; i++) {
		double off = middle_of(i) - *mean_r;

		if (s->counts[i] > 0)
			squares += s->counts[i] * off * off;
	}
	*var_r = squares / s->n;
}

void sketch_write(const struct sketch *s, struct buf *out)
{
	const char *space = "";

	for (int i = 0; i < SKETCH_BUCKETS; i++) {
		if (s->counts[i] < 0.5)
			continue;
		buf_printf(out, "%s%d:%.0f", space, i, s->counts[i]);
		space = " ";
	}
}

bool sketch_add_count(struct sketch *s, int64_t bucket, double count)
{
	if (bucket < 0 || bucket >= SKETCH_BUCKETS || !(count >= 0 && count <= COUNT_MAX))
		return false;
	s->counts[bucket] += count;
	s->n += count;
	return true;
}

bool sketch_read(struct sketch *s, struct str text)
{
	struct sketch told = { 0 };

	while (text.n > 0) {
		struct str count = str_cut(&text, ' '), bucket = str_cut(&count, ':');
		int64_t i, n;

		if (str_absent(count) || !str_i64(bucket, &i) || !str_i64(count, &n) ||
		    !sketch_add_count(&told, i, (double)n))
			return false;
	}
	sketch_merge(s, &told, 1);
	return true;
}
