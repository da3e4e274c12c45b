/*
 * learned.h -- the model files of a process: what prompts ask for, and who answers them well.
 *
 * Immutable, counted by references, read whole at the start and again on SIGHUP. A file that
 * cannot be read changes nothing.
 */
#ifndef IO_LEARNED_H
#define IO_LEARNED_H

#include "conf/conf.h"
#include "core/quality_model.h"
#include "core/task_model.h"

struct learned {
	int refs;                      /* changed with __atomic builtins only */
	struct task_model *task;       /* the built-in one where the settings name no file */
	struct quality_model *quality; /* NULL: none is configured */
};

/* What the settings name. NULL: *fault_r names the file and says what is wrong with it. */
struct learned *learned_load(const struct settings *s, struct fault *fault_r) MUST_CHECK;
struct learned *learned_ref(struct learned *l);
void learned_unref(struct learned *l); /* NULL is fine */
/* SHA-256 of the files, hex; "" = there is none */
const char *learned_task_hash(const struct learned *l);
const char *learned_quality_hash(const struct learned *l);
/* are both made of the same files? */
bool learned_same(const struct learned *a, const struct learned *b);

#endif
