/*
 * task_rows.h -- labelled prompts: lines of JSON with `text` and `label`.
 *
 * Also `lang` and `source`, which figures are told by. The part of `source` before the
 * first ':' is the row's group: prompts of one group look alike, so what is judged by prompts
 * of a group that was trained on is judged too well.
 */
#ifndef CTL_TASK_ROWS_H
#define CTL_TASK_ROWS_H

#include "core/features.h"
#include "core/task_model.h"

/* names in the order of their first use */
struct names {
	struct str *list;
	size_t n, cap;
};

struct task_row {
	struct str text;
	struct grams question;         /* its cues; `at` is not kept */
	uint32_t label, source, group; /* numbers in the lists of names */
	uint32_t lang, holdout;
	bool judged; /* else it is only trained on */
};

struct task_rows {
	struct arena arena;
	struct task_row *list;
	size_t n, cap;
	struct names labels, sources, groups, langs, holdouts;
};

void task_rows_init(struct task_rows *rows);
void task_rows_release(struct task_rows *rows);
/* Adds a file's. False: *fault_r names file, line and what is wrong. */
bool task_rows_read(struct task_rows *rows, const char *path, bool judged,
		    struct fault *fault_r) MUST_CHECK;
/* Drops what is judged and whose source begins as none of the names does. */
void task_rows_keep(struct task_rows *rows, const struct names *sources);
/* the name that the source begins as, UINT32_MAX: there is none */
uint32_t source_find(const struct names *names, struct str source);

/* the number of a name, which is added when it is new; UINT32_MAX: no memory */
uint32_t name_number(struct arena *a, struct names *names, struct str name);
/* UINT32_MAX: it is not there */
uint32_t name_find(const struct names *names, struct str name);

#endif
