/* chat.c -- small questions about neutral values, and the OpenAI schema's words for them. */
#include "model/chat.h"

static bool delta_has_content(const struct delta *d)
{
	return d->text.n || d->reasoning.n || d->refusal.n || d->n_tools ||
	       d->finish != FINISH_NONE || d->logprobs.n || d->more.n;
}

bool answer_has_content(const struct answer *answer)
{
	for (uint32_t i = 0; i < answer->n_deltas; i++)
		if (delta_has_content(&answer->deltas[i]))
			return true;
	return false;
}

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
	static const char *const names[] = { "system",    "developer", "user",
					     "assistant", "tool",      "function" };

	return names[r];
}

const char *effort_name(enum effort e)
{
	static const char *const names[] = { NULL,     "none", "minimal", "low",
					     "medium", "high", "xhigh",   "max" };

	return names[e];
}
