/*
 * task_model.h -- which task a prompt asks for: a linear model over hashed n-grams.
 *
 * A model is data: one file, made by `smartrouter task-model train` (doc/task-model.md
 * is its format), immutable once read. Labels are the file's own. Pure.
 */
#ifndef CORE_TASK_MODEL_H
#define CORE_TASK_MODEL_H

#include "base/err.h"
#include "core/features.h"
#include "model/task.h"

#define TASK_LABELS_MAX 28
/* how a file begins; then comes the SHA-256 of all behind this line */
#define TASK_MODEL_MAGIC "smartrouter-task-model 1 "

struct task_model;

/* bytes: the file's whole text. NULL: *fault_r says what is wrong with it. */
struct task_model *task_model_read(struct str bytes, struct fault *fault_r) MUST_CHECK;
void task_model_free(struct task_model *m);
/* SHA-256 of the file, hex: what a decision record calls its version */
const char *task_model_hash(const struct task_model *m);
uint32_t task_model_labels(const struct task_model *m);
struct str task_model_label(const struct task_model *m, uint32_t i);
/* the JSON object at the head of the file: what it was made from, and how good it is */
struct json task_model_head(const struct task_model *m);
size_t task_model_bytes(const struct task_model *m); /* of memory */

/*
 * The task of a conversation: that of its last question that says one. A few words do not ("go
 * on"), and one question that is not surely another task does not change it; two that agree do.
 * "other" below the model's own threshold, and without a model (m = NULL) always; so is a request
 * without any question: images only, answers of tools only.
 */
struct task task_recognise(const struct task_model *m, const struct questions *questions);
/* every label's probability, calibrated, for one question; p_r has room for all labels */
void task_scores(const struct task_model *m, const struct grams *question, double *p_r);

#endif
