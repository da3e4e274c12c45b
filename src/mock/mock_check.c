/* mock_check.c -- what all checks use. */
#include "mock/mock_check.h"

#include <stdio.h>

bool mock_refuse(struct mock_ask *ask, int status, const char *type, const char *code,
		 const char *param, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	ask->error = (struct mock_error){
		.status = status,
		.type = type,
		.code = code,
		.param = param ? arena_str(ask->a, str_of(param)) : STR_NONE,
		.message = arena_str(ask->a, str_of(text)),
	};
	return false;
}

const char *mock_say(struct mock_ask *ask, const char *fmt, ...)
{
	char text[512];
	const char *kept;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kept = arena_cstr(ask->a, str_of(text));
	return kept ? kept : "";
}

const char *mock_kind_name(enum mock_kind kind)
{
	static const char *const names[] = {
		[KIND_ANY] = "a value",        [KIND_NUMBER] = "a decimal",
		[KIND_INTEGER] = "an integer", [KIND_BOOL] = "a boolean",
		[KIND_STRING] = "a string",    [KIND_ARRAY] = "an array",
		[KIND_OBJECT] = "an object",   [KIND_WORD] = "a string",
	};

	return names[kind];
}

const char *mock_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_ABSENT] = "nothing", [JSON_NULL] = "null",        [JSON_FALSE] = "a boolean",
		[JSON_TRUE] = "a boolean", [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string",
		[JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
	};

	return names[type];
}

static bool is_of_kind(struct json value, enum mock_kind kind)
{
	enum json_type type = json_type(value);
	int64_t whole;

	switch (kind) {
	case KIND_ANY: return true;
	case KIND_NUMBER: return type == JSON_NUMBER;
	case KIND_INTEGER: return json_i64(value, &whole);
	case KIND_BOOL: return type == JSON_TRUE || type == JSON_FALSE;
	case KIND_STRING:
	case KIND_WORD: return type == JSON_STRING;
	case KIND_ARRAY: return type == JSON_ARRAY;
	case KIND_OBJECT: return type == JSON_OBJECT;
	}
	return false;
}

static bool in_range(struct json value, const struct mock_param *p)
{
	double number;

	if ((p->min == 0 && p->max == 0) || !json_double(value, &number))
		return true;
	return number >= p->min && number <= p->max;
}

static bool is_word(struct json value, const char *words)
{
	struct str rest = str_of(words);

	while (!str_absent(rest)) {
		struct str word = str_cut(&rest, '|');

		if (str_eq(json_chars(value), word))
			return true;
	}
	return false;
}

static bool check_param(struct mock_ask *ask, const struct mock_param *p, struct json value,
			const struct mock_param_words *words)
{
	if (json_unset(value))
		return true;
	if (!is_of_kind(value, p->kind))
		return words->kind(ask, p, value);
	if (!in_range(value, p))
		return words->range(ask, p, value);
	if (p->kind == KIND_WORD && !is_word(value, p->words))
		return words->word(ask, p, value);
	return true;
}

bool mock_check_params(struct mock_ask *ask, struct json object, const struct mock_param *params,
		       size_t n, const struct mock_param_words *words)
{
	JSON_EACH (name, object) {
		const struct mock_param *p = NULL;

		for (size_t i = 0; i < n && !p; i++)
			p = json_is(name, params[i].name) ? &params[i] : NULL;
		if (!p && words->unknown)
			return words->unknown(ask, json_text(name, ask->a));
		if (p && !check_param(ask, p, json_value(name), words))
			return false;
	}
	return true;
}

bool mock_list_has(const char *const *list, struct str s)
{
	for (; *list; list++) {
		if (str_is(s, *list))
			return true;
	}
	return false;
}

bool mock_says_json(struct mock_ask *ask)
{
	JSON_EACH (message, ask->messages) {
		if (str_ihas(mock_content_text(ask, json_get(message, "content")), "json"))
			return true;
	}
	return false;
}

void mock_read_tools(struct mock_ask *ask, struct json tools, struct json choice)
{
	JSON_EACH (tool, tools) {
		struct json f = json_get(tool, "function");

		(void)mock_ask_tool(ask, json_get(f, "name"), json_get(f, "parameters"));
	}
	ask->tool_choice = ask->n_tools == 0 || json_is(choice, "none") ? TOOLS_NONE : TOOLS_AUTO;
	if (json_is(choice, "required"))
		ask->tool_choice = TOOLS_ANY;
	if (json_type(choice) == JSON_OBJECT && ask->n_tools) {
		ask->tool_choice = TOOLS_NAMED;
		ask->named_tool = json_text(json_get(json_get(choice, "function"), "name"), ask->a);
	}
}
