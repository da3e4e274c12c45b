/* mock_check_openai.h -- the halves of OpenAI's check know each other. */
#ifndef MOCK_MOCK_CHECK_OPENAI_H
#define MOCK_MOCK_CHECK_OPENAI_H

#include "mock/mock_check.h"

/* an invalid_request_error; always false */
bool mock_openai_bad(struct mock_ask *ask, const char *code, const char *param, const char *fmt,
		     ...) PRINTF_LIKE(4, 5);
/* tools, tool_choice, parallel_tool_calls */
bool mock_openai_tools(struct mock_ask *ask);
/* response_format */
bool mock_openai_format(struct mock_ask *ask);

#endif
