/* mock_check_tools.c -- OpenAI's tools, choices of tools, and answers in a schema. */
#include "mock/mock_check_openai.h"

#define bad mock_openai_bad

/* strict mode: all members required, no others; the same one level down */
static bool is_strict_object(struct json schema)
{
	struct json required = json_get(schema, "required");
	struct json properties = json_get(schema, "properties");

	if (!json_is(json_get(schema, "type"), "object"))
		return true;
	if (json_type(json_get(schema, "additionalProperties")) != JSON_FALSE)
		return false;
	JSON_EACH (name, properties) {
		bool found = false;

		JSON_EACH (one, required)
			found = found || str_eq(json_chars(one), json_chars(name));
		if (!found || !is_strict_object(json_value(name)))
			return false;
	}
	return true;
}

static bool check_schema(struct mock_ask *ask, struct json named, const char *param,
			 const char *what, const char *code)
{
	struct str name = json_chars(json_get(named, "name"));
	struct json schema = json_get(named,
				      str_is(str_of(what), "function") ? "parameters" : "schema");

	if (!json_bool(json_get(named, "strict"), false) || is_strict_object(schema))
		return true;
	return bad(ask, code, param,
		   "Invalid schema for %s '%.*s': In context=(), 'additionalProperties' is "
		   "required to be "
		   "supplied and to be false, and 'required' is required to be supplied and to be "
		   "an array "
		   "including every key in properties.",
		   what, STR_ARG(name));
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-'))
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

static bool check_tool(struct mock_ask *ask, struct json tool, uint32_t i)
{
	const char *where = mock_say(ask, "tools[%u]", i);
	struct json f = json_get(tool, "function");

	if (json_is(json_get(tool, "type"), "custom"))
		return true;
	if (!json_is(json_get(tool, "type"), "function"))
		return bad(ask, "invalid_value", mock_say(ask, "%s.type", where),
			   "Invalid value: '%.*s'. Supported values are: 'function' and 'custom'.",
			   STR_ARG(json_chars(json_get(tool, "type"))));
	if (json_unset(json_get(f, "name")))
		return bad(ask, "missing_required_parameter", mock_say(ask, "%s.function", where),
			   "Missing required parameter: '%s.function'.", where);
	if (!is_name(json_chars(json_get(f, "name"))))
		return bad(ask, "invalid_value", mock_say(ask, "%s.function.name", where),
			   "Invalid '%s.function.name': string does not match pattern. Expected a "
			   "string "
			   "that matches the pattern '^[a-zA-Z0-9_-]+$'.",
			   where);
	return check_schema(ask, f, mock_say(ask, "%s.function.parameters", where), "function",
			    "invalid_function_parameters");
}

bool mock_openai_tools(struct mock_ask *ask)
{
	struct json tools = json_get(ask->root, "tools");
	struct json choice = json_get(ask->root, "tool_choice");
	uint32_t i = 0;

	if (!json_unset(tools) && json_count(tools) == 0)
		return bad(ask, "empty_array", "tools",
			   "Invalid 'tools': empty array. Expected an array with minimum length 1, "
			   "but got "
			   "an empty array instead.");
	JSON_EACH (tool, tools) {
		if (!check_tool(ask, tool, i++))
			return false;
	}
	mock_read_tools(ask, tools, choice);
	if (ask->n_tools == 0 && !json_unset(choice))
		return bad(ask, NULL, "tool_choice",
			   "Invalid value for 'tool_choice': 'tool_choice' is only allowed when "
			   "'tools' are "
			   "specified.");
	if (ask->n_tools == 0 && !json_unset(json_get(ask->root, "parallel_tool_calls")))
		return bad(ask, NULL, "parallel_tool_calls",
			   "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only "
			   "allowed "
			   "when 'tools' are specified.");
	if (ask->tool_choice == TOOLS_NAMED && !mock_ask_has_tool(ask, ask->named_tool))
		return bad(ask, NULL, "tool_choice.function.name",
			   "Tool choice '%.*s' not found in 'tools' parameter.",
			   STR_ARG(ask->named_tool));
	ask->parallel = json_bool(json_get(ask->root, "parallel_tool_calls"), true);
	return true;
}

bool mock_openai_format(struct mock_ask *ask)
{
	struct json format = json_get(ask->root, "response_format");
	struct json type = json_get(format, "type");
	struct json schema = json_get(format, "json_schema");

	if (json_unset(format) || json_is(type, "text"))
		return true;
	ask->format = FORM_JSON;
	if (json_is(type, "json_object")) {
		if (mock_says_json(ask))
			return true;
		return bad(ask, NULL, "messages",
			   "'messages' must contain the word 'json' in some form, to "
			   "use 'response_format' of type 'json_object'.");
	}
	if (!json_is(type, "json_schema"))
		return bad(ask, "invalid_value", "response_format.type",
			   "Invalid value: '%.*s'. Supported values are: 'json_object', "
			   "'json_schema', and "
			   "'text'.",
			   STR_ARG(json_chars(type)));
	if (!(ask->model->traits & TRAIT_SCHEMA))
		return bad(ask, NULL, NULL,
			   "Invalid parameter: 'response_format' of type 'json_schema' is "
			   "not supported with this model.");
	if (!is_name(json_chars(json_get(schema, "name"))))
		return bad(ask, "missing_required_parameter", "response_format.json_schema.name",
			   "Missing required parameter: 'response_format.json_schema.name'.");
	ask->format = FORM_SCHEMA;
	ask->schema = json_get(schema, "schema");
	return check_schema(ask, schema, "response_format", "response_format", NULL);
}
