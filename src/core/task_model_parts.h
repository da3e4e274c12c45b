/* task_model_parts.h -- a task model in memory, for the files that read and use it. */
#ifndef CORE_TASK_MODEL_PARTS_H
#define CORE_TASK_MODEL_PARTS_H

#include "base/json.h"
#include "core/task_model.h"

#define TASK_HASH_HEX 64

struct task_model {
	char hash[TASK_HASH_HEX + 1];
	struct arena arena; /* what the head points into */
	struct json_doc doc;
	struct str labels[TASK_LABELS_MAX];
	float scales[TASK_LABELS_MAX]; /* a label's score is the sum of its weights times this, */
	float biases[TASK_LABELS_MAX]; /* plus this */
	uint32_t n_labels;
	double damping;   /* n-grams that every text has besides its own: short ones say less */
	double sharpness; /* from scores to probabilities */
	double threshold; /* "other" below */

	/* Open addressing. A slot is an n-gram's hash, 0 = free, and its weight for each label. */
	unsigned char *slots;
	uint32_t slot_size;
	uint32_t slot_bits; /* there are 2^slot_bits */
};

static inline uint32_t task_slot(const struct task_model *m, uint32_t hash)
{
	return (hash * 0x9E3779B1u) >> (32 - m->slot_bits);
}

#endif
