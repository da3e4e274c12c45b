/* chat.c -- the words of the OpenAI schema for neutral values. */
#include "model/chat.h"

const char *finish_name(enum finish f)
{
	switch (f) {
	case FINISH_NONE: return NULL;
	case FINISH_STOP: return "stop";
	case FINISH_LENGTH: return "length";
	case FINISH_TOOL_CALLS: return "tool_calls";
	case FINISH_CONTENT_FILTER: return "content_filter";
	case FINISH_FUNCTION_CALL: return "function_call";
	}
	return NULL;
}

const char *role_name(enum role r)
{
	static const char *const names[] = { "system", "developer", "user",
					     "assistant", "tool", "function" };

	return names[r];
}
