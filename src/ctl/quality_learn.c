/*
 * quality_learn.c -- linear functions of prompts, learned by LIBLINEAR.
 *
 * LIBLINEAR draws from the C library's numbers, which vectors_new() seeds, so that the same tables
 * give the same model.
 */
#include "ctl/quality_learn.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>

#define BIAS         1.0
#define STOP_ODDS    0.01
#define STOP_CLASSES 0.1

struct vectors {
	struct feature_node **rows;
	struct feature_node *nodes;
	size_t n;
};

static void quiet(const char *text)
{
	(void)text;
}

/* --- vectors --- */

static size_t fill_row(struct feature_node *to, const struct sample *s,
		       const struct quality_head *h, const uint8_t *rarity)
{
	double squares = 0, length;
	size_t n = 0;

	for (uint32_t i = 0; i < s->question.n; i++) {
		double r = rarity[s->question.at[i]];

		squares += r > 0 ? r * r : h->unseen * h->unseen;
	}
	length = squares > 0 ? sqrt(squares) : 1;
	for (uint32_t i = 0; i < s->question.n; i++) {
		uint32_t gram = s->question.at[i];

		if (rarity[gram])
			to[n++] = (struct feature_node){ (int)gram + 1, rarity[gram] / length };
	}
	for (uint32_t i = 0; i < QUALITY_COUNTS; i++) {
		double x = (s->counts[i] - h->mean[i]) / h->spread[i];

		to[n++] = (struct feature_node){ (1 << GRAM_BITS) + (int)i + 1,
						 LEARN_COUNTS * fmax(-3, fmin(3, x)) };
	}
	to[n++] = (struct feature_node){ (int)LEARN_COLUMNS + 1, BIAS };
	to[n++] = (struct feature_node){ -1, 0 };
	return n;
}

struct vectors *vectors_new(const struct samples *s, const struct quality_head *head,
			    const uint8_t *rarity)
{
	struct vectors *v = calloc(1, sizeof(*v));
	size_t most = 0, at = 0;

	for (size_t i = 0; i < s->n; i++)
		most += s->list[i].question.n + QUALITY_COUNTS + 2;
	if (!v)
		return NULL;
	v->rows = calloc(s->n + 1, sizeof(*v->rows));
	v->nodes = calloc(most + 1, sizeof(*v->nodes));
	if (!v->rows || !v->nodes) {
		vectors_free(v);
		return NULL;
	}
	v->n = s->n;
	for (size_t i = 0; i < s->n; i++) {
		v->rows[i] = v->nodes + at;
		at += fill_row(v->rows[i], &s->list[i], head, rarity);
	}
	set_print_string_function(quiet);
	srand(1);
	return v;
}

void vectors_free(struct vectors *v)
{
	if (!v)
		return;
	free(v->rows);
	free(v->nodes);
	free(v);
}

static bool is_weighed(const struct feature_node *node)
{
	return node->index > 0 && node->index <= (int)LEARN_COLUMNS;
}

double vectors_dot(const struct vectors *v, size_t sample, const float *w)
{
	double sum = 0;

	for (const struct feature_node *p = v->rows[sample]; is_weighed(p); p++)
		sum += p->value * (double)w[p->index - 1];
	return sum;
}

double vectors_value(const struct vectors *v, size_t sample, const struct weights *weights)
{
	return weights->bias + vectors_dot(v, sample, weights->w);
}

void vectors_add(const struct vectors *v, size_t sample, double times, float *sum)
{
	for (const struct feature_node *p = v->rows[sample]; p->index <= 1 << GRAM_BITS; p++)
		sum[p->index - 1] += (float)(times * p->value);
}

/* --- learning --- */

struct lesson {
	struct problem problem;
	struct parameter parameter;
};

static bool lesson_init(struct lesson *l, const struct vectors *v, const uint32_t *list, size_t n,
			int solver, double strength, double stop)
{
	l->problem = (struct problem){ .l = (int)n, .n = (int)LEARN_COLUMNS + 1, .bias = BIAS };
	l->problem.x = calloc(n + 1, sizeof(*l->problem.x));
	l->problem.y = calloc(n + 1, sizeof(*l->problem.y));
	l->parameter = (struct parameter){
		.solver_type = solver, .C = strength, .eps = stop, .p = 0.1
	};
	if (!l->problem.x || !l->problem.y)
		return false;
	for (size_t i = 0; i < n; i++)
		l->problem.x[i] = v->rows[list[i]];
	return true;
}

static void lesson_release(struct lesson *l)
{
	free(l->problem.x);
	free(l->problem.y);
}

/* column k of a model with `columns` of them, `times` as great */
static void take_column(const struct model *m, int k, int columns, double times,
			struct weights *out)
{
	for (uint32_t i = 0; i < LEARN_COLUMNS; i++)
		out->w[i] = (float)(times * m->w[(size_t)i * (size_t)columns + (size_t)k]);
	out->bias = times * BIAS * m->w[(size_t)LEARN_COLUMNS * (size_t)columns + (size_t)k];
}

/* all labels are the same: what there is to say is how sure that is, by Laplace's rule */
static void one_label(bool label, size_t n, struct weights *out)
{
	memset(out->w, 0, LEARN_COLUMNS * sizeof(*out->w));
	out->bias = (label ? 1 : -1) * log((double)n + 1);
}

bool learn_odds(const struct vectors *v, const uint32_t *list, const bool *label, size_t n,
		double strength, struct weights *out)
{
	struct lesson l;
	struct model *m;
	size_t good = 0;

	for (size_t i = 0; i < n; i++)
		good += label[i];
	if (good == 0 || good == n) {
		one_label(good == n && n > 0, n, out);
		return true;
	}
	if (!lesson_init(&l, v, list, n, L2R_LR, strength, STOP_ODDS)) {
		lesson_release(&l);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		l.problem.y[i] = label[i] ? 1 : -1;
	m = train(&l.problem, &l.parameter);
	take_column(m, 0, 1, m->label[0] == 1 ? 1 : -1, out);
	free_and_destroy_model(&m);
	lesson_release(&l);
	return true;
}

/* A class that this part of the samples does not have never is the answer. */
static void never(struct weights *out)
{
	memset(out->w, 0, LEARN_COLUMNS * sizeof(*out->w));
	out->bias = -10;
}

bool learn_classes(const struct vectors *v, const uint32_t *list, const uint32_t *label, size_t n,
		   uint32_t classes, double strength, struct weights *out)
{
	struct lesson l;
	struct model *m;

	for (uint32_t k = 0; k < classes; k++)
		never(&out[k]);
	if (!lesson_init(&l, v, list, n, MCSVM_CS, strength, STOP_CLASSES)) {
		lesson_release(&l);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		l.problem.y[i] = label[i];
	m = train(&l.problem, &l.parameter);
	for (int k = 0; k < m->nr_class; k++)
		take_column(m, k, m->nr_class, 1, &out[m->label[k]]);
	free_and_destroy_model(&m);
	lesson_release(&l);
	return true;
}
