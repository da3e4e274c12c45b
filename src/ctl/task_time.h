/* task_time.h -- how long it takes to recognise the task of a prompt. */
#ifndef CTL_TASK_TIME_H
#define CTL_TASK_TIME_H

#include "ctl/task_rows.h"

struct timing {
	double median_us, p99_us;
	size_t bytes; /* of each prompt; 0: they were of all sizes */
};

/* features and task together, one prompt after the other, as a gateway does */
struct timing task_time(const struct task_rows *rows, const struct task_model *m, size_t bytes);

#endif
