/*
 * prefix.h -- how a conversation begins, as hashes: what a vendor may have in its
 * prompt cache.
 *
 * Pure, one pass over the chat. What is hashed is what is said (roles, texts, media,
 * calls of tools), not how the client wrote its JSON and not its cache_control marks,
 * which move from message to message.
 */
#ifndef CORE_PREFIX_H
#define CORE_PREFIX_H

#include "model/chat.h"
#include "model/facts.h"

/* Vendors cache no beginning that is shorter (OpenAI, Anthropic: 1,024 tokens). */
#define PREFIX_TOKENS_MIN 1024

/*
 * The beginnings at which another request may have ended, or which it may share: tools and
 * schema with the system messages; up to each of the last answers; the whole prompt, which is the
 * last. Shortest first, none below PREFIX_TOKENS_MIN.
 */
uint32_t prefixes_of_chat(const struct chat *chat, struct prefix prefixes_r[PREFIXES_MAX]);

/* of tools, schema and the system messages that the conversation begins with, however short */
uint64_t instructions_hash(const struct chat *chat);

#endif
