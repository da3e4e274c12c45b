/* openai_read_tools.c -- tools and tool_choice of a chat request. */
#include "core/dialect/openai_client.h"

#define MOST_TOOLS   512
#define LONGEST_NAME 64

/* what all vendors take: letters, digits, underscore, dash */
static bool is_name(struct str s)
{
	if (s.n == 0 || s.n > LONGEST_NAME)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-'))
			return false;
	}
	return true;
}

static bool has_tool(const struct chat *chat, struct str name, uint32_t among)
{
	for (uint32_t i = 0; i < among; i++)
		if (str_eq(json_chars(chat->tools[i].name), name))
			return true;
	return false;
}

static enum err read_function(struct reader *r, struct tool *t, struct json function)
{
	enum err e;

	if ((e = reader_may_have(r, function, "description", JSON_STRING, &t->description)) ||
	    (e = reader_may_have(r, function, "parameters", JSON_OBJECT, &t->parameters)))
		return e;
	t->strict = json_get(function, "strict");
	if (!json_unset(t->strict) && json_type(t->strict) != JSON_TRUE &&
	    json_type(t->strict) != JSON_FALSE)
		return reader_wrong(r, "function.strict", "must be true or false");
	return ERR_OK;
}

static enum err read_tool(struct reader *r, struct tool *t, struct json raw, uint32_t nth)
{
	struct json type, body;
	const char *member;
	enum err e;

	t->raw = raw;
	if (json_type(raw) != JSON_OBJECT)
		return reader_wrong(r, NULL, "must be an object");
	if ((e = reader_need_text(r, raw, "type", &type)))
		return e;
	reader_note_mark(r, json_get(raw, "cache_control"));
	t->function = json_is(type, "function");
	member = t->function ? "function" : json_is(type, "custom") ? "custom" : NULL;
	if (!member)
		return ERR_OK; /* of a kind that some vendor may know */
	body = json_get(raw, member);
	reader_note_mark(r, json_get(body, "cache_control"));
	if (json_type(body) != JSON_OBJECT)
		return json_unset(body) ? reader_missing(r, member)
					: reader_wrong(r, member, "must be an object");
	reader_inside(r, member);
	if ((e = reader_need_text(r, body, "name", &t->name)))
		return e;
	if (!is_name(json_chars(t->name)))
		return reader_wrong(r, "name",
				    "must be 1 to 64 letters, digits, underscores or dashes");
	if (has_tool(r->chat, json_chars(t->name), nth))
		return reader_wrong(r, "name", "is the name of an earlier tool");
	return t->function ? read_function(r, t, body) : ERR_OK;
}

static int64_t beyond_ascii(struct str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i] >= 0x80;
	return n;
}

static enum err read_list(struct reader *r, struct json tools)
{
	struct chat *chat = r->chat;

	if (json_count(tools) > MOST_TOOLS)
		return reader_wrong(r, "tools", "must not have more than 512 elements");
	chat->tools = ARENA_ARRAY(r->a, struct tool, json_count(tools));
	if (!chat->tools)
		return reader_full(r);
	chat->tool_bytes_beyond_ascii = beyond_ascii(json_raw(tools));
	JSON_EACH (it, tools) {
		enum err e;

		reader_at(r, "tools");
		reader_nth(r, chat->n_tools);
		e = read_tool(r, &chat->tools[chat->n_tools], it, chat->n_tools);
		if (e)
			return e;
		chat->features |= NEEDS_TOOLS;
		if (!chat->tools[chat->n_tools].function)
			chat->features |= NEEDS_CUSTOM_TOOLS;
		chat->n_tools++;
	}
	reader_at_top(r);
	return ERR_OK;
}

/* --- tool_choice --- */

static enum err read_named(struct reader *r, struct json choice, const char *type)
{
	struct chat *chat = r->chat;
	struct json body = json_get(choice, type);
	enum err e;

	if (json_type(body) != JSON_OBJECT)
		return reader_missing(r, type);
	reader_at(r, "tool_choice");
	reader_inside(r, type);
	if ((e = reader_need_text(r, body, "name", &chat->chosen_tool)))
		return e;
	if (!has_tool(chat, json_chars(chat->chosen_tool), chat->n_tools))
		return reader_wrong(r, "name", "is not the name of one of the tools");
	chat->tool_choice = CHOICE_NAMED;
	chat->features |= NEEDS_FORCED_TOOL;
	return ERR_OK;
}

static enum err read_allowed(struct reader *r, struct json choice)
{
	struct json allowed = json_get(choice, "allowed_tools");
	struct json mode = json_get(allowed, "mode");

	if (json_type(json_get(allowed, "tools")) != JSON_ARRAY)
		return reader_missing(r, "allowed_tools.tools");
	if (!json_is(mode, "auto") && !json_is(mode, "required"))
		return reader_wrong(r, "allowed_tools.mode", "must be \"auto\" or \"required\"");
	r->chat->tool_choice = CHOICE_ALLOWED;
	if (json_is(mode, "required"))
		r->chat->features |= NEEDS_FORCED_TOOL;
	return ERR_OK;
}

static enum err read_choice_object(struct reader *r, struct json choice)
{
	struct json type;
	enum err e;

	reader_at(r, "tool_choice");
	if ((e = reader_need_text(r, choice, "type", &type)))
		return e;
	if (json_is(type, "function"))
		return read_named(r, choice, "function");
	if (json_is(type, "custom"))
		return read_named(r, choice, "custom");
	if (json_is(type, "allowed_tools"))
		return read_allowed(r, choice);
	return reader_wrong(r, "type", "must be \"function\", \"custom\" or \"allowed_tools\"");
}

static enum err read_choice_word(struct reader *r, struct json choice)
{
	static const struct {
		const char *word;
		enum tool_choice choice;
	} words[] = {
		{ "none", CHOICE_NONE },
		{ "auto", CHOICE_AUTO },
		{ "required", CHOICE_REQUIRED },
	};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (json_is(choice, words[i].word)) {
			r->chat->tool_choice = words[i].choice;
			if (words[i].choice == CHOICE_REQUIRED)
				r->chat->features |= NEEDS_FORCED_TOOL;
			return ERR_OK;
		}
	return reader_wrong(r, "tool_choice",
			    "must be \"none\", \"auto\", \"required\" or an object");
}

static enum err read_choice(struct reader *r, struct json choice)
{
	enum err e;

	if (json_unset(choice))
		return ERR_OK;
	/* without tools these two come to the same */
	if (r->chat->n_tools == 0 && (json_is(choice, "none") || json_is(choice, "auto")))
		return ERR_OK;
	if (r->chat->n_tools == 0)
		return reader_wrong(r, "tool_choice", "is only allowed together with tools");
	if (json_type(choice) != JSON_OBJECT)
		return read_choice_word(r, choice);
	e = read_choice_object(r, choice);
	if (e == ERR_OK)
		reader_at_top(r);
	return e;
}

enum err openai_read_tools(struct reader *r)
{
	struct json tools;
	enum err e = reader_may_have(r, r->chat->root, "tools", JSON_ARRAY, &tools);

	if (e == ERR_OK && json_present(tools))
		e = read_list(r, tools);
	return e ? e : read_choice(r, json_get(r->chat->root, "tool_choice"));
}
