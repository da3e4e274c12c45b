/*
 * tokens.h -- how many tokens a request can count at most, and how many it likely does.
 *
 * The bound holds for every byte-level BPE tokenizer: a token is at least one
 * byte of text (reliability). Parts whose tokens cannot be told from their bytes
 * (PDF, audio, video) bound the prompt by the model's whole context.
 */
#ifndef CORE_TOKENS_H
#define CORE_TOKENS_H

#include "model/catalog.h"
#include "model/chat.h"
#include "model/facts.h"

/* never below what the vendor will count as input */
int64_t tokens_bound(const struct chat *chat, const struct model *model);
/* for estimates of usage that was not reported. Of text, the middle of what is likely; */
int64_t tokens_likely(int64_t text_bytes);
/* The middle of what a prompt counts; an image as one usually does. Wants the features, needs and
 * effort of the facts. */
double tokens_expected(const struct facts *facts, const struct model *model);
/* without images */
double tokens_expected_text(const struct facts *facts, const struct model *model);
/* For what is charged: of text the same, but of images and what else cannot be told the most. */
int64_t tokens_likely_input(const struct facts *facts, const struct chat *chat,
			    const struct model *model);
/* Will the model think before it answers this? */
bool tokens_thinks(const struct facts *facts, const struct model *model);

#endif
