/* task_folds.c -- grouped cross-validation, and the confidence that it shows to be deserved. */
#include "ctl/task_folds.h"

#include <math.h>
#include <stdlib.h>

#include "ctl/say.h"

#define SHARPNESS_MOST 64.0
#define SHARPNESS_STEP 1.03

/* scores of all rows that are judged, before they are probabilities */
struct scores {
	double (*rows)[TASK_LABELS_MAX]; /* logarithms of probabilities at sharpness 1 */
	uint32_t n_labels;
};

/* --- which group is in which fold --- */

struct load {
	uint32_t group;
	size_t rows;
};

static int by_rows(const void *a, const void *b)
{
	const struct load *p = a, *q = b;

	if (p->rows != q->rows)
		return p->rows < q->rows ? 1 : -1;
	return (p->group > q->group) - (p->group < q->group);
}

/* the largest groups first, each into the fold that has the fewest rows; free the result */
static uint32_t *assign(const struct task_rows *rows, uint32_t folds)
{
	struct load *loads = calloc(rows->groups.n + 1, sizeof(*loads));
	uint32_t *fold_of = calloc(rows->groups.n + 1, sizeof(*fold_of));
	size_t *sizes = calloc(folds + 1, sizeof(*sizes));

	for (size_t i = 0; loads && i < rows->groups.n; i++)
		loads[i].group = (uint32_t)i;
	for (size_t i = 0; loads && i < rows->n; i++)
		loads[rows->list[i].group].rows += rows->list[i].judged;
	if (loads)
		qsort(loads, rows->groups.n, sizeof(*loads), by_rows);
	for (size_t i = 0; loads && fold_of && sizes && i < rows->groups.n; i++) {
		uint32_t least = 0;

		for (uint32_t k = 1; k < folds; k++)
			least = sizes[k] < sizes[least] ? k : least;
		fold_of[loads[i].group] = least;
		sizes[least] += loads[i].rows;
	}
	free(sizes);
	free(loads);
	return fold_of;
}

/* --- one fold --- */

static void score(const struct task_rows *rows, const struct task_model *m, const uint32_t *fold_of,
		  uint32_t fold, struct scores *s)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct task_row *row = &rows->list[i];

		if (!row->judged || fold_of[row->group] != fold)
			continue;
		task_scores(m, &row->question, s->rows[i]);
		for (uint32_t k = 0; k < s->n_labels; k++)
			s->rows[i][k] = log(s->rows[i][k] + 1e-300);
	}
}

static bool run_fold(struct task_rows *rows, const struct fit_options *options,
		     const uint32_t *fold_of, uint32_t fold, struct scores *s, struct fault *f)
{
	size_t *chosen = calloc(rows->n + 1, sizeof(*chosen)), n = 0;
	struct task_model *m = NULL;
	struct fit fit = { .n = 0 };

	for (size_t i = 0; chosen && i < rows->n; i++)
		if (!rows->list[i].judged || fold_of[rows->list[i].group] != fold)
			chosen[n++] = i;
	if (chosen)
		n = task_fit_limit(rows, chosen, n, options->rows);
	if (task_fit(rows, chosen, n, options, &fit, f))
		m = task_fit_model(&fit, rows, options, f);
	if (m)
		score(rows, m, fold_of, fold, s);
	task_fit_release(&fit);
	free(chosen);
	task_model_free(m);
	return m != NULL;
}

/* --- probabilities --- */

/* the likeliest label of a row, with its probability at a sharpness; *truth_r: that of its own
 * label */
static struct verdict judge(const struct task_row *row, const double *scores, uint32_t n,
			    double sharpness, double *truth_r)
{
	struct verdict v = { .row = row };
	double sum = 0;

	for (uint32_t k = 1; k < n; k++)
		v.said = scores[k] > scores[v.said] ? k : v.said;
	for (uint32_t k = 0; k < n; k++)
		sum += exp(sharpness * (scores[k] - scores[v.said]));
	v.p = 1 / sum;
	*truth_r = exp(sharpness * (scores[row->label] - scores[v.said])) / sum;
	return v;
}

/* The sharpness with which the rows' own labels are likeliest. Each group counts alike. */
static double sharpen(const struct task_rows *rows, const struct scores *s)
{
	size_t *sizes = calloc(rows->groups.n + 1, sizeof(*sizes));
	double best = 1, least = INFINITY, truth;

	for (size_t i = 0; sizes && i < rows->n; i++)
		sizes[rows->list[i].group] += rows->list[i].judged;
	for (double x = 0.25; sizes && x < SHARPNESS_MOST; x *= SHARPNESS_STEP) {
		double loss = 0;

		for (size_t i = 0; i < rows->n; i++) {
			const struct task_row *row = &rows->list[i];

			if (!row->judged)
				continue;
			judge(row, s->rows[i], s->n_labels, x, &truth);
			loss -= log(truth + 1e-12) / sqrt((double)sizes[row->group]);
		}
		if (loss < least) {
			least = loss;
			best = x;
		}
	}
	free(sizes);
	return best;
}

static bool judge_all(struct task_rows *rows, const struct scores *s, double sharpness,
		      struct verdicts *v)
{
	double truth;

	v->list = calloc(rows->n + 1, sizeof(*v->list));
	for (size_t i = 0; v->list && i < rows->n; i++)
		if (rows->list[i].judged)
			v->list[v->n++] = judge(&rows->list[i], s->rows[i], s->n_labels, sharpness,
						&truth);
	return v->list != NULL;
}

bool task_folds(struct task_rows *rows, const struct fit_options *options, uint32_t folds,
		struct verdicts *v, double *sharpness_r, struct fault *fault_r)
{
	struct scores s = { .n_labels = (uint32_t)rows->labels.n };
	uint32_t *fold_of = assign(rows, folds);
	bool fine = true;

	*v = (struct verdicts){ .rows = rows, .threshold = options->threshold };
	s.rows = calloc(rows->n + 1, sizeof(*s.rows));
	if (!fold_of || !s.rows) {
		fine = false;
		fault_set(fault_r, ERR_OVERLOAD, "", "no memory for the folds");
	}
	for (uint32_t fold = 0; fine && fold < folds; fold++) {
		say_note("fold %u of %u", fold + 1, folds);
		fine = run_fold(rows, options, fold_of, fold, &s, fault_r);
	}
	if (fine) {
		*sharpness_r = sharpen(rows, &s);
		fine = judge_all(rows, &s, *sharpness_r, v);
		verdicts_sort(v);
	}
	free(s.rows);
	free(fold_of);
	return fine;
}
