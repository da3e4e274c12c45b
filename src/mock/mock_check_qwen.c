/*
 * mock_check_qwen.c -- what Qwen refuses in its OpenAI-compatible mode.
 *
 * Unknown members pass. Where the wording of a refusal is not on record, it says
 * the same as the native mode does.
 */
#include "mock/mock_check.h"

#define ALGO "<400> InternalError.Algo.InvalidParameter: "

static bool bad(struct mock_ask *ask, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool bad(struct mock_ask *ask, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mock_refuse(ask, 400, "invalid_request_error", "invalid_parameter_error", NULL, fmt, ap);
	va_end(ap);
	return false;
}

/* clang-format off */
static const struct mock_param params[] = {
	{ "enable_search", KIND_BOOL, 0, 0, NULL },
	{ "enable_thinking", KIND_BOOL, 0, 0, NULL },
	{ "logprobs", KIND_BOOL, 0, 0, NULL },
	{ "max_completion_tokens", KIND_INTEGER, 1, 1e9, NULL },
	{ "max_tokens", KIND_INTEGER, 1, 1e9, NULL },
	{ "n", KIND_INTEGER, 1, 4, NULL },
	{ "parallel_tool_calls", KIND_BOOL, 0, 0, NULL },
	{ "presence_penalty", KIND_NUMBER, -2, 2, NULL },
	{ "reasoning_effort", KIND_WORD, 0, 0, "none|minimal|low|medium|high|xhigh|max" },
	{ "repetition_penalty", KIND_NUMBER, 0.000001, 1e9, NULL },
	{ "response_format", KIND_OBJECT, 0, 0, NULL },
	{ "seed", KIND_INTEGER, 0, 0, NULL },
	{ "stream", KIND_BOOL, 0, 0, NULL },
	{ "stream_options", KIND_OBJECT, 0, 0, NULL },
	{ "temperature", KIND_NUMBER, 0, 1.9999999, NULL },
	{ "thinking_budget", KIND_INTEGER, 1, 1e9, NULL },
	{ "tools", KIND_ARRAY, 0, 0, NULL },
	{ "top_k", KIND_INTEGER, 0, 1e9, NULL },
	{ "top_logprobs", KIND_INTEGER, 0, 5, NULL },
	{ "top_p", KIND_NUMBER, 0.000001, 1, NULL },
};
/* clang-format on */

static bool wrong_kind(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return bad(ask, ALGO "Input should be a valid %s, got %s: parameters.%s",
		   strchr(mock_kind_name(p->kind), ' ') + 1, mock_type_name(json_type(value)),
		   p->name);
}

static bool out_of_range(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	if (strcmp(p->name, "temperature") == 0)
		return bad(ask, "'temperature' must be Float and in the range [0.0, 2.0)");
	if (strcmp(p->name, "top_p") == 0)
		return bad(ask, "'top_p' must be Float and in the range (0.0, 1.0]");
	return bad(ask, ALGO "Range of %s should be [%.10g, %.10g], got %.*s", p->name, p->min,
		   p->max, STR_ARG(json_raw(value)));
}

static bool wrong_word(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return bad(ask, ALGO "%s should be one of %s, got '%.*s'", p->name, p->words,
		   STR_ARG(json_chars(value)));
}

static const struct mock_param_words words = { NULL, wrong_kind, out_of_range, wrong_word };

static const char *const roles[] = { "system", "user", "assistant", "tool", "function", NULL };
static const char *const parts[] = {
	"text", "image_url", "video", "video_url", "input_audio", NULL
};

static bool refuse_history(struct mock_ask *ask, const struct mock_history_place *p)
{
	switch (p->fault) {
	case HISTORY_ROLE:
		return bad(
			ask,
			"%.*s is not one of ['system', 'assistant', 'user', 'tool', 'function'] - "
			"'messages.%u.role'",
			STR_ARG(p->what), p->message);
	case HISTORY_CONTENT:
		return bad(ask, ALGO "The content field is a required field: messages.[%u].content",
			   p->message);
	case HISTORY_PART:
		return bad(ask, ALGO "Invalid type '%.*s' of a content part: messages.[%u]",
			   STR_ARG(p->what), p->message);
	case HISTORY_IMAGE_ROLE:
	case HISTORY_IMAGE:
		return bad(ask, ALGO "The model does not support image input: messages.[%u]",
			   p->message);
	case HISTORY_CALL:
		return bad(ask,
			   ALGO "Input should be a valid tool call: messages.[%u].tool_calls.[%u]",
			   p->message, p->item);
	case HISTORY_NO_ID:
		return bad(ask, ALGO "tool_call_id is a required field: messages.[%u]", p->message);
	case HISTORY_ORPHAN:
		return bad(ask, ALGO
			   "messages with role \"tool\" must be a response to a preceeding message "
			   "with \"tool_calls\".");
	case HISTORY_UNANSWERED:
		return bad(ask,
			   ALGO "An assistant message with \"tool_calls\" must be followed by tool "
				"messages responding to each \"tool_call_id\". The following "
				"tool_call_ids did not have response messages: %.*s",
			   STR_ARG(p->what));
	}
	return true;
}

static const struct mock_history_rules history = { roles, parts, true, refuse_history };

static bool check_messages(struct mock_ask *ask)
{
	ask->messages = json_get(ask->root, "messages");
	if (json_type(ask->messages) != JSON_ARRAY)
		return bad(ask, ALGO "Input should be a valid list: input.messages");
	if (json_count(ask->messages) == 0)
		return bad(ask, "[] is too short - 'messages'");
	return mock_check_history(ask, &history);
}

static bool check_thinking(struct mock_ask *ask)
{
	struct json wanted = json_get(ask->root, "enable_thinking");
	struct json effort = json_get(ask->root, "reasoning_effort");
	uint32_t traits = ask->model->traits;

	ask->thinking = json_bool(wanted, traits & TRAIT_THINKS_UNASKED);
	if (json_unset(wanted) && !json_unset(effort))
		ask->thinking = !json_is(effort, "none");
	if (ask->thinking && !(traits & TRAIT_THINKS))
		ask->thinking = false; /* it is ignored */
	if (!ask->thinking && traits & TRAIT_THINKS_ALWAYS)
		return bad(ask, ALGO
			   "The value of the enable_thinking parameter is restricted to True.");
	if (ask->thinking && traits & TRAIT_STREAM_THINKER && !ask->stream)
		return bad(
			ask,
			traits & TRAIT_THINKS_ALWAYS
				? "This model only support stream mode, please enable the stream "
				  "parameter to access the model."
				: "parameter.enable_thinking must be set to false for "
				  "non-streaming "
				  "calls");
	return true;
}

static bool check_tools(struct mock_ask *ask)
{
	struct json tools = json_get(ask->root, "tools");
	struct json choice = json_get(ask->root, "tool_choice");
	uint32_t i = 0;

	if (!json_unset(tools) && json_count(tools) == 0)
		return bad(ask, "[] is too short - 'tools'");
	JSON_EACH (tool, tools) {
		struct json f = json_get(tool, "function");

		if (!json_is(json_get(tool, "type"), "function") ||
		    json_chars(json_get(f, "name")).n == 0)
			return bad(ask, ALGO "Tool names are required: tools.[%u]", i);
		i++;
	}
	mock_read_tools(ask, tools, choice);
	ask->parallel = json_bool(json_get(ask->root, "parallel_tool_calls"), false);
	if (ask->thinking && (json_is(choice, "required") || json_type(choice) == JSON_OBJECT))
		return bad(ask, ALGO
			   "The tool_choice parameter does not support being set to required or "
			   "object in thinking mode");
	if (ask->tool_choice == TOOLS_NAMED && !mock_ask_has_tool(ask, ask->named_tool))
		return bad(ask, ALGO
			   "tool_choice is one of the strings that should be [\"none\", \"auto\"]");
	return true;
}

static bool check_format(struct mock_ask *ask)
{
	struct json format = json_get(ask->root, "response_format");
	struct json type = json_get(format, "type");

	if (json_unset(format) || json_is(type, "text"))
		return true;
	if (ask->thinking && !(ask->model->traits & TRAIT_THINKS_ALWAYS))
		return bad(ask,
			   ALGO "Json mode response is not supported when enable_thinking is true");
	if (json_is(type, "json_schema") && ask->model->traits & TRAIT_SCHEMA) {
		ask->format = FORM_SCHEMA;
		ask->schema = json_get(json_get(format, "json_schema"), "schema");
		return true;
	}
	if (!json_is(type, "json_object"))
		return bad(ask, ALGO "'response_format.type' Invalid value: '%.*s'.",
			   STR_ARG(json_chars(type)));
	ask->format = FORM_JSON;
	if (mock_says_json(ask))
		return true;
	return bad(ask, ALGO "'messages' must contain the word 'json' in some form, to use "
			     "'response_format' of type 'json_object'.");
}

static bool check_amounts(struct mock_ask *ask)
{
	struct json most = json_get(ask->root, "max_completion_tokens");

	ask->max_tokens = -1;
	(void)json_i64(json_unset(most) ? json_get(ask->root, "max_tokens") : most,
		       &ask->max_tokens);
	if (ask->max_tokens > ask->model->max_output)
		return bad(ask, ALGO "Range of max_tokens should be [1, %lld]",
			   (long long)ask->model->max_output);
	if (ask->input_tokens > ask->model->context)
		return bad(ask, ALGO "Range of input length should be [1, %lld]",
			   (long long)ask->model->context);
	return true;
}

static bool check_rest(struct mock_ask *ask)
{
	struct json options = json_get(ask->root, "stream_options");
	bool logprobs = json_bool(json_get(ask->root, "logprobs"), false);

	ask->stream = json_bool(json_get(ask->root, "stream"), false);
	ask->include_usage = json_bool(json_get(options, "include_usage"), false);
	if (!json_unset(options) && !ask->stream)
		return bad(ask, "'stream_options' only set this when you set stream: true");
	if (!mock_ask_stops(ask, json_get(ask->root, "stop")))
		return bad(ask, ALGO "Input should be a valid list: parameters.stop");
	ask->top_logprobs = logprobs ? 0 : -1;
	if (logprobs)
		(void)json_i64(json_get(ask->root, "top_logprobs"), &ask->top_logprobs);
	ask->n = 1;
	(void)json_i64(json_get(ask->root, "n"), &ask->n);
	return true;
}

static bool check_model(struct mock_ask *ask)
{
	ask->model_name = json_text(json_get(ask->root, "model"), ask->a);
	if (ask->model_name.n == 0)
		return bad(ask, "you must provide a model parameter");
	ask->model = mock_models_find(ask->models, MOCK_QWEN, ask->model_name);
	if (ask->model)
		return true;
	bad(ask, "The model `%.*s` does not exist or you do not have access to it.",
	    STR_ARG(ask->model_name));
	ask->error.status = 404;
	ask->error.code = "model_not_found";
	return false;
}

bool mock_check_qwen(struct mock_ask *ask)
{
	if (!check_model(ask) ||
	    !mock_check_params(ask, ask->root, params, COUNT_OF(params), &words) ||
	    !check_messages(ask) || !check_rest(ask) || !check_thinking(ask) || !check_tools(ask) ||
	    !check_format(ask))
		return false;
	mock_ask_last(ask);
	mock_ask_count(ask, (struct json){ NULL, 0 }, json_get(ask->root, "tools"), ask->messages);
	return check_amounts(ask);
}
