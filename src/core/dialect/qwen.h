/* qwen.h -- what DashScope's two modes have in common. */
#ifndef CORE_DIALECT_QWEN_H
#define CORE_DIALECT_QWEN_H

#include "core/dialect/openai_like.h"

/* the members that switch thinking and bound it */
void qwen_write_thinking(const struct like_call *c, struct members *m);

#endif
