/*
 * task_card.h -- what a task model says of itself: what it was made from, how good it is on
 * sources that it has never seen, and which words it listens to.
 */
#ifndef CTL_TASK_CARD_H
#define CTL_TASK_CARD_H

#include "ctl/task_fit.h"
#include "ctl/task_report.h"

/* repositories whose prompts may be used, with their licences; from a file of lines "NAME TAB
 * LICENCE" */
struct licences {
	struct names names;
	struct str *texts; /* as long as the names */
	size_t cap;
};

bool licences_read(struct licences *l, const char *path, struct arena *a,
		   struct fault *fault_r) MUST_CHECK;

/* Members for the model's head, each with a comma before it. licences, unseen: NULL = there are
 * none. */
void task_card_write(struct buf *out, const struct task_rows *rows, const struct licences *licences,
		     const struct verdicts *unseen);
/* ,"words":{...}: for each label the words that alone speak most for it */
bool task_words_write(struct buf *out, const struct task_rows *rows, const struct task_model *m);

#endif
