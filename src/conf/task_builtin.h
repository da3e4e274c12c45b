/* task_builtin.h -- conf/task.model inside the program, for those who configure no other. */
#ifndef CONF_TASK_BUILTIN_H
#define CONF_TASK_BUILTIN_H

#include "base/str.h"

/* the bytes of the file, for task_model_read(); they live as long as the program */
struct str task_model_builtin(void);

#endif
