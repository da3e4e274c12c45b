/*
 * task_fit.h -- learn a task model from rows, by LIBLINEAR.
 *
 * One linear function for each label against the rest (L2-regularised squared hinge loss).
 * What a model must not learn is where its prompts come from: only cues that several
 * groups share are looked at, and no source has more rows than the others may have.
 */
#ifndef CTL_TASK_FIT_H
#define CTL_TASK_FIT_H

#include "ctl/task_rows.h"

#define TASK_DAMPING 30.0 /* a short text says less: doc/task-model.md */

struct fit_options {
	double cost;      /* LIBLINEAR's C */
	uint32_t groups;  /* that must share a cue */
	uint32_t rows;    /* of one source and label at most */
	uint32_t cues;    /* of the model at most: those of the largest weights */
	double threshold; /* below it a task is "other" */
};

/* what was learned */
struct fit {
	uint32_t *cues; /* ascending */
	size_t n;
	float *weights; /* of a cue for each label, side by side */
	double biases[TASK_LABELS_MAX];
	uint32_t n_labels;
	double sharpness;
};

/* Learns from the rows with these numbers. Free the fit afterwards. False: no memory, or fewer than
 * two labels; *fault_r says. */
bool task_fit(const struct task_rows *rows, const size_t *chosen, size_t n,
	      const struct fit_options *options, struct fit *fit_r,
	      struct fault *fault_r) MUST_CHECK;
void task_fit_release(struct fit *fit);

/* How many of the rows in `chosen` may be used: puts those first that may, the same on every run.
 */
size_t task_fit_limit(const struct task_rows *rows, size_t *chosen, size_t n, uint32_t most);

/* The fit as a model file. card: members of its head, each with a comma before it. */
bool task_fit_write(const struct fit *fit, const struct task_rows *rows,
		    const struct fit_options *options, struct str card, struct buf *out) MUST_CHECK;
/* the same as a model, without the way over a file */
struct task_model *task_fit_model(const struct fit *fit, const struct task_rows *rows,
				  const struct fit_options *options,
				  struct fault *fault_r) MUST_CHECK;

#endif
