/* mock_ask.c -- reading and counting what all dialects share. */
#include "mock/mock_ask.h"

#define MESSAGE_TOKENS 3
#define PROMPT_TOKENS  3
#define FNV_START      0xcbf29ce484222325u
#define FNV_PRIME      0x100000001b3u

int64_t mock_tokens(size_t bytes)
{
	return (int64_t)((bytes + 3) / 4);
}

/* bytes of UTF-8 that an escape stands for, and how long the escape is */
static size_t escape_bytes(struct str s, size_t at, size_t *length_r)
{
	uint32_t unit = 0;

	*length_r = 2;
	if (at + 6 > s.n || s.p[at + 1] != 'u')
		return 1;
	for (size_t i = at + 2; i < at + 6; i++) {
		int c = s.p[i] | 0x20;

		unit = unit * 16 + (uint32_t)(c >= 'a' ? c - 'a' + 10 : s.p[i] - '0');
	}
	*length_r = 6;
	if (unit >= 0xD800 && unit <= 0xDFFF)
		return 2; /* half of a pair that makes 4 bytes */
	return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
}

size_t mock_text_bytes(struct json string)
{
	struct str s = json_chars(string);
	size_t bytes = 0, step = 1;

	if (!json_is_escaped(string))
		return s.n;
	for (size_t i = 0; i < s.n; i += step) {
		step = 1;
		bytes += s.p[i] == '\\' ? escape_bytes(s, i, &step) : 1;
	}
	return bytes;
}

/* --- counting --- */

struct counter {
	struct mock_ask *ask;
	uint64_t hash;
};

static void hash_bytes(struct counter *c, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		c->hash = (c->hash ^ (unsigned char)s.p[i]) * FNV_PRIME;
}

static void count_raw(struct counter *c, struct json value)
{
	struct str raw = json_raw(value);

	c->ask->input_tokens += mock_tokens(raw.n);
	hash_bytes(c, raw);
}

static void count_string(struct counter *c, struct json string)
{
	c->ask->input_tokens += mock_tokens(mock_text_bytes(string));
	hash_bytes(c, json_chars(string));
}

static void add_prefix(struct counter *c, bool marked, bool long_lived)
{
	struct mock_ask *ask = c->ask;
	struct mock_prefix *p = ARENA_PUSH(ask->a, ask->prefixes, ask->n_prefixes,
					   ask->prefixes_cap);

	if (p)
		*p = (struct mock_prefix){ ask->input_tokens, c->hash, marked, long_lived };
}

enum how_counted { COUNT_INSIDE, COUNT_NOT, COUNT_IMAGE, COUNT_RAW };

static enum how_counted how_counted(struct json name)
{
	static const struct {
		const char *name;
		enum how_counted how;
	} members[] = {
		{ "type", COUNT_NOT },
		{ "role", COUNT_NOT },
		{ "id", COUNT_NOT },
		{ "tool_call_id", COUNT_NOT },
		{ "tool_use_id", COUNT_NOT },
		{ "signature", COUNT_NOT },
		{ "data", COUNT_NOT },
		{ "cache_control", COUNT_NOT },
		{ "image_url", COUNT_IMAGE },
		{ "source", COUNT_IMAGE },
		{ "image", COUNT_IMAGE },
		{ "file", COUNT_IMAGE },
		{ "input_audio", COUNT_IMAGE },
		{ "input", COUNT_RAW },
	};

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if (json_is(name, members[i].name))
			return members[i].how;
	}
	return COUNT_INSIDE;
}

static void count_value(struct counter *c, struct json value);

static void count_member(struct counter *c, struct json name)
{
	struct json value = json_value(name);

	switch (how_counted(name)) {
	case COUNT_NOT: break;
	case COUNT_INSIDE: count_value(c, value); break;
	case COUNT_RAW: count_raw(c, value); break;
	case COUNT_IMAGE:
		c->ask->input_tokens += MOCK_IMAGE_TOKENS;
		c->ask->image_tokens += MOCK_IMAGE_TOKENS;
		hash_bytes(c, json_raw(value));
		break;
	}
}

/* as deep as the JSON scanner allows, which is bounded */
static void count_value(struct counter *c, struct json value)
{
	struct json mark = json_get(value, "cache_control");

	if (json_type(value) == JSON_STRING)
		count_string(c, value);
	if (json_type(value) == JSON_ARRAY) {
		JSON_EACH (item, value)
			count_value(c, item);
	}
	if (json_type(value) == JSON_OBJECT) {
		JSON_EACH (name, value)
			count_member(c, name);
	}
	if (!json_unset(mark))
		add_prefix(c, true, json_is(json_get(mark, "ttl"), "1h"));
}

void mock_ask_count(struct mock_ask *ask, struct json system, struct json tools,
		    struct json messages)
{
	struct counter c = { ask, FNV_START };

	ask->input_tokens = PROMPT_TOKENS;
	hash_bytes(&c, str_of(ask->model->name));
	JSON_EACH (tool, tools) {
		struct json mark = json_get(tool, "cache_control");

		count_raw(&c, tool);
		if (!json_unset(mark))
			add_prefix(&c, true, json_is(json_get(mark, "ttl"), "1h"));
	}
	count_value(&c, system);
	JSON_EACH (message, messages) {
		ask->input_tokens += MESSAGE_TOKENS;
		count_value(&c, message);
		add_prefix(&c, false, false);
	}
	if (ask->format == FORM_SCHEMA)
		count_raw(&c, ask->schema);
}

/* --- pieces of a request --- */

struct str mock_content_text(struct mock_ask *ask, struct json content)
{
	struct buf text;
	struct str all;

	if (json_type(content) == JSON_STRING)
		return json_text(content, ask->a);
	buf_init(&text, json_raw(content).n + 1);
	JSON_EACH (part, content)
		buf_add(&text, json_text(json_get(part, "text"), ask->a));
	all = arena_str(ask->a, buf_str(&text));
	buf_release(&text);
	return all;
}

static bool is_tool_result(struct json message)
{
	struct json block = json_first(json_get(message, "content"));

	return json_is(json_get(message, "role"), "tool") ||
	       json_is(json_get(block, "type"), "tool_result");
}

void mock_ask_last(struct mock_ask *ask)
{
	struct json last = { NULL, 0 };

	JSON_EACH (message, ask->messages) {
		if (json_is(json_get(message, "role"), "user"))
			last = message;
		ask->after_tool = is_tool_result(message);
	}
	ask->last_text = mock_content_text(ask, json_get(last, "content"));
}

bool mock_ask_stops(struct mock_ask *ask, struct json stop)
{
	ask->n_stops = 0;
	if (json_type(stop) == JSON_STRING) {
		ask->stops[ask->n_stops++] = json_text(stop, ask->a);
		return true;
	}
	JSON_EACH (one, stop) {
		if (json_type(one) != JSON_STRING || ask->n_stops == MOCK_MAX_STOPS)
			return false;
		ask->stops[ask->n_stops++] = json_text(one, ask->a);
	}
	return json_unset(stop) || json_type(stop) == JSON_ARRAY;
}

struct mock_tool *mock_ask_tool(struct mock_ask *ask, struct json name, struct json schema)
{
	struct mock_tool *tool = ARENA_PUSH(ask->a, ask->tools, ask->n_tools, ask->tools_cap);

	if (tool)
		*tool = (struct mock_tool){ json_text(name, ask->a), schema };
	return tool;
}

bool mock_ask_has_tool(const struct mock_ask *ask, struct str name)
{
	for (size_t i = 0; i < ask->n_tools; i++) {
		if (str_eq(ask->tools[i].name, name))
			return true;
	}
	return false;
}
