/* task_fit.c -- choose the rows and cues that are learned from, and let LIBLINEAR learn. */
#include "ctl/task_fit.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>

#include "base/rand.h"

#define BIAS 0.3 /* the constant that every row has: small, so that biases stay small */
#define STOP 0.05
#define SEED 1

/* --- rows --- */

static void shuffle(size_t *list, size_t n)
{
	struct rnd random = rnd_seed(SEED);

	for (size_t i = n; i > 1; i--) {
		size_t other = rnd_below(&random, (uint32_t)i), was = list[i - 1];

		list[i - 1] = list[other];
		list[other] = was;
	}
}

size_t task_fit_limit(const struct task_rows *rows, size_t *chosen, size_t n, uint32_t most)
{
	size_t cells = rows->sources.n * rows->labels.n, kept = 0;
	uint32_t *counts = calloc(cells + 1, sizeof(*counts));

	shuffle(chosen, n);
	for (size_t i = 0; counts && i < n; i++) {
		const struct task_row *row = &rows->list[chosen[i]];
		uint32_t *count = &counts[row->source * rows->labels.n + row->label];
		size_t was = chosen[kept];

		if ((*count)++ >= most)
			continue;
		chosen[kept++] = chosen[i];
		chosen[i] = was;
	}
	free(counts);
	return kept;
}

/* --- cues --- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* keeps of sorted pairs (cue, group) the cues that enough groups have; returns how many */
static size_t count_groups(const uint64_t *pairs, size_t n, uint32_t least, uint32_t *cues)
{
	size_t kept = 0;

	for (size_t i = 0; i < n;) {
		uint32_t cue = (uint32_t)(pairs[i] >> 32), groups = 0;

		for (size_t k = i; i < n && (uint32_t)(pairs[i] >> 32) == cue; i++)
			groups += i == k || pairs[i] != pairs[i - 1];
		if (groups >= least)
			cues[kept++] = cue;
	}
	return kept;
}

/* the cues that are learned from, ascending */
static bool choose_cues(const struct task_rows *rows, const size_t *chosen, size_t n,
			uint32_t groups, struct fit *fit)
{
	uint64_t *pairs;
	size_t most = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		most += rows->list[chosen[i]].question.n_cues;
	pairs = calloc(most + 1, sizeof(*pairs));
	fit->cues = calloc(most + 1, sizeof(*fit->cues));
	if (!pairs || !fit->cues) {
		free(pairs);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		const struct task_row *row = &rows->list[chosen[i]];

		for (uint32_t k = 0; k < row->question.n_cues; k++)
			pairs[at++] = (uint64_t)row->question.cues[k] << 32 | row->group;
	}
	qsort(pairs, at, sizeof(*pairs), by_value);
	fit->n = count_groups(pairs, at, groups, fit->cues);
	free(pairs);
	return true;
}

static int by_cue(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* --- LIBLINEAR --- */

struct vectors {
	struct feature_node **rows;
	struct feature_node *nodes;
	double *labels;
};

static void vectors_release(struct vectors *v)
{
	free(v->rows);
	free(v->nodes);
	free(v->labels);
}

/* a row's cues as a vector of length one, nearly; returns how many nodes it takes */
static size_t fill_row(struct feature_node *to, const struct grams *g, const struct fit *fit)
{
	size_t n = 0;
	double value;

	for (uint32_t i = 0; i < g->n_cues; i++) {
		const uint32_t *cue = bsearch(&g->cues[i], fit->cues, fit->n, sizeof(*fit->cues),
					      by_cue);

		if (cue)
			to[n++].index = (int)(cue - fit->cues) + 1;
	}
	value = 1 / sqrt((double)n + TASK_DAMPING);
	for (size_t i = 0; i < n; i++)
		to[i].value = value;
	to[n++] = (struct feature_node){ (int)fit->n + 1, BIAS };
	to[n++] = (struct feature_node){ -1, 0 };
	return n;
}

static bool vectors_fill(struct vectors *v, const struct task_rows *rows, const size_t *chosen,
			 size_t n, const struct fit *fit)
{
	size_t most = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		most += rows->list[chosen[i]].question.n_cues + 2;
	v->rows = calloc(n + 1, sizeof(*v->rows));
	v->labels = calloc(n + 1, sizeof(*v->labels));
	v->nodes = calloc(most + 1, sizeof(*v->nodes));
	if (!v->rows || !v->labels || !v->nodes)
		return false;
	for (size_t i = 0; i < n; i++) {
		v->rows[i] = v->nodes + at;
		v->labels[i] = rows->list[chosen[i]].label;
		at += fill_row(v->rows[i], &rows->list[chosen[i]].question, fit);
	}
	return true;
}

/* w of LIBLINEAR: for each column the weights of all of its classes; of two classes, only one */
static double weight_of(const struct model *m, size_t column, int class)
{
	if (m->nr_class > 2)
		return m->w[column * (size_t)m->nr_class + (size_t) class];
	return class ? -m->w[column] : m->w[column];
}

static bool take_weights(const struct model *m, struct fit *fit)
{
	fit->weights = calloc(fit->n * fit->n_labels + 1, sizeof(*fit->weights));
	if (!fit->weights)
		return false;
	for (uint32_t k = 0; k < fit->n_labels; k++)
		fit->biases[k] = -1; /* of a label that no row had */
	for (int c = 0; c < m->nr_class; c++) {
		uint32_t label = (uint32_t)m->label[c];

		for (size_t i = 0; i < fit->n; i++)
			fit->weights[i * fit->n_labels + label] = (float)weight_of(m, i, c);
		fit->biases[label] = weight_of(m, fit->n, c) * BIAS;
	}
	return true;
}

static void quiet(const char *text)
{
	(void)text;
}

static bool learn(const struct vectors *v, size_t n, double cost, struct fit *fit)
{
	struct problem problem = {
		.l = (int)n, .n = (int)fit->n + 1, .y = v->labels, .x = v->rows, .bias = -1
	};
	struct parameter how = { .solver_type = L2R_L2LOSS_SVC_DUAL, .C = cost, .eps = STOP };
	struct model *m;
	bool fine;

	set_print_string_function(quiet);
	srand(SEED); /* LIBLINEAR draws by lot, and the same rows shall give the same model */
	m = train(&problem, &how);
	if (!m)
		return false;
	fine = m->nr_class > 1 && take_weights(m, fit);
	free_and_destroy_model(&m);
	return fine;
}

bool task_fit(const struct task_rows *rows, const size_t *chosen, size_t n,
	      const struct fit_options *options, struct fit *fit_r, struct fault *fault_r)
{
	struct vectors v = { NULL, NULL, NULL };
	bool fine;

	*fit_r = (struct fit){ .n_labels = (uint32_t)rows->labels.n, .sharpness = 1 };
	if (rows->labels.n < 2 || rows->labels.n > TASK_LABELS_MAX) {
		fault_set(fault_r, ERR_VALUE, "", "a task model has 2 to %d labels, here are %zu",
			  TASK_LABELS_MAX, rows->labels.n);
		return false;
	}
	fine = choose_cues(rows, chosen, n, options->groups, fit_r) && fit_r->n > 0 &&
	       vectors_fill(&v, rows, chosen, n, fit_r) && learn(&v, n, options->cost, fit_r);
	vectors_release(&v);
	if (!fine) {
		fault_set(
			fault_r, ERR_VALUE, "",
			"nothing could be learned from %zu prompts: too little memory, or nothing "
			"that %u sources share",
			n, options->groups);
		task_fit_release(fit_r);
	}
	return fine;
}

void task_fit_release(struct fit *fit)
{
	free(fit->cues);
	free(fit->weights);
	*fit = (struct fit){ .n = 0 };
}
