/* mock_check_anthropic.h -- the two halves of Anthropic's check know each other. */
#ifndef MOCK_MOCK_CHECK_ANTHROPIC_H
#define MOCK_MOCK_CHECK_ANTHROPIC_H

#include "mock/mock_check.h"

/* an invalid_request_error; always false */
bool mock_anthropic_bad(struct mock_ask *ask, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* ^[a-zA-Z0-9_-]+$ */
bool mock_anthropic_is_id(struct str s);
/* system and messages: content blocks, tool_use and tool_result, thinking */
bool mock_check_blocks(struct mock_ask *ask);
/* The signature the mock gives to a thinking block; NUL-terminated, at least 80 characters. */
void mock_anthropic_sign(struct str thinking, char signature[96]);

#endif
