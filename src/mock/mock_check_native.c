/*
 * mock_check_native.c -- what Qwen refuses in its native mode.
 *
 * Text models take strings, multimodal ones arrays of {"text"} and {"image"}, each
 * under its own path. A stream is asked for by a header, and repeats the whole
 * text so far in every event unless it is told to be incremental.
 */
#include "mock/mock_check.h"

static bool bad(struct mock_ask *ask, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool bad(struct mock_ask *ask, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mock_refuse(ask, 400, NULL, "InvalidParameter", NULL, fmt, ap);
	va_end(ap);
	return false;
}

/* clang-format off */
static const struct mock_param params[] = {
	{ "enable_search", KIND_BOOL, 0, 0, NULL },
	{ "enable_thinking", KIND_BOOL, 0, 0, NULL },
	{ "incremental_output", KIND_BOOL, 0, 0, NULL },
	{ "logprobs", KIND_BOOL, 0, 0, NULL },
	{ "max_tokens", KIND_INTEGER, 1, 1e9, NULL },
	{ "n", KIND_INTEGER, 1, 4, NULL },
	{ "parallel_tool_calls", KIND_BOOL, 0, 0, NULL },
	{ "presence_penalty", KIND_NUMBER, -2, 2, NULL },
	{ "repetition_penalty", KIND_NUMBER, 0.000001, 1e9, NULL },
	{ "response_format", KIND_OBJECT, 0, 0, NULL },
	{ "result_format", KIND_WORD, 0, 0, "text|message" },
	{ "seed", KIND_INTEGER, 0, 0, NULL },
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
	return bad(ask, "Input should be a valid %s, got %s: parameters.%s",
		   strchr(mock_kind_name(p->kind), ' ') + 1, mock_type_name(json_type(value)),
		   p->name);
}

static bool out_of_range(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	(void)value;
	return bad(ask, "Range of %s should be [%.10g, %.10g]", p->name, p->min, p->max);
}

static bool wrong_word(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	return bad(ask, "%s should be one of %s, got '%.*s'", p->name, p->words,
		   STR_ARG(json_chars(value)));
}

static const struct mock_param_words words = { NULL, wrong_kind, out_of_range, wrong_word };

static const char *const roles[] = { "system", "user", "assistant", "tool", NULL };

/* {"text": ...} and {"image": ...}, without a type */
static bool check_parts(struct mock_ask *ask, struct json content)
{
	JSON_EACH (part, content) {
		struct json text = json_get(part, "text");
		struct json image = json_get(part, "image");

		if (json_type(text) != JSON_STRING && json_type(image) != JSON_STRING)
			return bad(ask,
				   "Input should be a valid content part: input.messages.content");
		if (json_type(image) == JSON_STRING && !(ask->model->traits & TRAIT_VISION))
			return bad(ask, "The model does not support image input.");
	}
	return true;
}

static bool check_content(struct mock_ask *ask, struct json message)
{
	struct json content = json_get(message, "content");
	bool calls = json_count(json_get(message, "tool_calls")) > 0;

	if (ask->heads.multimodal && json_type(content) == JSON_ARRAY)
		return check_parts(ask, content);
	if (ask->heads.multimodal || json_type(content) != JSON_STRING)
		return bad(ask, "Input should be a valid %s: input.messages.content",
			   ask->heads.multimodal ? "list" : "string");
	if (json_chars(content).n == 0 && !calls)
		return bad(
			ask,
			"Role must be user or assistant and Content length must be greater than 0");
	return true;
}

static bool check_messages(struct mock_ask *ask, struct json input)
{
	struct json calls = { NULL, 0 };

	ask->messages = json_get(input, "messages");
	if (json_type(json_get(input, "prompt")) == JSON_STRING && json_count(ask->messages) == 0)
		return true;
	if (json_count(ask->messages) == 0)
		return bad(ask,
			   "Either \"prompt\" or \"messages\" must exist and cannot both be none");
	JSON_EACH (message, ask->messages) {
		struct json role = json_get(message, "role");

		if (!mock_list_has(roles, json_chars(role)))
			return bad(ask, "Role must be in [user, assistant, system, tool]");
		if (json_is(role, "tool") && !json_present(calls))
			return bad(ask,
				   "messages with role \"tool\" must be a response to a preceeding "
				   "message with \"tool_calls\".");
		if (!json_is(role, "tool"))
			calls = json_get(message, "tool_calls");
		if (!check_content(ask, message))
			return false;
	}
	return true;
}

static bool check_thinking(struct mock_ask *ask, struct json p)
{
	uint32_t traits = ask->model->traits;

	ask->thinking = json_bool(json_get(p, "enable_thinking"), traits & TRAIT_THINKS_UNASKED);
	if (!ask->thinking && traits & TRAIT_THINKS_ALWAYS)
		return bad(ask,
			   "The value of the enable_thinking parameter is restricted to True.");
	if (!(traits & TRAIT_THINKS))
		ask->thinking = false;
	if (ask->thinking && traits & TRAIT_STREAM_THINKER && !ask->stream)
		return bad(
			ask,
			"parameter.enable_thinking must be set to false for non-streaming calls");
	if (ask->thinking && ask->stream && !ask->incremental)
		return bad(ask, "This model only support incremental_output set to True.");
	return true;
}

static bool check_tools(struct mock_ask *ask, struct json p)
{
	struct json choice = json_get(p, "tool_choice");

	mock_read_tools(ask, json_get(p, "tools"), choice);
	ask->parallel = json_bool(json_get(p, "parallel_tool_calls"), false);
	if (ask->n_tools && ask->plain_text)
		return bad(ask, "result_format must be message when tools are given");
	if (ask->thinking && json_type(choice) == JSON_OBJECT)
		return bad(ask, "The tool_choice parameter does not support being set to required "
				"or object "
				"in thinking mode");
	return true;
}

static bool check_format(struct mock_ask *ask, struct json p)
{
	struct json format = json_get(p, "response_format");
	struct json type = json_get(format, "type");

	if (json_unset(format) || json_is(type, "text"))
		return true;
	if (ask->thinking && !(ask->model->traits & TRAIT_THINKS_ALWAYS))
		return bad(ask, "Json mode response is not supported when enable_thinking is true");
	ask->format = FORM_JSON;
	if (json_is(type, "json_schema") && ask->model->traits & TRAIT_SCHEMA) {
		ask->format = FORM_SCHEMA;
		ask->schema = json_get(json_get(format, "json_schema"), "schema");
	} else if (!mock_says_json(ask)) {
		return bad(ask, "'messages' must contain the word 'json' in some form, to use "
				"'response_format' of type 'json_object'.");
	}
	return true;
}

static bool check_amounts(struct mock_ask *ask, struct json p)
{
	ask->max_tokens = -1;
	(void)json_i64(json_get(p, "max_tokens"), &ask->max_tokens);
	if (ask->max_tokens > ask->model->max_output)
		return bad(ask, "Range of max_tokens should be [1, %lld]",
			   (long long)ask->model->max_output);
	if (ask->input_tokens > ask->model->context)
		return bad(ask, "Range of input length should be [1, %lld]",
			   (long long)ask->model->context);
	if (!mock_ask_stops(ask, json_get(p, "stop")))
		return bad(ask, "Input should be a valid list: parameters.stop");
	ask->n = 1;
	(void)json_i64(json_get(p, "n"), &ask->n);
	ask->top_logprobs = -1;
	return true;
}

static bool check_model(struct mock_ask *ask)
{
	ask->model_name = json_text(json_get(ask->root, "model"), ask->a);
	if (ask->model_name.n == 0)
		return bad(ask, "Model can not be empty.");
	ask->model = mock_models_find(ask->models, MOCK_QWEN, ask->model_name);
	if (!ask->model)
		return bad(ask, "Model not exist.");
	if (ask->heads.multimodal != !!(ask->model->traits & TRAIT_MULTIMODAL))
		return bad(ask, "url error, please check url\xEF\xBC\x81");
	return true;
}

bool mock_check_qwen_native(struct mock_ask *ask)
{
	struct json input = json_get(ask->root, "input");
	struct json p = json_get(ask->root, "parameters");

	ask->stream = str_ieq(ask->heads.dashscope_sse, STR("enable"));
	ask->incremental = json_bool(json_get(p, "incremental_output"), false);
	if (!check_model(ask) || !mock_check_params(ask, p, params, COUNT_OF(params), &words) ||
	    !check_messages(ask, input) || !check_thinking(ask, p))
		return false;
	ask->plain_text = !ask->heads.multimodal && !ask->thinking &&
			  !json_is(json_get(p, "result_format"), "message");
	if (!check_tools(ask, p) || !check_format(ask, p))
		return false;
	if (json_present(ask->messages))
		mock_ask_last(ask);
	else
		ask->last_text = json_text(json_get(input, "prompt"), ask->a);
	mock_ask_count(ask, json_get(input, "prompt"), json_get(p, "tools"), ask->messages);
	return check_amounts(ask, p);
}
