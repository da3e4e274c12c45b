/* small_quality_model.h -- a quality model of two models, two domains and three n-grams. */
#ifndef UNIT_SMALL_QUALITY_MODEL_H
#define UNIT_SMALL_QUALITY_MODEL_H

#include "core/quality_file.h"

/* n-gram 7 is what domain "sums" is about, n-gram 300 is what "poems" is about, 9 is in both; in
 * "sums" n-gram 9 makes the answers of "small" worse. Columns: 2 groups, 2 domains, 3 experts. */
static inline void small_quality_model(struct buf *out)
{
	static const unsigned char rows[] = {
		7,  0, 64, 127, 129, 127, 0,   0, 0,   0, /* sums */
		9,  0, 64, 0,   0,   50,  50,  0, 129, 0, /* both */
		44, 1, 64, 129, 127, 0,   127, 0, 0,   0, /* poems */
	};
	static double big[] = { 0.9, 0.9 }, small[] = { 0.6, 0.6 }, poet[] = { 0.7, 0.7 };
	struct quality_name models[] = { { STR("big"), 0.8, 200 }, { STR("small"), 0.6, 100 } };
	struct quality_group groups[] = {
		{ STR("sums"), 0, 100, { 64.0 / 127, 0, { 0 } } },
		{ STR("poems"), 1, 50, { 64.0 / 127, 0, { 0 } } },
	};
	struct quality_expert sums[] = {
		{ 0, 0.9, 0.5, 0.9, { 64.0 / 127, 0, { 0 } }, big },
		{ 1, 0.6, 0.5, 0.6, { 64.0 / 127, 0, { 0 } }, small },
	};
	struct quality_expert poems[] = { { 0, 0.7, 0.5, 0.7, { 64.0 / 127, 0, { 0 } }, poet } };
	struct quality_domain domains[] = {
		{ STR("sums"), 100, 64.0 / 127, 0.9, 0.6, 1, 0, sums, 2 },
		{ STR("poems"), 50, 64.0 / 127, 0.9, 0.6, 1, 0, poems, 1 },
	};
	struct quality_head head = { .rows = 3,
				     .columns = 7,
				     .sharpness = 40,
				     .unseen = 64,
				     .models = models,
				     .n_models = 2,
				     .groups = groups,
				     .n_groups = 2,
				     .domains = domains,
				     .n_domains = 2 };

	for (int i = 0; i < QUALITY_COUNTS; i++)
		head.spread[i] = 1;
	quality_file_write(&head, (struct str){ (const char *)rows, sizeof(rows) }, out);
}

#endif
