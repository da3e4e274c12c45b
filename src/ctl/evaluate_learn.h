/*
 * evaluate_learn.h -- quality models for samples that they were not trained on.
 */
#ifndef CTL_EVALUATE_LEARN_H
#define CTL_EVALUATE_LEARN_H

#include "ctl/evaluate.h"

/* Samples read from files, one after another. False: it was told what is wrong. */
bool learn_read(struct samples *s, size_t n, const char *const *paths) MUST_CHECK;

/* Those of s for which keep[i]; shares everything else with s. Its list is malloc'ed: free() it. */
bool learn_part(const struct samples *s, const bool *keep, struct samples *part_r) MUST_CHECK;

/* Trains with progress shown. what: for people. NULL: it was told why not. */
struct quality_model *learn_model(const struct samples *s, uint64_t seed, const char *what);
/* the same as a file's bytes */
bool learn_file(const struct samples *s, uint64_t seed, const char *what,
		struct buf *out) MUST_CHECK;

/* Each fold's samples as a model sees them that was trained on the other folds. */
bool learn_across(const struct samples *s, uint64_t seed, struct foresight *f) MUST_CHECK;

/* Gives each sample the answers of another one of its dataset: then there is nothing to learn. */
bool learn_shuffle(struct samples *s, uint64_t seed) MUST_CHECK;

/* "weak,strong": two models that the samples have. */
bool learn_pair(const struct samples *s, const char *text, int pair_r[2]) MUST_CHECK;
/* path: NULL for prices.json beside the first table, if there is one */
bool learn_prices(struct list_prices *p, struct arena *a, const char *path,
		  const char *first_table) MUST_CHECK;

#endif
