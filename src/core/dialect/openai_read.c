/* openai_read.c -- a /v1/chat/completions body to a chat: the top level. */
#include "core/dialect/openai_client.h"

#define MOST_MEMBERS 128
#define MOST_STOPS   4
#define MOST_CHOICES 128
#define MOST_TOKENS  100000000 /* nobody's model writes more */

/* --- faults --- */

void reader_at_top(struct reader *r)
{
	r->at = TEXT_IN(r->room);
}

void reader_at(struct reader *r, const char *member)
{
	reader_at_top(r);
	text_adds(&r->at, member);
}

void reader_nth(struct reader *r, uint32_t nth)
{
	text_adds(&r->at, "[");
	text_addi(&r->at, nth);
	text_adds(&r->at, "]");
}

void reader_inside(struct reader *r, const char *member)
{
	text_adds(&r->at, ".");
	text_adds(&r->at, member);
}

static enum err refuse(struct reader *r, enum err code, const char *member, const char *must)
{
	char param[160];

	snprintf(param, sizeof(param), "%.*s%s%s", STR_ARG(text_str(&r->at)),
		 r->at.n && member ? "." : "", member ? member : "");
	return fault_set(r->fault, code, param, "'%s' %s", param, must);
}

enum err reader_wrong(struct reader *r, const char *member, const char *must)
{
	return refuse(r, ERR_VALUE, member, must);
}

enum err reader_missing(struct reader *r, const char *member)
{
	return refuse(r, ERR_MISSING, member, "is missing");
}

enum err reader_full(struct reader *r)
{
	return fault_set(r->fault, ERR_JSON, "", "the body has too many values");
}

static const char *must_be(enum json_type type)
{
	switch (type) {
	case JSON_STRING: return "must be a string";
	case JSON_ARRAY: return "must be an array";
	case JSON_OBJECT: return "must be an object";
	default: return "has the wrong type";
	}
}

enum err reader_may_have(struct reader *r, struct json object, const char *member,
			 enum json_type type, struct json *value_r)
{
	struct json value = json_get(object, member);

	*value_r = (struct json){ NULL, 0 };
	if (json_unset(value))
		return ERR_OK;
	if (json_type(value) != type)
		return reader_wrong(r, member, must_be(type));
	*value_r = value;
	return ERR_OK;
}

enum err reader_need_text(struct reader *r, struct json object, const char *member,
			  struct json *value_r)
{
	enum err e = reader_may_have(r, object, member, JSON_STRING, value_r);

	if (e)
		return e;
	if (!json_present(*value_r))
		return reader_missing(r, member);
	return json_chars(*value_r).n ? ERR_OK : reader_wrong(r, member, "must not be empty");
}

/* --- members that are only checked, here so that no vendor has to be asked --- */

enum kind { FLAG, NUMBER, WHOLE, TEXT, OBJECT, LIST };

static const struct {
	const char *name;
	enum kind kind;
	double least, most; /* of numbers */
	const char *must;
} params[] = {
	/* clang-format off */
	{ "temperature",       NUMBER, 0, 2,    "must be a number from 0 to 2" },
	{ "top_p",             NUMBER, 0, 1,    "must be a number from 0 to 1" },
	{ "presence_penalty",  NUMBER, -2, 2,   "must be a number from -2 to 2" },
	{ "frequency_penalty", NUMBER, -2, 2,   "must be a number from -2 to 2" },
	{ "n",                 WHOLE,  1, MOST_CHOICES, "must be an integer from 1 to 128" },
	{ "max_tokens",        WHOLE,  1, MOST_TOKENS,  "must be a positive integer" },
	{ "max_completion_tokens", WHOLE, 1, MOST_TOKENS, "must be a positive integer" },
	{ "top_logprobs",      WHOLE,  0, 20,   "must be an integer from 0 to 20" },
	{ "top_k",             WHOLE,  0, 1e9,  "must be a non-negative integer" },
	{ "seed",              WHOLE,  -9.3e18, 9.3e18, "must be an integer" },
	{ "thinking_budget",   WHOLE,  0, MOST_TOKENS,  "must be a non-negative integer" },
	{ "stream",            FLAG,   0, 0,    "must be true or false" },
	{ "logprobs",          FLAG,   0, 0,    "must be true or false" },
	{ "parallel_tool_calls", FLAG, 0, 0,    "must be true or false" },
	{ "enable_thinking",   FLAG,   0, 0,    "must be true or false" },
	{ "store",             FLAG,   0, 0,    "must be true or false" },
	{ "service_tier",      TEXT,   0, 0,    "must be a string" },
	{ "user",              TEXT,   0, 0,    "must be a string" },
	{ "stream_options",    OBJECT, 0, 0,    "must be an object" },
	{ "response_format",   OBJECT, 0, 0,    "must be an object" },
	{ "logit_bias",        OBJECT, 0, 0,    "must be an object" },
	{ "metadata",          OBJECT, 0, 0,    "must be an object" },
	{ "thinking",          OBJECT, 0, 0,    "must be an object" },
	{ "audio",             OBJECT, 0, 0,    "must be an object" },
	{ "modalities",        LIST,   0, 0,    "must be an array" },
	{ "functions",         LIST,   0, 0,    "must be an array" },
	/* clang-format on */
};

static bool is_of_kind(struct json j, enum kind kind, double least, double most)
{
	int64_t whole;
	double number;

	switch (kind) {
	case FLAG: return json_type(j) == JSON_TRUE || json_type(j) == JSON_FALSE;
	case WHOLE: return json_i64(j, &whole) && (double)whole >= least && (double)whole <= most;
	case NUMBER: return json_double(j, &number) && number >= least && number <= most;
	case TEXT: return json_type(j) == JSON_STRING;
	case OBJECT: return json_type(j) == JSON_OBJECT;
	case LIST: return json_type(j) == JSON_ARRAY;
	}
	return false;
}

static enum err check_params(struct reader *r)
{
	for (size_t i = 0; i < COUNT_OF(params); i++) {
		struct json j = json_get(r->chat->root, params[i].name);

		if (!json_unset(j) &&
		    !is_of_kind(j, params[i].kind, params[i].least, params[i].most))
			return reader_wrong(r, params[i].name, params[i].must);
	}
	return ERR_OK;
}

/* --- what the answer shall be like --- */

static enum err read_limits(struct reader *r)
{
	struct chat *chat = r->chat;
	int64_t older = -1;

	chat->n = 1;
	chat->max_tokens = -1;
	json_i64(json_get(chat->root, "n"), &chat->n);
	json_i64(json_get(chat->root, "max_tokens"), &older);
	if (!json_i64(json_get(chat->root, "max_completion_tokens"), &chat->max_tokens))
		chat->max_tokens = older;
	else if (older >= 0 && older != chat->max_tokens)
		return reader_wrong(r, "max_tokens", "and 'max_completion_tokens' differ");
	if (chat->n > 1)
		chat->features |= NEEDS_N;
	return ERR_OK;
}

static enum err read_stream(struct reader *r)
{
	struct chat *chat = r->chat;
	struct json options = json_get(chat->root, "stream_options");
	struct json usage = json_get(options, "include_usage");

	chat->stream = json_bool(json_get(chat->root, "stream"), false);
	if (!json_unset(options) && !chat->stream)
		return reader_wrong(r, "stream_options", "is only allowed when streaming");
	if (!json_unset(usage) && !is_of_kind(usage, FLAG, 0, 0))
		return reader_wrong(r, "stream_options.include_usage", "must be true or false");
	chat->include_usage = json_bool(usage, false);
	return ERR_OK;
}

static enum err read_schema(struct reader *r, struct json format)
{
	struct chat *chat = r->chat;
	struct json name, schema;
	enum err e;

	chat->schema = json_get(format, "json_schema");
	if (json_type(chat->schema) != JSON_OBJECT)
		return reader_missing(r, "response_format.json_schema");
	reader_at(r, "response_format.json_schema");
	if ((e = reader_need_text(r, chat->schema, "name", &name)) ||
	    (e = reader_may_have(r, chat->schema, "schema", JSON_OBJECT, &schema)))
		return e;
	reader_at_top(r);
	chat->format = FORMAT_JSON_SCHEMA;
	chat->features |= NEEDS_JSON_SCHEMA;
	return ERR_OK;
}

static enum err read_format(struct reader *r)
{
	struct json format = json_get(r->chat->root, "response_format");
	struct json type = json_get(format, "type");

	if (json_unset(format) || json_is(type, "text"))
		return ERR_OK;
	if (json_is(type, "json_schema"))
		return read_schema(r, format);
	if (!json_is(type, "json_object"))
		return reader_wrong(r, "response_format.type",
				    "must be \"text\", \"json_object\" or \"json_schema\"");
	r->chat->format = FORMAT_JSON_OBJECT;
	r->chat->features |= NEEDS_JSON_OBJECT;
	return ERR_OK;
}

static enum err read_stop(struct reader *r)
{
	struct json stop = json_get(r->chat->root, "stop");

	if (json_unset(stop) || json_lists_nothing(stop))
		return ERR_OK;
	if (json_type(stop) != JSON_STRING && json_type(stop) != JSON_ARRAY)
		return reader_wrong(r, "stop", "must be a string or an array of strings");
	if (json_count(stop) > MOST_STOPS)
		return reader_wrong(r, "stop", "must not have more than 4 elements");
	JSON_EACH (it, stop)
		if (json_type(it) != JSON_STRING)
			return reader_wrong(r, "stop", "must be a string or an array of strings");
	r->chat->stop = stop;
	return ERR_OK;
}

static enum err read_logprobs(struct reader *r)
{
	struct json top = json_get(r->chat->root, "top_logprobs");

	if (json_bool(json_get(r->chat->root, "logprobs"), false))
		r->chat->features |= NEEDS_LOGPROBS;
	else if (!json_unset(top))
		return reader_wrong(r, "top_logprobs", "is only allowed when 'logprobs' is true");
	return ERR_OK;
}

static enum err read_modalities(struct reader *r)
{
	struct json audio = json_get(r->chat->root, "audio");

	JSON_EACH (it, json_get(r->chat->root, "modalities")) {
		if (!json_is(it, "text") && !json_is(it, "audio"))
			return reader_wrong(r, "modalities", "may hold \"text\" and \"audio\"");
		if (json_is(it, "audio"))
			r->chat->features |= NEEDS_AUDIO_OUT;
	}
	if ((r->chat->features & NEEDS_AUDIO_OUT) && json_unset(audio))
		return reader_missing(r, "audio");
	return ERR_OK;
}

static enum err read_service_tier(struct reader *r)
{
	struct json tier = json_get(r->chat->root, "service_tier");

	if (json_unset(tier))
		return ERR_OK;
	r->chat->service_tier = json_text(tier, r->a);
	return str_absent(r->chat->service_tier) ? reader_full(r) : ERR_OK;
}

/* --- how much it shall think --- */

static enum err read_effort(struct reader *r)
{
	struct json effort = json_get(r->chat->root, "reasoning_effort");

	if (json_unset(effort))
		return ERR_OK;
	for (int i = EFFORT_NONE; i <= EFFORT_MAX; i++)
		if (json_is(effort, effort_name((enum effort)i))) {
			r->chat->effort = (enum effort)i;
			return ERR_OK;
		}
	if (json_is(effort, "ultra")) { /* DeepSeek's other word for the most */
		r->chat->effort = EFFORT_MAX;
		return ERR_OK;
	}
	return reader_wrong(r, "reasoning_effort",
			    "must be one of none, minimal, low, medium, high, xhigh, max");
}

static enum effort effort_of_budget(int64_t budget)
{
	if (budget < 0)
		return EFFORT_MEDIUM;
	return budget == 0       ? EFFORT_NONE
	       : budget <= 4096  ? EFFORT_LOW
	       : budget <= 16384 ? EFFORT_MEDIUM
				 : EFFORT_HIGH;
}

/* Anthropic's and DeepSeek's `thinking`, Qwen's `enable_thinking` and `thinking_budget`. */
static enum err read_thinking(struct reader *r)
{
	struct chat *chat = r->chat;
	struct json thinking = json_get(chat->root, "thinking"), type = json_get(thinking, "type");
	struct json enable = json_get(chat->root, "enable_thinking");
	bool off = json_is(type, "disabled") || json_type(enable) == JSON_FALSE;
	bool on = json_is(type, "enabled") || json_is(type, "adaptive") || json_is(type, "auto") ||
		  json_type(enable) == JSON_TRUE;

	chat->thinking_budget = -1;
	if (!json_unset(thinking)) {
		if (!json_is(type, "disabled") && !on)
			return reader_wrong(r, "thinking.type",
					    "must be \"enabled\", \"adaptive\" or \"disabled\"");
		chat->thinking = thinking;
		json_i64(json_get(thinking, "budget_tokens"), &chat->thinking_budget);
	}
	json_i64(json_get(chat->root, "thinking_budget"), &chat->thinking_budget);
	if (chat->effort == EFFORT_UNSET && off)
		chat->effort = EFFORT_NONE;
	else if (chat->effort == EFFORT_UNSET && (on || chat->thinking_budget >= 0))
		chat->effort = effort_of_budget(chat->thinking_budget);
	return ERR_OK;
}

/* --- the whole --- */

static enum err read_tools_and_friends(struct reader *r)
{
	struct chat *chat = r->chat;
	struct json parallel = json_get(chat->root, "parallel_tool_calls");
	struct json functions = json_get(chat->root, "functions");

	chat->parallel_tools = json_unset(parallel) ? -1 : json_bool(parallel, true);
	if (json_count(functions) || !json_unset(json_get(chat->root, "function_call"))) {
		chat->legacy_functions = true;
		chat->features |= NEEDS_TOOLS;
	}
	return openai_read_tools(r);
}

/* Names, roles and punctuation are counted as text too: an upper bound may be generous, and
 * what vendors write around a message is about as long. */
static void count_text(struct reader *r)
{
	struct chat *chat = r->chat;

	chat->text_bytes = (int64_t)json_raw(json_get(chat->root, "messages")).n +
			   (int64_t)json_raw(json_get(chat->root, "tools")).n +
			   (int64_t)json_raw(json_get(chat->root, "functions")).n +
			   (int64_t)json_raw(chat->schema).n - r->media_bytes;
}

void reader_note_mark(struct reader *r, struct json mark)
{
	struct json ttl = json_get(mark, "ttl");

	if (!json_unset(ttl) && !json_is(ttl, "5m"))
		r->chat->marks_long_cache = true;
}

/* OpenAI knows some forty. Each candidate's vendor judges each of them, so there must be an end. */
static enum err check_members(struct reader *r)
{
	if (json_count(r->chat->root) <= MOST_MEMBERS)
		return ERR_OK;
	return fault_set(r->fault, ERR_VALUE, "", "the body must not have more than %d members",
			 MOST_MEMBERS);
}

static enum err read_all(struct reader *r)
{
	static enum err (*const steps[])(struct reader *) = {
		check_members,     check_params,    openai_read_route, read_tools_and_friends,
		read_limits,       read_stream,     read_format,       read_stop,
		read_logprobs,     read_modalities, read_effort,       read_thinking,
		read_service_tier,
	};
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < COUNT_OF(steps); i++)
		e = steps[i](r);
	if (e == ERR_OK)
		e = openai_read_messages(r, json_get(r->chat->root, "messages"));
	reader_note_mark(r, json_get(r->chat->root, "cache_control"));
	if (e == ERR_OK)
		count_text(r);
	return e;
}

enum err openai_read_request(struct arena *a, struct str body, const struct json_limits *limits,
			     struct chat *chat_r, struct fault *fault_r)
{
	struct reader r = { .a = a, .chat = chat_r, .fault = fault_r };
	enum json_fail fail;
	size_t at;

	reader_at_top(&r);
	*chat_r = (struct chat){ .body = body };
	if (str_trim(body).n == 0)
		return fault_set(fault_r, ERR_JSON, "", "the body is empty");
	fail = json_parse(&chat_r->doc, a, body, limits, &at);
	if (fail != JSON_FINE)
		return fault_set(fault_r, ERR_JSON, "", "the body cannot be read: %s (byte %zu)",
				 json_fail_text(fail), at);
	chat_r->root = json_root(&chat_r->doc);
	if (json_type(chat_r->root) != JSON_OBJECT)
		return fault_set(fault_r, ERR_JSON, "", "the body must be a JSON object");
	return read_all(&r);
}
