/*
 * quality_train.h -- a quality model from samples.
 *
 * What each part says of a prompt is weighed by what came true of it on prompts that it was not
 * trained on (five folds), so that a part that has learned nothing counts for nothing.
 */
#ifndef CTL_QUALITY_TRAIN_H
#define CTL_QUALITY_TRAIN_H

#include "ctl/quality_table.h"

/* done of `all` steps */
typedef void train_progress_f(uint32_t done, uint32_t all);

/*
 * The file of a quality model (core/quality_file.h). seed: of the folds. progress: NULL is fine.
 * False: *fault_r says why not.
 */
bool quality_train(const struct samples *s, uint64_t seed, train_progress_f *progress,
		   struct buf *out, struct fault *fault_r) MUST_CHECK;

#endif
