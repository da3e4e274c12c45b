/* mock_rule_read.c -- a rule's members, one table. */
#include "mock/mock_rules.h"

#include <stddef.h>

enum member_kind { MEMBER_TEXT, MEMBER_NUMBER, MEMBER_YES, MEMBER_WORD, MEMBER_JSON };

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset;
	const char *words; /* of MEMBER_WORD, in the order of its enum */
};

#define TEXT(m)                                                      \
	{                                                            \
#m, MEMBER_TEXT, offsetof(struct mock_rule, m), NULL \
	}
#define NUMBER(m)                                                      \
	{                                                              \
#m, MEMBER_NUMBER, offsetof(struct mock_rule, m), NULL \
	}
#define YES(m)                                                      \
	{                                                           \
#m, MEMBER_YES, offsetof(struct mock_rule, m), NULL \
	}
#define WORD(m, w)                                                \
	{                                                         \
#m, MEMBER_WORD, offsetof(struct mock_rule, m), w \
	}

static const struct member members[] = {
	TEXT(name),
	TEXT(vendor),
	TEXT(model),
	TEXT(prompt),
	YES(stream),
	NUMBER(every),
	NUMBER(skip),
	NUMBER(count),
	NUMBER(percent),
	NUMBER(seed),
	NUMBER(tokens),
	NUMBER(reasoning_tokens),
	NUMBER(tool_calls),
	YES(echo),
	TEXT(text),
	TEXT(refusal),
	TEXT(finish),
	WORD(cache, "explicit|prefix"),
	NUMBER(cache_read),
	NUMBER(cache_write),
	NUMBER(cache_write_long),
	NUMBER(headers_ms),
	NUMBER(ttft_ms),
	NUMBER(chunk_ms),
	NUMBER(chunks),
	TEXT(error),
	NUMBER(status),
	TEXT(body),
	TEXT(retry_after),
	TEXT(retry_after_ms),
	{ "headers", MEMBER_JSON, offsetof(struct mock_rule, headers), NULL },
	YES(stall),
	YES(cut),
	WORD(garbage, "none|text|truncated|html|huge|empty|blank"),
	WORD(at, "headers|body|start|middle|end"),
	NUMBER(cut_byte),
	NUMBER(dribble),
	YES(crlf),
	NUMBER(keepalive),
	NUMBER(keepalive_ms),
	YES(double_done),
	YES(no_done),
	YES(leak),
	WORD(usage, "true|none|zero|negative|inflated"),
	WORD(bill, "produced|whole|input|nothing"),
};

static void *place(struct mock_rule *r, const struct member *m)
{
	return (char *)r + m->offset;
}

void mock_rule_default(struct mock_rule *r)
{
	*r = (struct mock_rule){ 0 };
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if (members[i].kind != MEMBER_TEXT && members[i].kind != MEMBER_JSON)
			*(int64_t *)place(r, &members[i]) = -1;
	}
}

static int64_t word_index(const char *words, struct str word)
{
	struct str rest = str_of(words);

	for (int64_t i = 0; !str_absent(rest); i++) {
		if (str_eq(str_cut(&rest, '|'), word))
			return i;
	}
	return -1;
}

static bool read_member(struct arena *a, const struct member *m, struct json value,
			struct mock_rule *r, struct fault *fault_r)
{
	enum json_type type = json_type(value);
	int64_t *number = place(r, m);

	switch (m->kind) {
	case MEMBER_TEXT:
		*(struct str *)place(r, m) = type == JSON_STRING ? json_text(value, a)
								 : json_raw(value);
		return true;
	case MEMBER_NUMBER:
		if (json_i64(value, number) && *number >= 0)
			return true;
		break;
	case MEMBER_YES:
		*number = json_bool(value, false);
		if (type == JSON_TRUE || type == JSON_FALSE)
			return true;
		break;
	case MEMBER_WORD: /* "true" may come as the boolean */
		*number = word_index(m->words,
				     type == JSON_STRING ? json_text(value, a) : json_raw(value));
		if (*number >= 0)
			return true;
		break;
	case MEMBER_JSON:
		*(struct json *)place(r, m) = value;
		if (type == JSON_OBJECT)
			return true;
		break;
	}
	fault_set(fault_r, ERR_VALUE, m->name, "%s: wrong value%s%s", m->name,
		  m->words ? ", one of " : "", m->words ? m->words : "");
	return false;
}

/* things that only make sense together */
static bool check_rule(const struct mock_rule *r, struct fault *fault_r)
{
	enum mock_vendor vendor;

	if (!str_absent(r->vendor) && !mock_vendor_of(r->vendor, &vendor)) {
		fault_set(fault_r, ERR_VALUE, "vendor", "vendor: unknown");
		return false;
	}
	if (!str_absent(r->error) && !mock_error_known(r->error)) {
		fault_set(fault_r, ERR_VALUE, "error", "error: no vendor has one of this name");
		return false;
	}
	if (r->status >= 0 && (r->status < 200 || r->status > 599)) {
		fault_set(fault_r, ERR_VALUE, "status", "status: from 200 to 599");
		return false;
	}
	return true;
}

bool mock_rule_read(struct arena *a, struct json object, struct mock_rule *rule_r,
		    struct fault *fault_r)
{
	if (json_type(object) != JSON_OBJECT) {
		fault_set(fault_r, ERR_VALUE, "", "a rule is an object");
		return false;
	}
	mock_rule_default(rule_r);
	JSON_EACH (name, object) {
		const struct member *m = NULL;

		for (size_t i = 0; i < COUNT_OF(members) && !m; i++)
			m = json_is(name, members[i].name) ? &members[i] : NULL;
		if (!m) {
			fault_set(fault_r, ERR_VALUE, "", "%.*s: no such member of a rule",
				  STR_ARG(json_chars(name)));
			return false;
		}
		if (!read_member(a, m, json_value(name), rule_r, fault_r))
			return false;
	}
	rule_r->rnd = rnd_seed(rule_r->seed >= 0 ? (uint64_t)rule_r->seed : 1);
	return check_rule(rule_r, fault_r);
}

static bool keep_json(struct json *value, struct arena *a)
{
	struct json_doc *doc = ARENA_NEW(a, struct json_doc);
	struct str text = arena_str(a, json_raw(*value));
	size_t at;

	if (!doc || json_parse(doc, a, text, &json_limits_default, &at) != JSON_FINE)
		return false;
	*value = json_root(doc);
	return true;
}

bool mock_rule_keep(struct mock_rule *r, struct arena *a)
{
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		struct str *text = place(r, &members[i]);

		if (members[i].kind == MEMBER_TEXT && !str_absent(*text))
			*text = arena_str(a, *text);
	}
	return !a->full && (!json_present(r->headers) || keep_json(&r->headers, a));
}
