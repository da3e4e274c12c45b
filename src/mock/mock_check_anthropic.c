/* mock_check_anthropic.c -- what Anthropic's messages endpoint refuses, apart from the messages. */
#include "mock/mock_check_anthropic.h"

bool mock_anthropic_bad(struct mock_ask *ask, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mock_refuse(ask, 400, "invalid_request_error", NULL, NULL, fmt, ap);
	va_end(ap);
	return false;
}

#define bad mock_anthropic_bad

/* clang-format off */
static const struct mock_param params[] = {
	{ "model", KIND_STRING, 0, 0, NULL },
	{ "messages", KIND_ARRAY, 0, 0, NULL },
	{ "max_tokens", KIND_INTEGER, 0, 1e9, NULL },
	{ "cache_control", KIND_OBJECT, 0, 0, NULL },
	{ "container", KIND_ANY, 0, 0, NULL },
	{ "inference_geo", KIND_STRING, 0, 0, NULL },
	{ "metadata", KIND_OBJECT, 0, 0, NULL },
	{ "output_config", KIND_OBJECT, 0, 0, NULL },
	{ "service_tier", KIND_WORD, 0, 0, "auto|standard_only" },
	{ "stop_sequences", KIND_ARRAY, 0, 0, NULL },
	{ "stream", KIND_BOOL, 0, 0, NULL },
	{ "system", KIND_ANY, 0, 0, NULL },
	{ "temperature", KIND_NUMBER, 0, 1, NULL },
	{ "thinking", KIND_OBJECT, 0, 0, NULL },
	{ "tool_choice", KIND_OBJECT, 0, 0, NULL },
	{ "tools", KIND_ARRAY, 0, 0, NULL },
	{ "top_k", KIND_INTEGER, 0, 1e9, NULL },
	{ "top_p", KIND_NUMBER, 0, 1, NULL },
};
/* clang-format on */

static bool unknown_member(struct mock_ask *ask, struct str name)
{
	return bad(ask, "%.*s: Extra inputs are not permitted", STR_ARG(name));
}

static bool wrong_kind(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	(void)value;
	return bad(ask, "%s: Input should be a valid %s", p->name,
		   strchr(mock_kind_name(p->kind), ' ') + 1);
}

static bool out_of_range(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	(void)value;
	if (p->kind == KIND_INTEGER)
		return bad(ask, "%s: Input should be greater than or equal to %g", p->name, p->min);
	return bad(ask, "%s: range: %g..%g", p->name, p->min, p->max);
}

static bool wrong_word(struct mock_ask *ask, const struct mock_param *p, struct json value)
{
	(void)value;
	return bad(ask, "%s: Input should be one of '%s'", p->name, p->words);
}

static const struct mock_param_words words = { unknown_member, wrong_kind, out_of_range,
					       wrong_word };

/* --- sampling and thinking --- */

static bool check_sampling(struct mock_ask *ask)
{
	static const char *const sampling[] = { "temperature", "top_p", "top_k" };
	double temperature = 1;

	for (size_t i = 0; i < COUNT_OF(sampling); i++) {
		if (ask->model->traits & TRAIT_NO_SAMPLING &&
		    !json_unset(json_get(ask->root, sampling[i])))
			return bad(ask, "`%s` is deprecated for this model.", sampling[i]);
	}
	if (!json_unset(json_get(ask->root, "temperature")) &&
	    !json_unset(json_get(ask->root, "top_p")))
		return bad(
			ask,
			"`temperature` and `top_p` cannot both be specified for this model. Please "
			"use only one.");
	(void)json_double(json_get(ask->root, "temperature"), &temperature);
	if (ask->thinking && temperature != 1)
		return bad(ask, "`temperature` may only be set to 1 when thinking is enabled or in "
				"adaptive "
				"mode.");
	return true;
}

static bool check_budget(struct mock_ask *ask, struct json thinking)
{
	int64_t budget = 0;

	if (!(ask->model->traits & TRAIT_BUDGET))
		return bad(ask, "\"thinking.type.enabled\" is not supported for this model. Use "
				"\"thinking.type.adaptive\" and \"output_config.effort\" to "
				"control thinking "
				"behavior.");
	if (!json_i64(json_get(thinking, "budget_tokens"), &budget))
		return bad(ask, "thinking.enabled.budget_tokens: Field required");
	if (budget < 1024)
		return bad(
			ask,
			"thinking.enabled.budget_tokens: Input should be greater than or equal to "
			"1024");
	if (budget >= ask->max_tokens)
		return bad(ask, "`max_tokens` must be greater than `thinking.budget_tokens`.");
	return true;
}

static bool check_effort(struct mock_ask *ask)
{
	struct json effort = json_get(json_get(ask->root, "output_config"), "effort");
	static const char *const levels[] = { "low", "medium", "high", "xhigh", "max", NULL };

	if (json_unset(effort))
		return true;
	if (!(ask->model->traits & TRAIT_ADAPTIVE) && !str_has(str_of(ask->model->name), "opus"))
		return bad(ask, "This model does not support the effort parameter.");
	if (!mock_list_has(levels, json_chars(effort)))
		return bad(
			ask,
			"output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or "
			"'max'");
	return true;
}

static bool check_thinking(struct mock_ask *ask)
{
	struct json thinking = json_get(ask->root, "thinking");
	struct json type = json_get(thinking, "type");
	uint32_t traits = ask->model->traits;

	ask->thinking = traits & TRAIT_THINKS_UNASKED;
	if (json_unset(thinking))
		return check_effort(ask);
	ask->thinking = !json_is(type, "disabled");
	if (!ask->thinking && traits & TRAIT_THINKS_ALWAYS)
		return bad(ask, "\"thinking.type.disabled\" is not supported for this model.");
	if (json_is(type, "enabled") && !check_budget(ask, thinking))
		return false;
	if (json_is(type, "adaptive") && !(traits & TRAIT_ADAPTIVE))
		return bad(ask, "adaptive thinking is not supported on this model");
	if (ask->thinking && !json_is(type, "enabled") && !json_is(type, "adaptive"))
		return bad(
			ask,
			"thinking: Input tag '%.*s' found using 'type' does not match any of the "
			"expected tags: 'adaptive', 'disabled', 'enabled'",
			STR_ARG(json_chars(type)));
	return check_effort(ask);
}

/* --- tools and schemas --- */

static bool check_tool(struct mock_ask *ask, struct json tool, uint32_t i)
{
	struct json name = json_get(tool, "name");
	struct json schema = json_get(tool, "input_schema");

	if (!json_unset(json_get(tool, "type")) && !json_is(json_get(tool, "type"), "custom"))
		return true; /* runs on the vendor's side */
	if (!mock_anthropic_is_id(json_chars(name)) || json_chars(name).n > 128)
		return bad(ask,
			   "tools.%u.custom.name: String should match pattern "
			   "'^[a-zA-Z0-9_-]{1,128}$'",
			   i);
	if (json_type(schema) != JSON_OBJECT)
		return bad(ask, "tools.%u.custom.input_schema: Field required", i);
	if (!json_is(json_get(schema, "type"), "object"))
		return bad(ask, "tools.%u.custom.input_schema.type: %s", i,
			   json_unset(json_get(schema, "type")) ? "Field required"
								: "Input should be 'object'");
	if (mock_ask_has_tool(ask, json_text(name, ask->a)))
		return bad(ask, "tools: Tool names must be unique.");
	if (!mock_ask_tool(ask, name, schema))
		return bad(ask, "tools: too many");
	return true;
}

/* A forced tool and thinking exclude each other. */
static bool check_forced(struct mock_ask *ask)
{
	if (ask->tool_choice != TOOLS_ANY && ask->tool_choice != TOOLS_NAMED)
		return true;
	if (ask->model->traits & TRAIT_THINKS_ALWAYS)
		return bad(ask, "tool_choice: this model does not support forcing tool use.");
	if (ask->thinking)
		return bad(ask, "Thinking may not be enabled when tool_choice forces tool use.");
	return true;
}

static bool check_choice(struct mock_ask *ask)
{
	struct json choice = json_get(ask->root, "tool_choice");
	struct json type = json_get(choice, "type");
	static const char *const types[] = { "auto", "none", "any", "tool", NULL };

	ask->tool_choice = ask->n_tools ? TOOLS_AUTO : TOOLS_NONE;
	ask->parallel = !json_bool(json_get(choice, "disable_parallel_tool_use"), false);
	if (json_unset(choice))
		return true;
	if (ask->n_tools == 0)
		return bad(ask,
			   "tool_choice: tool_choice may only be specified while providing tools");
	if (!mock_list_has(types, json_chars(type)))
		return bad(ask,
			   "tool_choice: Input tag '%.*s' found using 'type' does not match any of "
			   "the "
			   "expected tags: 'auto', 'any', 'tool', 'none'",
			   STR_ARG(json_chars(type)));
	if (json_is(type, "none"))
		ask->tool_choice = TOOLS_NONE;
	if (json_is(type, "any"))
		ask->tool_choice = TOOLS_ANY;
	if (json_is(type, "tool")) {
		ask->tool_choice = TOOLS_NAMED;
		ask->named_tool = json_text(json_get(choice, "name"), ask->a);
	}
	if (ask->tool_choice == TOOLS_NAMED && !mock_ask_has_tool(ask, ask->named_tool))
		return bad(ask, "tool_choice.tool.name: Tool '%.*s' not found in provided tools",
			   STR_ARG(ask->named_tool));
	return check_forced(ask);
}

static bool check_tools(struct mock_ask *ask)
{
	uint32_t i = 0, strict = 0;

	JSON_EACH (tool, json_get(ask->root, "tools")) {
		strict += json_bool(json_get(tool, "strict"), false);
		if (!check_tool(ask, tool, i++))
			return false;
	}
	if (strict > 20)
		return bad(ask,
			   "Too many strict tools (%u). The maximum number of strict tools "
			   "supported is "
			   "20. Try reducing the number of tools marked as strict.",
			   strict);
	return check_choice(ask);
}

static bool check_format(struct mock_ask *ask)
{
	struct json format = json_get(json_get(ask->root, "output_config"), "format");

	if (json_unset(format))
		return true;
	if (!(ask->model->traits & TRAIT_SCHEMA))
		return bad(ask, "output_config.format: Extra inputs are not permitted");
	if (!json_is(json_get(format, "type"), "json_schema"))
		return bad(ask, "output_config.format: Input should be 'json_schema'");
	ask->format = FORM_SCHEMA;
	ask->schema = json_get(format, "schema");
	if (json_type(ask->schema) != JSON_OBJECT)
		return bad(ask, "output_config.format.schema: Field required");
	if (json_is(json_get(ask->schema, "type"), "object") &&
	    json_type(json_get(ask->schema, "additionalProperties")) != JSON_FALSE)
		return bad(ask, "output_config.format.schema: For 'object' type, "
				"'additionalProperties' must "
				"be explicitly set to false");
	return true;
}

/* --- amounts --- */

static bool check_amounts(struct mock_ask *ask)
{
	if (ask->heads.counts_only)
		return true;
	if (!json_i64(json_get(ask->root, "max_tokens"), &ask->max_tokens))
		return bad(ask, "max_tokens: Field required");
	if (ask->max_tokens > ask->model->max_output)
		return bad(ask,
			   "max_tokens: %lld > %lld, which is the maximum allowed number of output "
			   "tokens for %s",
			   (long long)ask->max_tokens, (long long)ask->model->max_output,
			   ask->model->answers_as);
	return true;
}

static bool check_stops(struct mock_ask *ask)
{
	if (!mock_ask_stops(ask, json_get(ask->root, "stop_sequences")))
		return bad(ask, "stop_sequences: Input should be a valid list of strings");
	for (size_t i = 0; i < ask->n_stops; i++) {
		if (str_trim(ask->stops[i]).n == 0)
			return bad(
				ask,
				"stop_sequences: each stop sequence must contain non-whitespace");
	}
	return true;
}

static bool check_model(struct mock_ask *ask)
{
	if (ask->heads.anthropic_version.n == 0)
		return bad(ask, "anthropic-version: header is required");
	ask->model_name = json_text(json_get(ask->root, "model"), ask->a);
	if (ask->model_name.n == 0)
		return bad(ask, "model: Field required");
	ask->model = mock_models_find(ask->models, MOCK_ANTHROPIC, ask->model_name);
	if (ask->model)
		return true;
	bad(ask, "model: %.*s", STR_ARG(ask->model_name));
	ask->error.status = 404;
	ask->error.type = "not_found_error";
	return false;
}

bool mock_check_anthropic(struct mock_ask *ask)
{
	struct json system = json_get(ask->root, "system");

	ask->messages = json_get(ask->root, "messages");
	ask->n = 1;
	ask->top_logprobs = -1;
	ask->max_tokens = -1;
	ask->stream = json_bool(json_get(ask->root, "stream"), false);
	if (!check_model(ask) ||
	    !mock_check_params(ask, ask->root, params, COUNT_OF(params), &words) ||
	    !check_amounts(ask) || !check_thinking(ask) || !check_sampling(ask) ||
	    !check_stops(ask) || !check_tools(ask) || !check_format(ask) || !mock_check_blocks(ask))
		return false;
	mock_ask_last(ask);
	mock_ask_count(ask, system, json_get(ask->root, "tools"), ask->messages);
	if (ask->input_tokens <= ask->model->context)
		return true;
	return bad(ask, "prompt is too long: %lld tokens > %lld maximum",
		   (long long)ask->input_tokens, (long long)ask->model->context);
}
