/*
 * mock_check_deepseek.c -- what DeepSeek's chat completions endpoint refuses.
 *
 * Unknown members pass. In thinking mode temperature and penalties are ignored, a
 * tool cannot be forced, and a history of tool calls must bring its reasoning back.
 */
#include "mock/mock_check.h"

static bool bad(struct mock_ask *ask, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool bad(struct mock_ask *ask, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mock_refuse(ask, 400, "invalid_request_error", "invalid_request_error", NULL, fmt, ap);
	va_end(ap);
	return false;
}

/* what its JSON reader says; the column is where the body ends */
static bool unreadable(struct mock_ask *ask, const char *what)
{
	return bad(
		ask,
		"Failed to deserialize the JSON body into the target type: %s at line 1 column %zu",
		what, json_raw(ask->root).n);
}

/* clang-format off */
static const struct mock_param params[] = {
	{ "frequency_penalty", KIND_NUMBER, -2, 2, NULL },
	{ "logprobs", KIND_BOOL, 0, 0, NULL },
	{ "max_tokens", KIND_INTEGER, 1, 393216, NULL },
	{ "presence_penalty", KIND_NUMBER, -2, 2, NULL },
	{ "reasoning_effort", KIND_WORD, 0, 0, "minimal|low|medium|high|xhigh|max|ultra" },
	{ "response_format", KIND_OBJECT, 0, 0, NULL },
	{ "stream", KIND_BOOL, 0, 0, NULL },
	{ "stream_options", KIND_OBJECT, 0, 0, NULL },
	{ "temperature", KIND_NUMBER, 0, 2, NULL },
	{ "thinking", KIND_OBJECT, 0, 0, NULL },
	{ "tools", KIND_ARRAY, 0, 0, NULL },
	{ "top_logprobs", KIND_INTEGER, 0, 20, NULL },
	{ "top_p", KIND_NUMBER, 0, 1, NULL },
	{ "user_id", KIND_STRING, 0, 0, NULL },
};
/* clang-format on */

static bool wrong_kind(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return unreadable(ask, mock_say(ask, "%s: invalid type: %s, expected %s", p->name,
					mock_type_name(json_type(value)), mock_kind_name(p->kind)));
}

static bool out_of_range(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	(void)value;
	return bad(ask, "Invalid %s value, the valid range of %s is [%.10g, %.10g]", p->name,
		   p->name, p->min, p->max);
}

static bool wrong_word(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return unreadable(ask, mock_say(ask, "%s: unknown variant `%.*s`, expected one of `%s`",
					p->name, STR_ARG(json_chars(value)), p->words));
}

static const struct mock_param_words words = { NULL, wrong_kind, out_of_range, wrong_word };

static const char *const roles[] = { "system", "user", "assistant", "tool", NULL };
static const char *const text_only[] = { "text", NULL };
static const char *const with_images[] = { "text", "image_url", NULL };

static bool refuse_history(struct mock_ask *ask, const struct mock_history_place *p)
{
	const char *message = mock_say(ask, "messages[%u]", p->message);

	switch (p->fault) {
	case HISTORY_ROLE:
		return unreadable(ask, mock_say(ask,
						"%s.role: unknown variant `%.*s`, expected one of "
						"`system`, `user`, `assistant`, `tool`",
						message, STR_ARG(p->what)));
	case HISTORY_CONTENT:
		return unreadable(ask, mock_say(ask, "%s: missing field `content`", message));
	case HISTORY_PART:
	case HISTORY_IMAGE_ROLE:
	case HISTORY_IMAGE:
		return unreadable(ask, mock_say(ask, "%s: unknown variant `%.*s`, expected `text`",
						message, STR_ARG(p->what)));
	case HISTORY_CALL:
		return unreadable(ask, mock_say(ask, "%s.tool_calls[%u]: missing field `function`",
						message, p->item));
	case HISTORY_NO_ID:
		return unreadable(ask, mock_say(ask, "%s: missing field `tool_call_id`", message));
	case HISTORY_ORPHAN:
		return bad(
			ask,
			"Messages with role 'tool' must be a response to a preceding message with "
			"'tool_calls'");
	case HISTORY_UNANSWERED:
		return bad(
			ask,
			"An assistant message with 'tool_calls' must be followed by tool messages "
			"responding to each 'tool_call_id'. (insufficient tool messages following "
			"tool_calls message)");
	}
	return true;
}

static bool check_messages(struct mock_ask *ask)
{
	struct mock_history_rules rules = { roles, text_only, true, refuse_history };

	if (ask->model->traits & TRAIT_VISION)
		rules.parts = with_images;
	ask->messages = json_get(ask->root, "messages");
	if (json_type(ask->messages) != JSON_ARRAY)
		return unreadable(ask, "missing field `messages`");
	if (json_count(ask->messages) == 0)
		return bad(ask, "Empty input messages");
	return mock_check_history(ask, &rules);
}

static bool check_reasoning(struct mock_ask *ask)
{
	struct json choice = json_get(ask->root, "tool_choice");

	ask->thinking = ask->model->traits & TRAIT_THINKS_UNASKED &&
			!json_is(json_get(json_get(ask->root, "thinking"), "type"), "disabled");
	if (!ask->thinking)
		return true;
	JSON_EACH (message, ask->messages) {
		if (json_count(json_get(message, "tool_calls")) > 0 &&
		    json_type(json_get(message, "reasoning_content")) != JSON_STRING)
			return bad(ask, "The `reasoning_content` in the thinking mode must be "
					"passed back to "
					"the API.");
	}
	if (json_is(choice, "required") || json_type(choice) == JSON_OBJECT)
		return bad(ask, "Thinking mode does not support this tool_choice");
	return true;
}

static bool check_tools(struct mock_ask *ask)
{
	struct json tools = json_get(ask->root, "tools");
	uint32_t i = 0;

	JSON_EACH (tool, tools) {
		struct json f = json_get(tool, "function");

		if (!json_is(json_get(tool, "type"), "function"))
			return unreadable(
				ask, mock_say(ask,
					      "tools[%u].type: unknown variant `%.*s`, expected "
					      "`function`",
					      i, STR_ARG(json_chars(json_get(tool, "type")))));
		if (json_chars(json_get(f, "name")).n == 0)
			return unreadable(
				ask, mock_say(ask, "tools[%u].function: missing field `name`", i));
		i++;
	}
	mock_read_tools(ask, tools, json_get(ask->root, "tool_choice"));
	if (ask->tool_choice == TOOLS_NAMED && !mock_ask_has_tool(ask, ask->named_tool))
		return bad(ask, "The function in tool_choice is not in tools");
	ask->parallel = true;
	return true;
}

static bool check_format(struct mock_ask *ask)
{
	struct json type = json_get(json_get(ask->root, "response_format"), "type");

	if (json_unset(type) || json_is(type, "text"))
		return true;
	if (!json_is(type, "json_object"))
		return bad(ask, "This response_format type is unavailable now");
	if (!mock_says_json(ask))
		return bad(ask, "Prompt must contain the word 'json' in some form to use "
				"'response_format' of "
				"type 'json_object'.");
	ask->format = FORM_JSON;
	return true;
}

static bool check_amounts(struct mock_ask *ask)
{
	int64_t room;

	ask->max_tokens = -1;
	(void)json_i64(json_get(ask->root, "max_tokens"), &ask->max_tokens);
	room = ask->max_tokens > 0 ? ask->max_tokens : 0;
	if (ask->input_tokens + room <= ask->model->context)
		return true;
	return bad(
		ask,
		"This model's maximum context length is %lld tokens. However, you requested %lld "
		"tokens (%lld in the messages, %lld in the completion). Please reduce the length "
		"of "
		"the messages or completion.",
		(long long)ask->model->context, (long long)(ask->input_tokens + room),
		(long long)ask->input_tokens, (long long)room);
}

static bool check_rest(struct mock_ask *ask)
{
	struct json options = json_get(ask->root, "stream_options");
	bool logprobs = json_bool(json_get(ask->root, "logprobs"), false);

	ask->stream = json_bool(json_get(ask->root, "stream"), false);
	ask->include_usage = json_bool(json_get(options, "include_usage"), false);
	if (!json_unset(options) && !ask->stream)
		return bad(ask, "stream_options should be set along with stream = true");
	if (!mock_ask_stops(ask, json_get(ask->root, "stop")))
		return unreadable(ask,
				  "stop: data did not match any variant of untagged enum Stop");
	if (!json_unset(json_get(ask->root, "top_logprobs")) && !logprobs)
		return bad(ask,
			   "Invalid top_logprobs value, logprobs must be true to use top_logprobs");
	ask->top_logprobs = logprobs ? 0 : -1;
	(void)json_i64(json_get(ask->root, "top_logprobs"), &ask->top_logprobs);
	ask->n = 1;
	return true;
}

static bool check_model(struct mock_ask *ask)
{
	struct json model = json_get(ask->root, "model");
	const char *names = "";
	const struct mock_model *m;

	ask->model_name = json_text(model, ask->a);
	if (str_absent(ask->model_name))
		return unreadable(ask, "missing field `model`");
	ask->model = mock_models_find(ask->models, MOCK_DEEPSEEK, ask->model_name);
	if (ask->model)
		return true;
	for (size_t i = 0; (m = mock_models_at(ask->models, MOCK_DEEPSEEK, i)); i++)
		names = mock_say(ask, "%s%s%s", names, i ? " or " : "", m->name);
	return bad(ask, "The supported API model names are %s, but you passed %.*s.", names,
		   STR_ARG(ask->model_name));
}

bool mock_check_deepseek(struct mock_ask *ask)
{
	if (!check_model(ask) ||
	    !mock_check_params(ask, ask->root, params, COUNT_OF(params), &words) ||
	    !check_messages(ask) || !check_reasoning(ask) || !check_tools(ask) ||
	    !check_format(ask) || !check_rest(ask))
		return false;
	mock_ask_last(ask);
	mock_ask_count(ask, (struct json){ NULL, 0 }, json_get(ask->root, "tools"), ask->messages);
	return check_amounts(ask);
}
