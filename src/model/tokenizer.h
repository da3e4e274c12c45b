/*
 * tokenizer.h -- how a vendor counts the tokens of a prompt, as weights.
 *
 * Templates put something around messages, and vendors tell a model what tools and
 * schemas there are in words of their own.
 */
#ifndef MODEL_TOKENIZER_H
#define MODEL_TOKENIZER_H

#include "base/str.h"
#include "model/features.h"

enum tokenizer_id {
#define TOKENIZER(name, ...) TOKENIZER_##name,
#include "tbl/tokenizers.h"
#undef TOKENIZER
	TOKENIZER_COUNT
};

/* all in tokens */
struct tokenizer {
	const char *vendor;
	double weights[TEXT_CLASS_COUNT];
	double request;               /* around all messages, and where the answer begins */
	double message, turn, answer; /* around each; for a user's more, for an assistant's more */
	double call;                  /* around a call of a tool and its result */
	double tools;                 /* what models are told when there are tools */
	double tool_share;            /* what is made of their texts, by weights */
	double schema, schema_share;  /* the same when a schema is prescribed */
	double json;                  /* when JSON is */
	double thinking;              /* when the model thinks */
	double most_effort;           /* and as hard as it can */
	double image_share;           /* of a model's most for an image, what one usually counts */
	bool forgets_tools_off;       /* tools that may not be called are not told */
};

const struct tokenizer *tokenizer_of(enum tokenizer_id id);
/* of a vendor whose model does not name one */
enum tokenizer_id tokenizer_of_vendor(struct str vendor);

#endif
