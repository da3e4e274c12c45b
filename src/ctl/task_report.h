/* task_report.h -- how good the answers of a task model were. */
#ifndef CTL_TASK_REPORT_H
#define CTL_TASK_REPORT_H

#include "base/buf.h"
#include "ctl/task_rows.h"

/* what was said of one row */
struct verdict {
	const struct task_row *row;
	uint32_t said; /* the likeliest label, whether it was sure or not; a number in rows->labels
			*/
	double p;      /* its probability */
};

struct verdicts {
	const struct task_rows *rows;
	struct verdict *list;
	size_t n;
	double threshold; /* below it the answer was "other" */
};

/* Asks a model about all rows that are judged. Labels of the model that no row has are added to
 * rows->labels. False: no memory, or too many labels; release it in either case. */
bool verdicts_ask(struct verdicts *v, struct task_rows *rows,
		  const struct task_model *m) MUST_CHECK;
/* the surest first, as what is below needs them */
void verdicts_sort(struct verdicts *v);
void verdicts_release(struct verdicts *v);

double verdicts_accuracy(const struct verdicts *v);
/* the mean of the F1 of the labels that rows have */
double verdicts_macro_f1(const struct verdicts *v);
/* of the share of the rows that the model is surest of */
double verdicts_surest(const struct verdicts *v, double share);

/* tables for people */
void verdicts_print(const struct verdicts *v, struct arena *a);
/* the same as a JSON object, without the confusions */
void verdicts_json(const struct verdicts *v, struct buf *out);

#endif
