/* task_report.c -- figures of the answers of a task model: all, by label, language, holdout. */
#include "ctl/task_report.h"

#include <stdlib.h>

#include "base/json.h"
#include "ctl/table.h"

#define LABELS_MOST  (2 * TASK_LABELS_MAX) /* those of the rows, and of a model that has others */
#define COLUMNS_MOST (TABLE_COLUMNS - 1)

struct counts {
	uint32_t right[LABELS_MOST], said[LABELS_MOST], are[LABELS_MOST];
	size_t n, n_right, n_other;
};

/* which rows: those whose number at this offset is `value`; ANY: all */
struct filter {
	size_t offset;
	uint32_t value;
};

#define ANY ((struct filter){ 0, UINT32_MAX })

static bool passes(struct filter f, const struct task_row *row)
{
	uint32_t value;

	if (f.value == UINT32_MAX)
		return true;
	memcpy(&value, (const char *)row + f.offset, sizeof(value));
	return value == f.value;
}

static struct counts count(const struct verdicts *v, struct filter f)
{
	struct counts c = { .n = 0 };

	for (size_t i = 0; i < v->n; i++) {
		const struct verdict *d = &v->list[i];
		bool right = d->said == d->row->label;

		if (!passes(f, d->row))
			continue;
		c.n++;
		c.n_right += right;
		c.n_other += d->p < v->threshold;
		c.are[d->row->label]++;
		c.said[d->said]++;
		c.right[d->said] += right;
	}
	return c;
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static double f1_of(const struct counts *c, uint32_t label)
{
	return ratio(2.0 * c->right[label], (double)c->are[label] + c->said[label]);
}

static double macro_f1(const struct counts *c)
{
	double sum = 0, n = 0;

	for (uint32_t i = 0; i < LABELS_MOST; i++) {
		sum += c->are[i] ? f1_of(c, i) : 0;
		n += c->are[i] > 0;
	}
	return ratio(sum, n);
}

double verdicts_accuracy(const struct verdicts *v)
{
	struct counts c = count(v, ANY);

	return ratio((double)c.n_right, (double)c.n);
}

double verdicts_macro_f1(const struct verdicts *v)
{
	struct counts c = count(v, ANY);

	return macro_f1(&c);
}

/* --- by confidence --- */

static int by_confidence(const void *a, const void *b)
{
	const struct verdict *p = a, *q = b;

	if (p->p != q->p)
		return p->p < q->p ? 1 : -1;
	return (p->row > q->row) - (p->row < q->row);
}

double verdicts_surest(const struct verdicts *v, double share)
{
	size_t most = (size_t)(share * (double)v->n), right = 0;

	for (size_t i = 0; i < most; i++)
		right += v->list[i].said == v->list[i].row->label;
	return ratio((double)right, (double)most);
}

/* --- asking --- */

static bool map_labels(struct task_rows *rows, const struct task_model *m, uint32_t *numbers_r)
{
	for (uint32_t i = 0; i < task_model_labels(m); i++) {
		numbers_r[i] = name_number(&rows->arena, &rows->labels, task_model_label(m, i));
		if (numbers_r[i] >= LABELS_MOST)
			return false;
	}
	return rows->labels.n <= LABELS_MOST;
}

bool verdicts_ask(struct verdicts *v, struct task_rows *rows, const struct task_model *m)
{
	uint32_t numbers[TASK_LABELS_MAX];
	double p[TASK_LABELS_MAX];

	*v = (struct verdicts){ .rows = rows };
	v->list = calloc(rows->n + 1, sizeof(*v->list));
	if (!v->list || !map_labels(rows, m, numbers))
		return false;
	for (size_t i = 0; i < rows->n; i++) {
		struct verdict *d = &v->list[v->n];

		if (!rows->list[i].judged)
			continue;
		*d = (struct verdict){ .row = &rows->list[i] };
		task_scores(m, &rows->list[i].question, p);
		for (uint32_t k = 0; k < task_model_labels(m); k++)
			if (p[k] > d->p)
				*d = (struct verdict){ d->row, numbers[k], p[k] };
		v->n++;
	}
	return true;
}

void verdicts_release(struct verdicts *v)
{
	free(v->list);
	*v = (struct verdicts){ .n = 0 };
}

void verdicts_sort(struct verdicts *v)
{
	qsort(v->list, v->n, sizeof(*v->list), by_confidence);
}

/* --- for people --- */

static void print_labels(const struct verdicts *v, const struct counts *c, struct arena *a)
{
	static const struct column columns[] = { { "label", ALIGN_LEFT },
						 { "prompts", ALIGN_RIGHT },
						 { "precision", ALIGN_RIGHT },
						 { "recall", ALIGN_RIGHT },
						 { "F1", ALIGN_RIGHT } };
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (uint32_t i = 0; i < v->rows->labels.n; i++) {
		if (!c->are[i] && !c->said[i])
			continue;
		table_add(&t, v->rows->labels.list[i]);
		table_addi(&t, c->are[i]);
		table_printf(&t, "%.3f", ratio(c->right[i], c->said[i]));
		table_printf(&t, "%.3f", ratio(c->right[i], c->are[i]));
		table_printf(&t, "%.3f", f1_of(c, i));
	}
	printf("\n");
	table_print(&t);
}

/* a line for each name: of a language, of a holdout */
static void print_parts(const struct verdicts *v, const char *title, const struct names *names,
			size_t offset, struct arena *a)
{
	const struct column columns[] = { { title, ALIGN_LEFT },
					  { "prompts", ALIGN_RIGHT },
					  { "accuracy", ALIGN_RIGHT },
					  { "macro-F1", ALIGN_RIGHT } };
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (uint32_t i = 0; i < names->n; i++) {
		struct counts c = count(v, (struct filter){ offset, i });

		if (!c.n)
			continue;
		table_add(&t, names->list[i]);
		table_addi(&t, (int64_t)c.n);
		table_printf(&t, "%.3f", ratio((double)c.n_right, (double)c.n));
		table_printf(&t, "%.3f", macro_f1(&c));
	}
	printf("\n");
	table_print(&t);
}

static void print_coverage(const struct verdicts *v, struct arena *a)
{
	static const struct column columns[] = { { "surest", ALIGN_RIGHT },
						 { "accuracy", ALIGN_RIGHT },
						 { "least confidence", ALIGN_RIGHT } };
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (int percent = 50; percent <= 100; percent += 10) {
		size_t most = v->n * (size_t)percent / 100;

		table_printf(&t, "%d %%", percent);
		table_printf(&t, "%.3f", verdicts_surest(v, percent / 100.0));
		table_printf(&t, "%.3f", most ? v->list[most - 1].p : 0);
	}
	printf("\n");
	table_print(&t);
}

/* Is an answer of confidence 0.7 right seven times of ten? */
static void print_calibration(const struct verdicts *v, struct arena *a)
{
	static const struct column columns[] = { { "confidence", ALIGN_LEFT },
						 { "prompts", ALIGN_RIGHT },
						 { "mean", ALIGN_RIGHT },
						 { "accuracy", ALIGN_RIGHT } };
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (int band = 0; band < 10; band++) {
		double sum = 0, n = 0, right = 0;

		for (size_t i = 0; i < v->n; i++) {
			const struct verdict *d = &v->list[i];

			if ((int)(d->p * 10) != band && !(band == 9 && d->p >= 1))
				continue;
			n++;
			sum += d->p;
			right += d->said == d->row->label;
		}
		if (n == 0)
			continue;
		table_printf(&t, "%.1f to %.1f", band / 10.0, (band + 1) / 10.0);
		table_addi(&t, (int64_t)n);
		table_printf(&t, "%.3f", sum / n);
		table_printf(&t, "%.3f", right / n);
	}
	printf("\n");
	table_print(&t);
}

static void print_confusion(const struct verdicts *v, struct arena *a)
{
	size_t labels = v->rows->labels.n < COLUMNS_MOST ? v->rows->labels.n : COLUMNS_MOST;
	uint32_t cells[COLUMNS_MOST][COLUMNS_MOST] = { { 0 } };
	struct column columns[TABLE_COLUMNS] = { { "label is", ALIGN_LEFT } };
	struct table t;

	for (size_t i = 0; i < labels; i++)
		columns[i + 1] = (struct column){ arena_cstr(a, v->rows->labels.list[i]),
						  ALIGN_RIGHT };
	for (size_t i = 0; i < v->n; i++)
		if (v->list[i].row->label < labels && v->list[i].said < labels)
			cells[v->list[i].row->label][v->list[i].said]++;
	table_init(&t, a, columns, labels + 1);
	for (size_t i = 0; i < labels; i++) {
		table_add(&t, v->rows->labels.list[i]);
		for (size_t k = 0; k < labels; k++)
			table_addi(&t, cells[i][k]);
	}
	printf("\nWhat the model says:\n");
	table_print(&t);
}

void verdicts_print(const struct verdicts *v, struct arena *a)
{
	struct counts c = count(v, ANY);

	printf("prompts %zu, accuracy %.3f, macro-F1 %.3f\n", c.n,
	       ratio((double)c.n_right, (double)c.n), macro_f1(&c));
	printf("below the threshold of %.2f, so that a gateway calls them \"other\": %zu\n",
	       v->threshold, c.n_other);
	print_labels(v, &c, a);
	print_parts(v, "language", &v->rows->langs, offsetof(struct task_row, lang), a);
	if (v->rows->holdouts.n > 1)
		print_parts(v, "holdout", &v->rows->holdouts, offsetof(struct task_row, holdout),
			    a);
	print_coverage(v, a);
	print_calibration(v, a);
	print_confusion(v, a);
}

/* --- for scripts --- */

static void add_member(struct buf *out, bool first, struct str name)
{
	buf_adds(out, first ? "" : ",");
	json_quote(out, name);
	buf_addc(out, ':');
}

static void json_labels(const struct verdicts *v, const struct counts *c, struct buf *out)
{
	bool first = true;

	buf_adds(out, ",\"labels\":{");
	for (uint32_t i = 0; i < v->rows->labels.n; i++) {
		if (!c->are[i] && !c->said[i])
			continue;
		add_member(out, first, v->rows->labels.list[i]);
		buf_printf(out, "{\"prompts\":%u,\"precision\":%.4f,\"recall\":%.4f,\"f1\":%.4f}",
			   c->are[i], ratio(c->right[i], c->said[i]), ratio(c->right[i], c->are[i]),
			   f1_of(c, i));
		first = false;
	}
	buf_addc(out, '}');
}

static void json_parts(const struct verdicts *v, const char *title, const struct names *names,
		       size_t offset, struct buf *out)
{
	bool first = true;

	buf_printf(out, ",\"%s\":{", title);
	for (uint32_t i = 0; i < names->n; i++) {
		struct counts c = count(v, (struct filter){ offset, i });

		if (!c.n)
			continue;
		add_member(out, first, names->list[i]);
		buf_printf(out, "{\"prompts\":%zu,\"accuracy\":%.4f,\"macro_f1\":%.4f}", c.n,
			   ratio((double)c.n_right, (double)c.n), macro_f1(&c));
		first = false;
	}
	buf_addc(out, '}');
}

void verdicts_json(const struct verdicts *v, struct buf *out)
{
	struct counts c = count(v, ANY);

	buf_printf(out, "{\"prompts\":%zu,\"accuracy\":%.4f,\"macro_f1\":%.4f,\"other\":%zu", c.n,
		   ratio((double)c.n_right, (double)c.n), macro_f1(&c), c.n_other);
	buf_adds(out, ",\"surest\":{");
	for (int percent = 50; percent < 100; percent += 10)
		buf_printf(out, "%s\"%d\":%.4f", percent > 50 ? "," : "", percent,
			   verdicts_surest(v, percent / 100.0));
	buf_addc(out, '}');
	json_labels(v, &c, out);
	json_parts(v, "languages", &v->rows->langs, offsetof(struct task_row, lang), out);
	json_parts(v, "holdouts", &v->rows->holdouts, offsetof(struct task_row, holdout), out);
	buf_addc(out, '}');
}
