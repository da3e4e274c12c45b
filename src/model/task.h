/* task.h -- what kind of work a prompt asks for. */
#ifndef MODEL_TASK_H
#define MODEL_TASK_H

#include "base/str.h"

#define TASK_OTHER    "other" /* the name where nobody is sure */
#define TASK_NAME_MAX 32      /* bytes of a name, with the NUL */

struct task {
	struct str name;   /* a label of the task model (not owned), or "other" */
	double confidence; /* calibrated: the share of such answers that are right; 0..1 */
};

#endif
