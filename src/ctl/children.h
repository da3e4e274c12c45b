/*
 * children.h -- the processes that `up` starts: begun, watched, begun again, ended.
 *
 * A child dies with its parent, also when that is killed, because nobody would
 * stop it then.
 */
#ifndef CTL_CHILDREN_H
#define CTL_CHILDREN_H

#include <sys/types.h>

#include "base/err.h"
#include "io/loop.h"

#define CHILD_ARGS 12

struct child {
	const char *name;
	const char *argv[CHILD_ARGS]; /* NULL at the end */
	const char *log;              /* file that takes its standard error, and output unless `said` */
	bool says_url;                /* prints http://... on a line of its own once it serves */
	char url[128];                /* what it said */
	bool needs_others;            /* it will not say so when another child has ended meanwhile */
	pid_t pid;                    /* 0: not running */
	int64_t began_us;
};

/* False: *fault_r says why. With says_url it waits until the line came, at most 20 s. */
bool child_start(struct child *c, struct fault *fault_r) MUST_CHECK;
/* SIGTERM, and SIGKILL when it did not help within wait_ms */
void child_stop(struct child *c, int64_t wait_ms);
/* after SIGCHLD: has it ended? (then pid is 0 and *status_r its wait status) */
bool child_has_ended(struct child *c, int *status_r);

#endif
