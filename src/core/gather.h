/*
 * gather.h -- put the increments of a stream together to one whole answer.
 *
 * For clients that did not ask for a stream from a model that only streams, and
 * for tests. Bounded: at most max_bytes are kept.
 */
#ifndef CORE_GATHER_H
#define CORE_GATHER_H

#include "model/chat.h"

struct gather;

struct gather *gather_new(size_t max_bytes);
void gather_free(struct gather *g);
/* copies what it keeps; false when max_bytes is passed or memory fails */
bool gather_add(struct gather *g, const struct answer *increment) MUST_CHECK;
/* The whole; its texts lie in g, valid until the next call. Choices and tool calls are in order of
 * their index. */
bool gather_answer(struct gather *g, struct arena *a, struct answer *answer_r) MUST_CHECK;

#endif
