/*
 * tokens.h -- how many tokens a request can count at most.
 *
 * The bound holds for every byte-level BPE tokenizer: a token is at least one
 * byte of text (reliability). Parts whose tokens cannot be told from their bytes
 * (PDF, audio, video) bound the prompt by the model's whole context.
 */
#ifndef CORE_TOKENS_H
#define CORE_TOKENS_H

#include "model/catalog.h"
#include "model/chat.h"

/* never below what the vendor will count as input */
int64_t tokens_bound(const struct chat *chat, const struct model *model);
/* for estimates of usage that was not reported. Of text, the middle of what is likely; */
int64_t tokens_likely(int64_t text_bytes);
/* of a prompt the same, but of images and what else cannot be told the most that they can count */
int64_t tokens_likely_input(const struct chat *chat, const struct model *model);

#endif
