/* mock_check_openai.c -- what OpenAI's chat completions endpoint refuses. */
#include "mock/mock_check_openai.h"

bool mock_openai_bad(struct mock_ask *ask, const char *code, const char *param, const char *fmt,
		     ...)
{
	va_list ap;

	va_start(ap, fmt);
	mock_refuse(ask, 400, "invalid_request_error", code, param, fmt, ap);
	va_end(ap);
	return false;
}

#define bad mock_openai_bad

/* --- members --- */

/* clang-format off */
static const struct mock_param params[] = {
	{ "model", KIND_STRING, 0, 0, NULL },
	{ "messages", KIND_ARRAY, 0, 0, NULL },
	{ "audio", KIND_OBJECT, 0, 0, NULL },
	{ "frequency_penalty", KIND_NUMBER, -2, 2, NULL },
	{ "function_call", KIND_ANY, 0, 0, NULL },
	{ "functions", KIND_ARRAY, 0, 0, NULL },
	{ "logit_bias", KIND_OBJECT, 0, 0, NULL },
	{ "logprobs", KIND_BOOL, 0, 0, NULL },
	{ "max_completion_tokens", KIND_INTEGER, 1, 1e9, NULL },
	{ "max_tokens", KIND_INTEGER, 1, 1e9, NULL },
	{ "metadata", KIND_OBJECT, 0, 0, NULL },
	{ "modalities", KIND_ARRAY, 0, 0, NULL },
	{ "moderation", KIND_ANY, 0, 0, NULL },
	{ "n", KIND_INTEGER, 1, 128, NULL },
	{ "parallel_tool_calls", KIND_BOOL, 0, 0, NULL },
	{ "prediction", KIND_OBJECT, 0, 0, NULL },
	{ "presence_penalty", KIND_NUMBER, -2, 2, NULL },
	{ "prompt_cache_key", KIND_STRING, 0, 0, NULL },
	{ "prompt_cache_options", KIND_OBJECT, 0, 0, NULL },
	{ "prompt_cache_retention", KIND_WORD, 0, 0, "in_memory|in-memory|24h" },
	{ "reasoning_effort", KIND_WORD, 0, 0, "none|minimal|low|medium|high|xhigh|max" },
	{ "response_format", KIND_OBJECT, 0, 0, NULL },
	{ "safety_identifier", KIND_STRING, 0, 0, NULL },
	{ "seed", KIND_INTEGER, 0, 0, NULL },
	{ "service_tier", KIND_WORD, 0, 0, "auto|default|flex|scale|priority|fast" },
	{ "stop", KIND_ANY, 0, 0, NULL },
	{ "store", KIND_BOOL, 0, 0, NULL },
	{ "stream", KIND_BOOL, 0, 0, NULL },
	{ "stream_options", KIND_OBJECT, 0, 0, NULL },
	{ "temperature", KIND_NUMBER, 0, 2, NULL },
	{ "tool_choice", KIND_ANY, 0, 0, NULL },
	{ "tools", KIND_ARRAY, 0, 0, NULL },
	{ "top_logprobs", KIND_INTEGER, 0, 20, NULL },
	{ "top_p", KIND_NUMBER, 0, 1, NULL },
	{ "user", KIND_STRING, 0, 0, NULL },
	{ "verbosity", KIND_WORD, 0, 0, "low|medium|high" },
	{ "web_search_options", KIND_OBJECT, 0, 0, NULL },
};
/* clang-format on */

static bool unknown_member(struct mock_ask *ask, struct str name)
{
	return bad(ask, NULL, NULL, "Unrecognized request argument supplied: %.*s", STR_ARG(name));
}

static bool wrong_kind(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return bad(ask, "invalid_type", p->name,
		   "Invalid type for '%s': expected %s, but got %s instead.", p->name,
		   mock_kind_name(p->kind), mock_type_name(json_type(value)));
}

static bool out_of_range(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	const char *kind = p->kind == KIND_INTEGER ? "integer" : "decimal";
	struct str raw = json_raw(value);
	double number = 0;
	bool high;

	(void)json_double(value, &number);
	high = number > p->max;
	return bad(ask, mock_say(ask, "%s_%s_value", kind, high ? "above_max" : "below_min"),
		   p->name,
		   "Invalid '%s': %s %s value. Expected a value %s %g, but got %.*s instead.",
		   p->name, kind, high ? "above maximum" : "below minimum",
		   high ? "<=" : ">=", high ? p->max : p->min, STR_ARG(raw));
}

static bool wrong_word(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return bad(ask, "invalid_value", p->name,
		   "Invalid value: '%.*s'. Supported values are: '%s'.", STR_ARG(json_chars(value)),
		   p->words);
}

static const struct mock_param_words words = { unknown_member, wrong_kind, out_of_range,
					       wrong_word };

/* --- the conversation --- */

static const char *const roles[] = { "system", "developer", "user", "assistant",
				     "tool",   "function",  NULL };
static const char *const parts[] = { "text", "image_url", "input_audio", "file", "refusal", NULL };

/* calls and results that do not belong together */
static bool refuse_pairing(struct mock_ask *ask, const struct mock_history_place *p)
{
	switch (p->fault) {
	case HISTORY_NO_ID:
		return bad(
			ask, NULL, mock_say(ask, "messages.[%u].tool_call_id", p->message),
			"Missing parameter 'tool_call_id': messages with role 'tool' must have a "
			"'tool_call_id'.");
	case HISTORY_ORPHAN:
		return bad(ask, NULL, mock_say(ask, "messages.[%u].role", p->message),
			   "Invalid parameter: messages with role 'tool' must be a response to a "
			   "preceeding message with 'tool_calls'.");
	case HISTORY_UNANSWERED:
		return bad(
			ask, NULL, mock_say(ask, "messages.[%u].role", p->message),
			"An assistant message with 'tool_calls' must be followed by tool messages "
			"responding to each 'tool_call_id'. The following tool_call_ids did not "
			"have "
			"response messages: %.*s",
			STR_ARG(p->what));
	default: return true;
	}
}

static bool refuse_history(struct mock_ask *ask, const struct mock_history_place *p)
{
	const char *message = mock_say(ask, "messages[%u]", p->message);

	switch (p->fault) {
	case HISTORY_ROLE:
		return bad(ask, "invalid_value", mock_say(ask, "%s.role", message),
			   "Invalid value: '%.*s'. Supported values are: 'system', 'assistant', "
			   "'user', "
			   "'function', 'tool', and 'developer'.",
			   STR_ARG(p->what));
	case HISTORY_CONTENT:
		return bad(ask, NULL, mock_say(ask, "messages.[%u].content", p->message),
			   "Invalid value for 'content': expected a string, got null.");
	case HISTORY_PART:
		return bad(ask, "invalid_value",
			   mock_say(ask, "%s.content[%u].type", message, p->item),
			   "Invalid value: '%.*s'. Supported values are: 'text', 'image_url', "
			   "'input_audio', 'refusal', 'audio', and 'file'.",
			   STR_ARG(p->what));
	case HISTORY_IMAGE_ROLE:
		return bad(ask, NULL, message,
			   "Invalid '%s'. Image URLs are only allowed for messages with "
			   "role 'user'.",
			   message);
	case HISTORY_IMAGE:
		return bad(ask, NULL, NULL,
			   "Invalid content type. image_url is only supported by certain models.");
	case HISTORY_CALL:
		return bad(ask, "missing_required_parameter",
			   mock_say(ask, "%s.tool_calls[%u]", message, p->item),
			   "Missing required parameter: '%s.tool_calls[%u].function'.", message,
			   p->item);
	default: return refuse_pairing(ask, p);
	}
}

static const struct mock_history_rules history = { roles, parts, true, refuse_history };

/* ids longer than this are refused */
#define MAX_ID 40

static bool check_ids(struct mock_ask *ask)
{
	uint32_t i = 0;

	JSON_EACH (message, ask->messages) {
		uint32_t k = 0;

		JSON_EACH (call, json_get(message, "tool_calls")) {
			size_t n = json_chars(json_get(call, "id")).n;
			const char *where = mock_say(ask, "messages[%u].tool_calls[%u].id", i, k++);

			if (n > MAX_ID)
				return bad(ask, "string_above_max_length", where,
					   "Invalid '%s': string too long. Expected a string with "
					   "maximum "
					   "length %d, but got a string with length %zu instead.",
					   where, MAX_ID, n);
		}
		i++;
	}
	return true;
}

static bool check_messages(struct mock_ask *ask)
{
	ask->messages = json_get(ask->root, "messages");
	if (json_unset(ask->messages))
		return bad(ask, "missing_required_parameter", "messages",
			   "Missing required parameter: 'messages'.");
	if (json_count(ask->messages) == 0)
		return bad(ask, "empty_array", "messages",
			   "Invalid 'messages': empty array. Expected an array with minimum length "
			   "1, but "
			   "got an empty array instead.");
	return mock_check_history(ask, &history) && check_ids(ask);
}

/* --- amounts, and what reasoning models refuse --- */

static bool check_reasoner(struct mock_ask *ask)
{
	struct json effort = json_get(ask->root, "reasoning_effort");
	bool none = json_is(effort, "none");
	double temperature = 1;

	if (!(ask->model->traits & TRAIT_HIDDEN)) {
		if (json_unset(effort))
			return true;
		return bad(ask, NULL, NULL,
			   "Unrecognized request argument supplied: reasoning_effort");
	}
	if (!json_unset(json_get(ask->root, "max_tokens")))
		return bad(
			ask, "unsupported_parameter", "max_tokens",
			"Unsupported parameter: 'max_tokens' is not supported with this model. Use "
			"'max_completion_tokens' instead.");
	if (!json_unset(json_get(ask->root, "stop")))
		return bad(ask, "unsupported_parameter", "stop",
			   "Unsupported parameter: 'stop' is not supported with this model.");
	if (none && !(ask->model->traits & TRAIT_EFFORT_NONE))
		return bad(ask, "unsupported_value", "reasoning_effort",
			   "Unsupported value: 'reasoning_effort' does not support 'none' with "
			   "this model.");
	(void)json_double(json_get(ask->root, "temperature"), &temperature);
	if (temperature != 1 && !none)
		return bad(ask, "unsupported_value", "temperature",
			   "Unsupported value: 'temperature' does not support %g with this model. "
			   "Only the "
			   "default (1) value is supported.",
			   temperature);
	ask->thinking = !none && !json_is(effort, "minimal");
	return true;
}

static bool check_system_role(struct mock_ask *ask)
{
	uint32_t i = 0;

	if (!(ask->model->traits & TRAIT_NO_SYSTEM))
		return true;
	JSON_EACH (message, ask->messages) {
		struct str role = json_chars(json_get(message, "role"));

		if (str_is(role, "system") || str_is(role, "developer"))
			return bad(ask, "unsupported_value", mock_say(ask, "messages[%u].role", i),
				   "Unsupported value: 'messages[%u].role' does not support '%.*s' "
				   "with this "
				   "model.",
				   i, STR_ARG(role));
		i++;
	}
	return true;
}

static bool check_amounts(struct mock_ask *ask)
{
	struct json old = json_get(ask->root, "max_tokens");
	struct json most = json_get(ask->root, "max_completion_tokens");

	if (!json_unset(old) && !json_unset(most))
		return bad(
			ask, "invalid_parameter_combination", "max_tokens",
			"Setting 'max_tokens' and 'max_completion_tokens' at the same time is not "
			"supported.");
	ask->max_tokens = -1;
	(void)json_i64(json_unset(most) ? old : most, &ask->max_tokens);
	if (ask->max_tokens > ask->model->max_output)
		return bad(ask, "invalid_value",
			   json_unset(most) ? "max_tokens" : "max_completion_tokens",
			   "max_tokens is too large: %lld. This model supports at most %lld "
			   "completion "
			   "tokens, whereas you provided %lld.",
			   (long long)ask->max_tokens, (long long)ask->model->max_output,
			   (long long)ask->max_tokens);
	if (ask->input_tokens > ask->model->context)
		return bad(ask, "context_length_exceeded", "messages",
			   "This model's maximum context length is %lld tokens. However, your "
			   "messages "
			   "resulted in %lld tokens. Please reduce the length of the messages.",
			   (long long)ask->model->context, (long long)ask->input_tokens);
	return true;
}

static bool check_stream(struct mock_ask *ask)
{
	struct json options = json_get(ask->root, "stream_options");
	struct json stop = json_get(ask->root, "stop");
	bool logprobs = json_bool(json_get(ask->root, "logprobs"), false);

	ask->stream = json_bool(json_get(ask->root, "stream"), false);
	if (!json_unset(options) && !ask->stream)
		return bad(
			ask, NULL, "stream_options",
			"The 'stream_options' parameter is only allowed when 'stream' is enabled.");
	ask->include_usage = json_bool(json_get(options, "include_usage"), false);
	ask->obfuscate = json_bool(json_get(options, "include_obfuscation"), true);
	if (!mock_ask_stops(ask, stop))
		return bad(ask, "invalid_type", "stop",
			   "Invalid type for 'stop': expected one of a string or array of strings, "
			   "but got "
			   "%s instead.",
			   mock_type_name(json_type(stop)));
	if (ask->n_stops > 4)
		return bad(ask, "array_above_max_length", "stop",
			   "Invalid 'stop': array too long. Expected an array with maximum length "
			   "4, but got "
			   "an array with length %zu instead.",
			   ask->n_stops);
	if (!json_unset(json_get(ask->root, "top_logprobs")) && !logprobs)
		return bad(
			ask, NULL, "top_logprobs",
			"The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.");
	ask->top_logprobs = logprobs ? 0 : -1;
	(void)json_i64(json_get(ask->root, "top_logprobs"), &ask->top_logprobs);
	return true;
}

static bool check_model(struct mock_ask *ask)
{
	struct json model = json_get(ask->root, "model");

	ask->model_name = json_text(model, ask->a);
	if (ask->model_name.n == 0)
		return bad(ask, NULL, NULL, "you must provide a model parameter");
	ask->model = mock_models_find(ask->models, MOCK_OPENAI, ask->model_name);
	if (ask->model)
		return true;
	bad(ask, "model_not_found", NULL,
	    "The model `%.*s` does not exist or you do not have access to it.",
	    STR_ARG(ask->model_name));
	ask->error.status = 404;
	return false;
}

bool mock_check_openai(struct mock_ask *ask)
{
	if (!check_model(ask) ||
	    !mock_check_params(ask, ask->root, params, COUNT_OF(params), &words) ||
	    !check_messages(ask) || !check_system_role(ask) || !check_reasoner(ask) ||
	    !check_stream(ask) || !mock_openai_tools(ask) || !mock_openai_format(ask))
		return false;
	ask->n = 1;
	(void)json_i64(json_get(ask->root, "n"), &ask->n);
	ask->service_tier = json_text(json_get(ask->root, "service_tier"), ask->a);
	mock_ask_last(ask);
	mock_ask_count(ask, (struct json){ NULL, 0 }, json_get(ask->root, "tools"), ask->messages);
	return check_amounts(ask);
}
