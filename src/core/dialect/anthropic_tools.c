/* anthropic_tools.c -- functions as tools with an input_schema, and who may choose them. */
#include "core/dialect/anthropic.h"

#define NO_PARAMETERS "{\"type\":\"object\",\"properties\":{}}"
/* as many tools as OpenAI lets a request have */
#define MOST_DECLARED 128

/* The schema has to say that it is one of an object. */
static void write_schema(struct rope *r, struct json parameters)
{
	struct str raw = json_raw(parameters);

	if (json_count(parameters) == 0 || json_type(parameters) != JSON_OBJECT) {
		rope_adds(r, NO_PARAMETERS);
		return;
	}
	if (json_unset(json_get(parameters, "type"))) {
		rope_adds(r, "{\"type\":\"object\",");
		raw = str_sub(raw, 1, raw.n);
	}
	rope_ref(r, raw);
}

/* on the tool, or inside its function: clients do either */
static struct json cache_mark(const struct tool *tool)
{
	struct json mark = json_get(tool->raw, "cache_control");

	return json_unset(mark) ? json_get(json_get(tool->raw, "function"), "cache_control") : mark;
}

static void write_tool(struct anthropic_writer *w, const struct tool *tool)
{
	struct members m = members_open(w->rope);
	struct json mark = cache_mark(tool);

	member_raw(&m, "name", json_raw(tool->name));
	if (json_type(tool->description) == JSON_STRING)
		member_raw(&m, "description", json_raw(tool->description));
	member_name(&m, "input_schema");
	write_schema(w->rope, tool->parameters);
	if (json_bool(tool->strict, false) && w->terms->strict_tools)
		member_bool(&m, "strict", true);
	if (!json_unset(mark))
		member_raw(&m, "cache_control", json_raw(mark));
	members_close(&m);
}

/* tool_choice {"type":"allowed_tools"}: is the tool among them? */
static bool is_allowed(const struct chat *chat, const struct tool *tool)
{
	struct json choice = json_get(chat->root, "tool_choice");

	if (chat->tool_choice != CHOICE_ALLOWED)
		return true;
	JSON_EACH (it, json_get(json_get(choice, "allowed_tools"), "tools")) {
		struct json name = json_get(json_get(it, "function"), "name");

		if (str_eq(json_raw(name), json_raw(tool->name)))
			return true;
	}
	return false;
}

static void write_given(struct anthropic_writer *w, struct members *body)
{
	const struct chat *chat = w->chat;
	bool any = false;

	member_name(body, "tools");
	rope_adds(w->rope, "[");
	for (uint32_t i = 0; i < chat->n_tools; i++) {
		if (!is_allowed(chat, &chat->tools[i]))
			continue;
		rope_adds(w->rope, any ? "," : "");
		write_tool(w, &chat->tools[i]);
		any = true;
	}
	rope_adds(w->rope, "]");
}

/* --- tools that only the history knows --- */

struct names {
	struct str list[MOST_DECLARED];
	uint32_t n;
};

/* false: it is there already, or the list is full */
static bool add_name(struct names *names, struct str name)
{
	for (uint32_t i = 0; i < names->n; i++)
		if (str_eq(names->list[i], name))
			return false;
	if (names->n == MOST_DECLARED)
		return false;
	names->list[names->n++] = name;
	return true;
}

/* Anthropic refuses calls of tools that the request does not declare. */
static void write_declared(struct anthropic_writer *w, struct members *body)
{
	const struct chat *chat = w->chat;
	struct names names = { .n = 0 };

	member_name(body, "tools");
	rope_adds(w->rope, "[");
	for (uint32_t i = 0; i < chat->n_messages; i++) {
		for (uint32_t k = 0; k < chat->messages[i].n_calls; k++) {
			struct str name = json_raw(chat->messages[i].calls[k].name);

			if (!add_name(&names, name))
				continue;
			rope_adds(w->rope, names.n > 1 ? ",{\"name\":" : "{\"name\":");
			rope_ref(w->rope, name);
			rope_adds(w->rope, ",\"input_schema\":" NO_PARAMETERS "}");
		}
	}
	rope_adds(w->rope, "]");
	member_raw(body, "tool_choice", STR("{\"type\":\"none\"}"));
}

/* --- who chooses --- */

static const char *choice_word(struct anthropic_writer *w)
{
	struct json choice = json_get(w->chat->root, "tool_choice");

	switch (w->terms->choice) {
	case CHOICE_UNSET:
	case CHOICE_AUTO: return "auto";
	case CHOICE_NONE: return "none";
	case CHOICE_REQUIRED: return "any";
	case CHOICE_NAMED: return "tool";
	case CHOICE_ALLOWED: break;
	}
	return json_is(json_get(json_get(choice, "allowed_tools"), "mode"), "required") ? "any"
											: "auto";
}

static void write_choice(struct anthropic_writer *w, struct members *body)
{
	bool one_only = w->chat->parallel_tools == 0;
	const char *word = choice_word(w);
	struct members m;

	if (!one_only && str_is(STR("auto"), word))
		return;
	member_name(body, "tool_choice");
	m = members_open(w->rope);
	member_text(&m, "type", str_of(word));
	if (w->terms->choice == CHOICE_NAMED)
		member_raw(&m, "name", json_raw(w->chat->chosen_tool));
	if (one_only && w->terms->choice != CHOICE_NONE)
		member_bool(&m, "disable_parallel_tool_use", true);
	members_close(&m);
}

void anthropic_write_tools(struct anthropic_writer *w, struct members *body)
{
	if (w->terms->declare_tools) {
		write_declared(w, body);
	} else if (w->chat->n_tools) {
		write_given(w, body);
		write_choice(w, body);
	}
}
