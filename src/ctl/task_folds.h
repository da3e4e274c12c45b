/*
 * task_folds.h -- how good a model is on prompts from sources that it has never seen.
 *
 * The groups are put into folds; the rows of each fold are judged by a model that learned
 * from the other folds. What is measured so is the only honest figure, and what the
 * confidence is calibrated by.
 */
#ifndef CTL_TASK_FOLDS_H
#define CTL_TASK_FOLDS_H

#include "ctl/task_fit.h"
#include "ctl/task_report.h"

/* Verdicts on all judged rows, and the sharpness with which their probabilities are honest; tells
 * its progress on standard error. Release v in either case. */
bool task_folds(struct task_rows *rows, const struct fit_options *options, uint32_t folds,
		struct verdicts *v, double *sharpness_r, struct fault *fault_r) MUST_CHECK;

#endif
