/* dialect_util.c -- what the dialect files share. */
#include "core/dialect_util.h"

#define MOST_TOKENS 1000000000000000LL /* sums of a few stay far from overflow */

const struct json_limits vendor_json_limits = {
	.max_depth = 64,
	.max_values = 8000000,
	.max_number = 64,
};

/* --- reading --- */

bool vendor_json(struct json_doc *doc_r, struct arena *a, struct str text)
{
	size_t at;

	text = str_trim(text);
	if (str_starts(text, STR("\xEF\xBB\xBF")))
		text = str_trim(str_sub(text, 3, text.n));
	if (str_starts(text, STR("data:")))
		text = str_trim(str_sub(text, 5, text.n));
	return text.n && json_parse(doc_r, a, text, &vendor_json_limits, &at) == JSON_FINE;
}

struct str json_word(struct json j)
{
	struct str s = json_chars(j);

	return s.n ? s : STR_NONE;
}

int64_t json_tokens(struct json j)
{
	int64_t n;

	if (!json_i64(j, &n) || n < 0)
		return 0;
	return n < MOST_TOKENS ? n : MOST_TOKENS;
}

/* which of the names that is, looked for from `first` on; n: none of them */
static size_t place_of(struct json name, const struct str *names, size_t n, size_t first)
{
	for (size_t i = first; i < n; i++)
		if (json_says(name, names[i]))
			return i;
	for (size_t i = 0; i < first; i++)
		if (json_says(name, names[i]))
			return i;
	return n;
}

struct str members_sorted(struct arena *a, struct json object, const struct str *names, size_t n,
			  struct json *values_r)
{
	struct rope r;
	struct members others = { .rope = &r };
	size_t next = 0;

	rope_init(&r, a);
	memset(values_r, 0, n * sizeof(*values_r));
	JSON_EACH (name, object) {
		size_t i = place_of(name, names, n, next);

		if (i < n) {
			values_r[i] = json_value(name);
			next = i + 1;
		} else if (json_type(json_value(name)) != JSON_NULL) {
			member_as_sent(&others, name);
		}
	}
	return others.any ? rope_flat(&r) : STR_NONE;
}

static bool has_name(struct json object, struct str raw)
{
	JSON_EACH (name, object)
		if (str_eq(json_raw(name), raw))
			return true;
	return false;
}

/* the object that has these members; false when there are none */
static bool object_of(struct json_doc *doc_r, struct arena *a, struct str members)
{
	struct str text = arena_printf(a, "{%.*s}", STR_ARG(members));

	return members.n && vendor_json(doc_r, a, text);
}

struct str members_joined(struct arena *a, struct str first, struct str second)
{
	struct json_doc one, two;
	struct rope r;
	struct members m = { .rope = &r, .any = true };

	if (!object_of(&one, a, first))
		return arena_str(a, second);
	rope_init(&r, a);
	rope_add(&r, first);
	if (object_of(&two, a, second))
		JSON_EACH (name, json_root(&two))
			if (!has_name(json_root(&one), json_raw(name)))
				member_as_sent(&m, name);
	return rope_flat(&r);
}

static int64_t take(int64_t want, int64_t *left)
{
	int64_t n = want < *left ? want : *left;

	*left -= n;
	return n;
}

void usage_split(const struct usage_counts *n, struct usage *usage_r)
{
	int64_t in = n->input, out = n->output;

	*usage_r = (struct usage){ .seen = true };
	usage_r->tokens[USAGE_cache_read] = take(n->cache_read, &in);
	usage_r->tokens[USAGE_cache_write] = take(n->cache_write, &in);
	usage_r->tokens[USAGE_input_audio] = take(n->audio, &in);
	usage_r->tokens[USAGE_input_image] = take(n->image, &in);
	usage_r->tokens[USAGE_input] = in;
	usage_r->tokens[USAGE_output_audio] = take(n->output_audio, &out);
	usage_r->tokens[USAGE_output] = out;
	usage_r->reasoning = n->reasoning < n->output ? n->reasoning : n->output;
}

enum err vendor_garbage(struct vendor_fault *f, const char *why)
{
	fault_plain(f, ERR_VENDOR_GARBAGE, RETRY | FAILOVER | HEALTH);
	f->message = str_of(why);
	return f->code;
}

/* --- asking --- */

static const struct {
	uint32_t feature;
	const char *param, *text;
} features[] = {
	{ NEEDS_TOOLS, "tools", "tools" },
	{ NEEDS_CUSTOM_TOOLS, "tools", "tools other than functions" },
	{ NEEDS_FORCED_TOOL, "tool_choice", "a forced tool" },
	{ NEEDS_IMAGES, "messages", "images" },
	{ NEEDS_AUDIO_IN, "messages", "audio in the prompt" },
	{ NEEDS_FILES, "messages", "files" },
	{ NEEDS_VIDEO, "messages", "video" },
	{ NEEDS_AUDIO_OUT, "modalities", "audio in the answer" },
	{ NEEDS_JSON_OBJECT, "response_format", "JSON mode" },
	{ NEEDS_JSON_SCHEMA, "response_format", "a JSON schema for its answer" },
	{ NEEDS_N, "n", "more than one choice" },
	{ NEEDS_LOGPROBS, "logprobs", "log probabilities" },
	{ NEEDS_PREFILL, "messages", "a last message by the assistant" },
};

enum err features_check(const struct chat *chat, const struct model *model, struct fault *fault_r)
{
	uint32_t lacking = chat->features & ~model->can;

	for (size_t i = 0; lacking && i < COUNT_OF(features); i++)
		if (lacking & features[i].feature)
			return fault_set(fault_r, ERR_UNSUPPORTED, features[i].param,
					 "%.*s does not support %s", STR_ARG(model->id),
					 features[i].text);
	return ERR_OK;
}

void call_adapted(struct call *call, const char *param, enum adapted what, const char *why)
{
	if (call->n_adaptions < MAX_ADAPTIONS)
		call->adaptions[call->n_adaptions++] = (struct adaption){ param, what, why };
}

static bool asks_off(const struct chat *chat)
{
	return chat->effort == EFFORT_NONE;
}

static bool asks_on(const struct chat *chat)
{
	return chat->effort > EFFORT_NONE;
}

static bool forced_tool_forbids(const struct chat *chat, const struct model *model)
{
	return (chat->features & NEEDS_FORCED_TOOL) &&
	       (model->quirks & QUIRK_NO_FORCED_TOOL_THINKING);
}

/* why thinking must be off for this request; NULL: it need not */
static const char *thinking_forbidden(const struct chat *chat, const struct model *model)
{
	if (forced_tool_forbids(chat, model))
		return "off, because a tool is forced";
	if (chat->format != FORMAT_TEXT && (model->quirks & QUIRK_NO_JSON_THINKING))
		return "off, because the answer must be JSON";
	return NULL;
}

struct thinking_plan thinking_plan(const struct chat *chat, const struct model *model)
{
	const char *forbidden = thinking_forbidden(chat, model);
	bool asked = asks_on(chat) || asks_off(chat);
	struct thinking_plan plan = { .tell = asked };

	switch (model->thinking) {
	case THINKING_NONE:
		plan.tell = false;
		plan.changed = asks_on(chat) ? "the model does not think" : NULL;
		return plan;
	case THINKING_ALWAYS:
		plan.on = true;
		plan.tell = asks_on(chat);
		plan.changed = asks_off(chat) ? "the model cannot but think" : NULL;
		return plan;
	case THINKING_OPTIONAL: plan.on = asks_on(chat); break;
	case THINKING_DEFAULT: plan.on = !asks_off(chat); break;
	}
	if (plan.on && forbidden) {
		plan.on = false;
		plan.tell = true;
		plan.changed = forbidden;
	}
	return plan;
}

enum err thinking_check(const struct chat *chat, const struct model *model, struct fault *fault_r)
{
	if (model->thinking != THINKING_ALWAYS || !forced_tool_forbids(chat, model))
		return ERR_OK;
	return fault_set(fault_r, ERR_UNSUPPORTED, "tool_choice",
			 "%.*s cannot be forced to a tool, because it always thinks",
			 STR_ARG(model->id));
}

int64_t thinking_budget(const struct chat *chat)
{
	static const int64_t by_effort[] = {
		[EFFORT_UNSET] = -1, [EFFORT_NONE] = -1,     [EFFORT_MINIMAL] = 1024,
		[EFFORT_LOW] = 2048, [EFFORT_MEDIUM] = 8192, [EFFORT_HIGH] = 24576,
		[EFFORT_XHIGH] = -1, [EFFORT_MAX] = -1,
	};

	if (chat->thinking_budget > 0)
		return chat->thinking_budget;
	/* a mere "enabled" leaves the measure to the vendor */
	return json_unset(json_get(chat->root, "reasoning_effort")) ? -1 : by_effort[chat->effort];
}

/* --- writing --- */

struct members members_open(struct rope *r)
{
	rope_adds(r, "{");
	return (struct members){ .rope = r };
}

void members_close(struct members *m)
{
	rope_adds(m->rope, "}");
}

static void comma(struct members *m)
{
	if (m->any)
		rope_adds(m->rope, ",");
	m->any = true;
}

void member_name(struct members *m, const char *name)
{
	comma(m);
	rope_quote(m->rope, str_of(name));
	rope_adds(m->rope, ":");
}

void member_raw(struct members *m, const char *name, struct str raw)
{
	member_name(m, name);
	rope_ref(m->rope, raw);
}

void member_text(struct members *m, const char *name, struct str text)
{
	member_name(m, name);
	rope_quote(m->rope, text);
}

void member_int(struct members *m, const char *name, int64_t value)
{
	member_name(m, name);
	rope_addi(m->rope, value);
}

void member_bool(struct members *m, const char *name, bool value)
{
	member_name(m, name);
	rope_adds(m->rope, value ? "true" : "false");
}

void member_as_sent(struct members *m, struct json name)
{
	comma(m);
	rope_ref(m->rope, json_raw(name));
	rope_adds(m->rope, ":");
	rope_ref(m->rope, json_raw(json_value(name)));
}
