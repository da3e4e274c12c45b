/*
 * quality_trainer.h -- what the files of quality_train share.
 */
#ifndef CTL_QUALITY_TRAINER_H
#define CTL_QUALITY_TRAINER_H

#include "ctl/quality_learn.h"
#include "ctl/quality_train.h"

#define FOLDS          5
#define STRENGTHS      4
#define GROUP_STRENGTH 0.2 /* LIBLINEAR's C for the groups */

/* what was foretold of a cell by experts that were not trained on its sample */
struct foretold {
	float line[STRENGTHS], group;
};

struct trainer {
	const struct samples *samples;
	struct arena *arena;
	struct quality_head head;
	struct vectors *vectors;
	uint8_t rarity[1 << GRAM_BITS];
	uint32_t *group;            /* of each sample, as the head counts groups */
	uint32_t *model;            /* of each of the samples' models, as the head counts models */
	uint8_t *fold;              /* of each sample */
	uint32_t *list;             /* samples that are learned from */
	uint32_t *labels;           /* for learn_classes() */
	bool *flags;                /* for learn_odds() */
	float *odds;                /* samples x groups, by groups that were not trained on it */
	struct foretold **foretold; /* of each sample, by cell */
	struct weights *groups;     /* one for each group */
	struct weights scratch;     /* one */
	train_progress_f *progress;
	uint32_t done, steps;
};

void trainer_step(struct trainer *t);

/* quality_train_names.c: models, domains, groups and experts of the head; rarities and counts */
bool trainer_name_all(struct trainer *t, struct fault *fault_r) MUST_CHECK;
void trainer_survey(struct trainer *t);

/* quality_train_folds.c: fills odds and foretold */
bool trainer_foretell(struct trainer *t, uint64_t seed) MUST_CHECK;
/* the samples of a domain (or, domain -1, all) outside of a fold (-1: of all folds); returns how
 * many stand in t->list */
size_t trainer_list(struct trainer *t, int64_t domain, int fold);
/* Logistic regression for a model over the listed samples that it answered. */
bool trainer_learn(struct trainer *t, size_t n, uint32_t model, uint32_t strength,
		   struct weights *out) MUST_CHECK;

/* quality_train_weigh.c: sharpness, slopes; returns the best strength of each domain */
void trainer_weigh(struct trainer *t, uint32_t strength_r[QUALITY_DOMAINS_MAX]);

#endif
