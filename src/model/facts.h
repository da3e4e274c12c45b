/*
 * facts.h -- all that the choice of a model rests on, of one request.
 *
 * Holds no word of the prompt: it is written into decision records as it is, and a
 * replay has nothing else. What the candidates are like is in the catalog, the snapshot
 * and struct evidence.
 */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include "model/effort.h"
#include "model/features.h"
#include "model/task.h"
#include "model/wish.h"

/* how a conversation begins: a vendor that saw as much may have it in its cache */
struct prefix {
	uint64_t hash;  /* of the messages up to here */
	int64_t tokens; /* they likely count */
};

#define PREFIXES_MAX 6

struct facts {
	struct features features;
	uint32_t kind;      /* of prompt, below PROMPT_KINDS */
	struct task task;
	uint32_t needs;     /* enum feature: what candidates must be able to do */
	int64_t max_tokens; /* -1: the client set none */
	int64_t choices;    /* n */
	bool stream;
	bool thinks;        /* thinking was asked for, or was not and a model may do as it likes */
	enum effort effort; /* of thinking, as far as the request says */
	struct wish wish;   /* of policy, key and request together: every member is set */
	struct wish said;   /* of key and request alone: for a dry run under another policy */
	double pace;        /* points of quality that a dollar is worth; 0 = money is no matter */
	struct prefix prefixes[PREFIXES_MAX]; /* shortest first */
	uint32_t n_prefixes;
	uint64_t seed; /* of the request: decides between equals */
	int64_t at_s;  /* Unix seconds: prices have times of day */
};

/* what is known of one candidate for this request alone */
struct evidence {
	double payer_mean, payer_mass; /* feedback of the key, its team and org; mass 0 = none */
	double prompt_mean,
		prompt_mass; /* what the quality model says of this prompt; mass 0 = nothing */
};

#endif
