/* mock_logprobs.h -- made-up probabilities of the tokens that were said. */
#ifndef MOCK_MOCK_LOGPROBS_H
#define MOCK_MOCK_LOGPROBS_H

#include "mock/mock_dialect.h"

/* the logprobs of a piece of a stream, or of a whole choice; null when none were asked for */
void mock_write_logprobs(struct buf *out, const struct mock_fill *f);
/* the same as OpenAI writes it */
void mock_write_logprobs_with_refusal(struct buf *out, const struct mock_fill *f);

#endif
