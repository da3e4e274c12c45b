/*
 * quality_file.h -- a quality model's file: what its header says, and its text form.
 *
 *     smartrouter-quality-model 1 <SHA-256 of what follows this line, hex>
 *     {"counts": ..., "models": [...], "domains": [...]}
 *     rows: n-gram (2 bytes, little-endian), rarity (1 byte), one signed byte per column
 *
 * Columns: one for each group, one for each domain, one for each expert of each domain.
 * doc/quality-model.md says what the members mean.
 */
#ifndef CORE_QUALITY_FILE_H
#define CORE_QUALITY_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define QUALITY_MODELS_MAX  128 /* of one file */
#define QUALITY_GROUPS_MAX  128
#define QUALITY_DOMAINS_MAX 32
#define QUALITY_COUNTS      12 /* counts of a prompt beside its n-grams */
#define QUALITY_FILE_MAX    (64u << 20)

/* a linear function of a prompt: the weight of an n-gram, times its rarity, is its byte times scale
 */
struct quality_line {
	double scale, bias;
	double counts[QUALITY_COUNTS];
};

/* prompts of one kind: a task or subject of a table */
struct quality_group {
	struct str name;
	uint32_t domain;
	double n; /* prompts in training */
	struct quality_line line;
};

/*
 * One model in one domain. What the line and the groups say is taken for as much as came true of it
 * on prompts that they were not trained on:
 *   quality = mean + line_slope (line - line_mean) + group_slope (group - group_mean)
 * with the domain's slopes.
 */
struct quality_expert {
	uint32_t model;
	double mean; /* of its answers in training */
	double line_mean, group_mean;
	struct quality_line line; /* logit of a good answer */
	double *groups;           /* its mean in each group of the file, shrunk to its own mean */
};

/* one table of training */
struct quality_domain {
	struct str name;
	double n;
	double scale;          /* of the column of its mean prompt */
	double usual, strange; /* kinship of its middle prompt, and of its 5th percentile */
	double line_slope, group_slope;
	struct quality_expert *experts;
	uint32_t n_experts;
};

struct quality_name {
	struct str name;
	double mean, mass; /* over all domains */
};

struct quality_head {
	uint32_t rows;
	uint32_t columns; /* groups, domains and experts together */
	double sharpness; /* of groups: their lines times this are log-odds */
	double unseen;    /* rarity of an n-gram that has no row */
	double mean[QUALITY_COUNTS], spread[QUALITY_COUNTS]; /* of counts in training */
	struct quality_name *models;                         /* sorted */
	uint32_t n_models;
	struct quality_group *groups;
	uint32_t n_groups;
	struct quality_domain *domains;
	uint32_t n_domains;
};

/*
 * The header of a file. *rows_r: what stands behind it (part of bytes), checked for its length.
 * *hash_r: the file's, hex. Memory in a. ERR_VALUE: *fault_r says what is wrong.
 */
enum err quality_file_read(struct str bytes, struct arena *a, struct quality_head *head_r,
			   struct str *rows_r, char hash_r[65], struct fault *fault_r) MUST_CHECK;
/* rows: columns + 3 bytes each */
void quality_file_write(const struct quality_head *head, struct str rows, struct buf *out);

#endif
