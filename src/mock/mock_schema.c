/*
 * mock_schema.c -- a value for a JSON schema: the required members, filled by type.
 *
 * Knows what tool and answer schemas use: type (also as a list), enum, const,
 * properties and required, items and minItems, anyOf and oneOf, $ref into $defs,
 * bounds of numbers and lengths. Other keywords are not looked at.
 */
#include "mock/mock_answer.h"

#define MAX_DEPTH 12
#define DEEP      4 /* from here on what may be absent is, so that a recursive schema ends well */

static void fill(struct buf *out, struct json schema, struct json root, int depth)
{
	mock_fill_schema(out, schema, root, depth + 1);
}

/* "#/$defs/Name": only one level of names, which is what generators write */
static struct json follow_ref(struct json ref, struct json root)
{
	struct str path = json_chars(ref);
	char name[128];

	(void)str_cut(&path, '/');
	while (!str_absent(path)) {
		if (!str_copy(name, sizeof(name), str_cut(&path, '/')))
			return (struct json){ NULL, 0 };
		root = json_get(root, name);
	}
	return root;
}

static void fill_string(struct buf *out, struct json schema)
{
	int64_t least = 0, most = 1000;
	struct json format = json_get(schema, "format");
	static const struct {
		const char *format, *value;
	} known[] = {
		{ "date-time", "2026-01-01T00:00:00Z" },
		{ "date", "2026-01-01" },
		{ "email", "mock@example.com" },
		{ "uri", "https://example.com/" },
		{ "uuid", "00000000-0000-4000-8000-000000000000" },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (json_is(format, known[i].format)) {
			json_quote(out, str_of(known[i].value));
			return;
		}
	}
	(void)json_i64(json_get(schema, "minLength"), &least);
	(void)json_i64(json_get(schema, "maxLength"), &most);
	buf_addc(out, '"');
	for (int64_t i = 0; i < 1000 && i < most && (i < least || i < 4); i++)
		buf_addc(out, "mock"[i % 4]);
	buf_addc(out, '"');
}

static void fill_number(struct buf *out, struct json schema)
{
	int64_t least, most;

	if (json_i64(json_get(schema, "exclusiveMinimum"), &least))
		buf_addi(out, least + 1);
	else if (json_i64(json_get(schema, "minimum"), &least))
		buf_addi(out, least);
	else if (json_i64(json_get(schema, "maximum"), &most) && most < 1)
		buf_addi(out, most);
	else
		buf_addi(out, 1);
}

static void fill_array(struct buf *out, struct json schema, struct json root, int depth)
{
	int64_t least = depth < DEEP;

	(void)json_i64(json_get(schema, "minItems"), &least);
	buf_addc(out, '[');
	for (int64_t i = 0; i < least && i < 100; i++) {
		if (i)
			buf_addc(out, ',');
		fill(out, json_get(schema, "items"), root, depth);
	}
	buf_addc(out, ']');
}

static bool is_required(struct json schema, struct json name)
{
	JSON_EACH (one, json_get(schema, "required")) {
		if (str_eq(json_chars(one), json_chars(name)))
			return true;
	}
	return false;
}

static void fill_object(struct buf *out, struct json schema, struct json root, int depth)
{
	bool first = true;

	buf_addc(out, '{');
	JSON_EACH (name, json_get(schema, "properties")) {
		if (!is_required(schema, name))
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		buf_add(out, json_raw(name));
		buf_addc(out, ':');
		fill(out, json_value(name), root, depth);
	}
	buf_addc(out, '}');
}

static void fill_type(struct buf *out, struct str type, struct json schema, struct json root,
		      int depth)
{
	if (str_is(type, "string"))
		fill_string(out, schema);
	else if (str_is(type, "integer") || str_is(type, "number"))
		fill_number(out, schema);
	else if (str_is(type, "boolean"))
		buf_adds(out, "true");
	else if (str_is(type, "null"))
		buf_adds(out, "null");
	else if (str_is(type, "array"))
		fill_array(out, schema, root, depth);
	else
		fill_object(out, schema, root, depth);
}

/* The first of several, or null where that is one of them and it is deep enough. */
static struct json pick(struct json several, int depth)
{
	if (depth >= DEEP)
		JSON_EACH (it, several)
			if (json_is(json_get(it, "type"), "null"))
				return it;
	return json_first(several);
}

void mock_fill_schema(struct buf *out, struct json schema, struct json root, int depth)
{
	struct json type = json_get(schema, "type");
	static const char *const unions[] = { "anyOf", "oneOf", "allOf" };

	if (depth > MAX_DEPTH) {
		buf_adds(out, "null");
		return;
	}
	if (json_present(json_get(schema, "$ref"))) {
		fill(out, follow_ref(json_get(schema, "$ref"), root), root, depth);
		return;
	}
	if (json_present(json_get(schema, "const"))) {
		buf_add(out, json_raw(json_get(schema, "const")));
		return;
	}
	if (json_count(json_get(schema, "enum"))) {
		buf_add(out, json_raw(json_first(json_get(schema, "enum"))));
		return;
	}
	for (size_t i = 0; i < COUNT_OF(unions); i++) {
		if (json_count(json_get(schema, unions[i]))) {
			fill(out, pick(json_get(schema, unions[i]), depth), root, depth);
			return;
		}
	}
	if (json_type(type) == JSON_ARRAY)
		type = json_first(type);
	fill_type(out, json_chars(type), schema, root, depth);
}
