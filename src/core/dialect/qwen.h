/* qwen.h -- what DashScope's two modes have in common. */
#ifndef CORE_DIALECT_QWEN_H
#define CORE_DIALECT_QWEN_H

#include "core/dialect/openai_like.h"

/* the members for thinking, and for several tool calls at once */
void qwen_write_own(const struct like_call *c, struct members *m);

#endif
