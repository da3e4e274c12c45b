/*
 * anthropic_schema.c -- the schema of an answer, with its objects closed.
 *
 * Anthropic wants `additionalProperties: false` in every object of it; OpenAI wants
 * that of strict schemas only, so that many clients leave it out. Objects that say
 * themselves how open they are stay as they are.
 */
#include "core/dialect/anthropic.h"

/* members whose values are schemas by name */
static const char *const maps[] = { "properties", "$defs", "definitions", "patternProperties" };
/* members whose values are data, whatever they look like */
static const char *const data[] = { "enum", "const", "default", "examples" };

static bool is_one_of(struct json name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_is(name, list[i]))
			return true;
	return false;
}

static bool is_open(struct json schema)
{
	return json_is(json_get(schema, "type"), "object") &&
	       !json_present(json_get(schema, "additionalProperties"));
}

static void begin_member(struct members *m, struct json name)
{
	rope_adds(m->rope, m->any ? "," : "");
	m->any = true;
	rope_ref(m->rope, json_raw(name));
	rope_adds(m->rope, ":");
}

static bool write_map(struct rope *r, struct json map)
{
	struct members m = members_open(r);
	bool closed = false;

	JSON_EACH (name, map) {
		begin_member(&m, name);
		closed |= anthropic_write_schema(r, json_value(name));
	}
	members_close(&m);
	return closed;
}

static bool write_list(struct rope *r, struct json list)
{
	bool any = false, closed = false;

	rope_adds(r, "[");
	JSON_EACH (it, list) {
		rope_adds(r, any ? "," : "");
		closed |= anthropic_write_schema(r, it);
		any = true;
	}
	rope_adds(r, "]");
	return closed;
}

static bool write_member(struct rope *r, struct json name)
{
	struct json value = json_value(name);

	if (is_one_of(name, maps, COUNT_OF(maps)) && json_type(value) == JSON_OBJECT)
		return write_map(r, value);
	if (!is_one_of(name, data, COUNT_OF(data)))
		return anthropic_write_schema(r, value);
	rope_ref(r, json_raw(value));
	return false;
}

static bool write_object(struct rope *r, struct json schema)
{
	struct members m = members_open(r);
	bool closed = is_open(schema);

	JSON_EACH (name, schema) {
		begin_member(&m, name);
		closed |= write_member(r, name);
	}
	if (is_open(schema))
		member_bool(&m, "additionalProperties", false);
	members_close(&m);
	return closed;
}

/* It goes as deep as the client's JSON may be nested, see struct json_limits. */
bool anthropic_write_schema(struct rope *r, struct json schema)
{
	if (json_type(schema) == JSON_OBJECT)
		return write_object(r, schema);
	if (json_type(schema) == JSON_ARRAY)
		return write_list(r, schema);
	rope_ref(r, json_raw(schema));
	return false;
}
