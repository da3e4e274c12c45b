/*
 * mock_model.h -- what each vendor sells, and what its models refuse.
 *
 * Written down apart from conf/models.yaml on purpose: this is what the vendors do,
 * that is what the gateway believes, and a test sees where they differ.
 */
#ifndef MOCK_MOCK_MODEL_H
#define MOCK_MOCK_MODEL_H

#include "base/obj.h"
#include "base/str.h"

#define MOCK_MODELS_ADDED 32

enum mock_vendor { MOCK_OPENAI, MOCK_ANTHROPIC, MOCK_DEEPSEEK, MOCK_QWEN, MOCK_VENDORS };

enum mock_trait {
	TRAIT_VISION = 1 << 0,
	TRAIT_SCHEMA = 1 << 1,         /* answers in a JSON schema when asked */
	TRAIT_THINKS = 1 << 2,         /* can think before it answers */
	TRAIT_THINKS_UNASKED = 1 << 3, /* and does unless it is told not to */
	TRAIT_THINKS_ALWAYS = 1 << 4,  /* and cannot be stopped */
	TRAIT_STREAM_THINKER = 1 << 5, /* Qwen: thinks in streams only */
	TRAIT_HIDDEN = 1 << 6,         /* OpenAI: its thoughts are billed, not shown */
	TRAIT_BUDGET = 1 << 7,         /* Anthropic: thinking.type enabled */
	TRAIT_ADAPTIVE = 1 << 8,       /* Anthropic: thinking.type adaptive */
	TRAIT_NO_SAMPLING = 1 << 9,    /* refuses temperature, top_p, top_k */
	TRAIT_NO_PREFILL = 1 << 10,    /* a conversation cannot end with the assistant */
	TRAIT_NO_SYSTEM = 1 << 11,     /* OpenAI o1-mini: neither system nor developer messages */
	TRAIT_EFFORT_NONE = 1 << 12,   /* OpenAI: reasoning_effort may be none */
	TRAIT_MULTIMODAL = 1 << 13,    /* Qwen native: lives under multimodal-generation */
	TRAIT_TERSE = 1 << 14,         /* Qwen: the chunks that leave finish_reason out */
};

struct mock_model {
	enum mock_vendor vendor;
	const char *name;
	const char *answers_as; /* the model its answers name */
	int64_t context, max_output;
	uint32_t traits;
};

const char *mock_vendor_name(enum mock_vendor v);
bool mock_vendor_of(struct str name, enum mock_vendor *vendor_r);

/* what the four vendors sell: the built-in list and what was added by name */
struct mock_models {
	struct mock_model added[MOCK_MODELS_ADDED];
	size_t n_added;
};

/* by either of its names; NULL: the vendor does not have it */
const struct mock_model *mock_models_find(const struct mock_models *m, enum mock_vendor v,
					  struct str name);
/* the i-th model of a vendor; NULL behind the last */
const struct mock_model *mock_models_at(const struct mock_models *m, enum mock_vendor v, size_t i);
/* Sell one more, plain one under this name (not owned). False: no room. */
bool mock_models_add(struct mock_models *m, enum mock_vendor v, const char *name) MUST_CHECK;

#endif
