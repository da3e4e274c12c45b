/*
 * quality_table.h -- tables of prompts that several models have answered, as samples.
 *
 * One JSON object per line: dataset, prompt, scores {model: 0..1}, tokens_in, and as far as it is
 * known tokens_out {model}, cost {model: US dollars}, and task, subject, category or source, which
 * name the prompt's group. Prompts are not kept: what the models look at is.
 */
#ifndef CTL_QUALITY_TABLE_H
#define CTL_QUALITY_TABLE_H

#include "core/features.h"
#include "core/quality_file.h"

/* one model's answer to a sample */
struct cell {
	uint32_t model;
	double score;      /* 0..1 */
	double tokens_out; /* -1: not known */
	double cost;       /* US dollars; -1: not known */
};

struct sample {
	uint32_t dataset, group; /* group: of all groups of all datasets */
	uint64_t likeness;       /* the same for questions whose ends are the same */
	double tokens_in;
	struct features features;
	struct grams question;
	double counts[QUALITY_COUNTS];
	struct cell *cells; /* sorted by model */
	uint32_t n_cells;
};

struct sample_group {
	struct str name; /* "dataset/task" */
	uint32_t dataset;
};

struct samples {
	struct arena arena;
	struct sample *list;
	size_t n, cap;
	struct str *models, *datasets;
	size_t n_models, cap_models, n_datasets, cap_datasets;
	struct sample_group *groups;
	size_t n_groups, cap_groups;
};

void samples_init(struct samples *s);
void samples_release(struct samples *s);
/* Adds a file's lines. False: *fault_r says what is wrong, with file and line. */
bool samples_read(struct samples *s, const char *path, struct fault *fault_r) MUST_CHECK;

/* the sample's answer of a model; NULL: there is none */
const struct cell *sample_cell(const struct sample *s, uint32_t model);
/* number of a model; -1: no sample has it */
int samples_model(const struct samples *s, struct str name);

#endif
