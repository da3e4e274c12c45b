/*
 * quality_model.h -- how good each model's answer to this very prompt will be.
 *
 * Learned from tables of prompts that several models have answered. A model is data: one
 * file, made by `smartrouter quality-model train` (doc/quality-model.md is its format),
 * immutable once read. It knows the kinds of prompts it was trained on (its groups, which
 * belong to domains), and says nothing of prompts that are unlike all of them. Pure.
 */
#ifndef CORE_QUALITY_MODEL_H
#define CORE_QUALITY_MODEL_H

#include "base/err.h"
#include "core/features.h"
#include "core/quality_file.h"
#include "model/catalog.h"

struct quality_model;

/* bytes: the file's whole text. NULL: *fault_r says what is wrong with it. */
struct quality_model *quality_model_read(struct str bytes, struct fault *fault_r) MUST_CHECK;
void quality_model_free(struct quality_model *m); /* NULL is fine */

/* what its header says: names of models, domains, groups, and what they were like in training */
const struct quality_head *quality_model_head(const struct quality_model *m);
/* SHA-256 of the file, hex: what a decision record calls its version */
const char *quality_model_hash(const struct quality_model *m);
/* a model's number in the file; -1: the file does not know it */
int quality_model_find(const struct quality_model *m, struct str name);

/* what a quality model says of one prompt */
struct quality_guess {
	uint32_t domain;
	double known;   /* 0..1: how much the prompt is like the domain's */
	double kinship; /* cosine of the prompt and the mean of the domain's */
	struct skill skills[QUALITY_MODELS_MAX]; /* by number; mass 0: nothing is known */
};

/* question: the n-grams of what is asked. features: the counts of the same text. */
void quality_model_guess(const struct quality_model *m, const struct features *features,
			 const struct grams *question, struct quality_guess *guess_r);

/* the counts that are weighed beside n-grams, each about 0..10 */
void quality_counts(const struct features *features, const struct grams *question,
		    double counts_r[QUALITY_COUNTS]);

#endif
