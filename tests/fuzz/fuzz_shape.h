/* fuzz_shape.h -- is what a client gets of the shape that OpenAI's API promises? */
#ifndef FUZZ_FUZZ_SHAPE_H
#define FUZZ_FUZZ_SHAPE_H

#include "fuzz.h"

/* Findings, if not: a chat.completion; a stream of chat.completion.chunks with "[DONE]" at its
 * end (ended) or without; an error's body. */
void reply_must_have_shape(struct str reply);
void stream_must_have_shape(struct str frames, bool ended);
void error_must_have_shape(struct str body);

#endif
