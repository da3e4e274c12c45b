/*
 * features.h -- what one pass over a prompt tells, without a tokenizer and without a model.
 *
 * Numbers and marks only: nothing in it gives the prompt back, so it may stand in a
 * decision record. The n-grams that the task model and the quality model look at do
 * give words away to somebody who guesses them: they live as long as the request.
 */
#ifndef MODEL_FEATURES_H
#define MODEL_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

/* what a text is made of, as far as tokenizers care (the weights are in tbl/tokenizers.h) */
enum text_class {
#define TEXT_CLASS(name, text) TEXT_##name,
#include "tbl/text_classes.h"
#undef TEXT_CLASS
	TEXT_CLASS_COUNT
};

/* prompts are of so many kinds, by their instructions and length (core/calibration.h) */
#define PROMPT_KINDS 64

/* the language or script most of the question is written in */
enum lang {
#define LANG(name, text) LANG_##name,
#include "tbl/langs.h"
#undef LANG
	LANG_COUNT
};

enum mark {
	MARK_CODE = 1 << 0,   /* fences, keywords with brackets, stack traces */
	MARK_MATHS = 1 << 1,  /* formulas, equations, LaTeX */
	MARK_TOOLS = 1 << 2,  /* the request offers tools */
	MARK_SCHEMA = 1 << 3, /* the form of the answer is prescribed */
	MARK_IMAGES = 1 << 4,
	MARK_MEDIA = 1 << 5,     /* audio, video, files */
	MARK_SAMPLED = 1 << 6,   /* too long to be read whole: the counts are scaled up */
	MARK_TOOLS_OFF = 1 << 7, /* tools are offered, and none may be called */
};

struct features {
	int64_t counts[TEXT_CLASS_COUNT];      /* of all messages, tools and the schema */
	int64_t form_counts[TEXT_CLASS_COUNT]; /* the part of them that tools and the schema are */
	int64_t text_bytes;
	uint32_t messages, turns, answers; /* turns: user messages; answers: the assistant's */
	uint32_t calls;                    /* of tools, in the answers */
	uint32_t tools, images;
	uint32_t marks; /* enum mark */
	enum lang lang;
};

const char *lang_name(enum lang l);

#endif
