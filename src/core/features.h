/*
 * features.h -- one pass over a prompt.
 *
 * Counts what the text is made of, finds its language and its marks, and hashes the
 * words and characters of the questions into n-grams for the quality model and cues
 * for the task model. Long texts are read at their head and tail, and counted by samples.
 */
#ifndef CORE_FEATURES_H
#define CORE_FEATURES_H

#include "base/arena.h"
#include "model/chat.h"
#include "model/features.h"

#define GRAM_BITS     16 /* n-grams are numbers below 2^16 */
#define QUESTIONS_MAX 4

/* of what n-grams are: a model made for another version fits no more */
#define FEATURES_VERSION 1

/* one text as numbers, in no order; in the arena */
struct grams {
	const uint32_t *at; /* what it is about: n-grams below 2^GRAM_BITS, each once */
	uint32_t n;
	const uint32_t *cues; /* what it asks for: hashes of 32 bits, for the task model */
	uint32_t n_cues;
	uint32_t marks; /* enum mark, of this text alone */
	enum lang lang;
	int64_t bytes;
};

/* what is asked: the last user messages, oldest first, each with what the system message says */
struct questions {
	struct grams list[QUESTIONS_MAX];
	uint32_t n;
};

/* for which models the questions are wanted: a set; of others they hold no numbers */
#define FOR_TASK    1u
#define FOR_QUALITY 2u
#define FOR_ALL     (FOR_TASK | FOR_QUALITY)

/* Memory in a; false: it was not enough (then the features are those of an empty prompt). */
bool features_of_chat(const struct chat *chat, uint32_t models, struct arena *a,
		      struct features *features_r, struct questions *questions_r) MUST_CHECK;
/* the same of a prompt that is one plain text, for all models */
bool features_of_text(struct str text, struct arena *a, struct features *features_r,
		      struct questions *questions_r) MUST_CHECK;

#endif
