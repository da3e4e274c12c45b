/*
 * mock_ask.h -- one request to a fake vendor, read and found valid.
 *
 * Filled by a dialect's check (mock_check.h). What the answer is made from stands
 * here in nobody's dialect.
 *
 * How the mock counts tokens, for every vendor alike: a text of b bytes is
 * ceil(b/4) tokens; a message 3 more, the whole prompt 3 more; an image is 85;
 * tool definitions, tool inputs that are JSON objects, and schemas count as text
 * as they were sent. So no prompt counts more tokens than it has bytes.
 */
#ifndef MOCK_MOCK_ASK_H
#define MOCK_MOCK_ASK_H

#include "base/json.h"
#include "mock/mock_error.h"
#include "mock/mock_model.h"

#define MOCK_MAX_STOPS    16
#define MOCK_IMAGE_TOKENS 85

struct mock_dialect;

/* what came with the body */
struct mock_heads {
	struct str authorization, api_key, anthropic_version, dashscope_sse, attempt;
	bool multimodal;  /* Qwen native: the path was multimodal-generation */
	bool counts_only; /* Anthropic: count_tokens */
};

struct mock_tool {
	struct str name;
	struct json schema; /* of its arguments; may be absent */
};

enum mock_choice_of_tool { TOOLS_AUTO, TOOLS_NONE, TOOLS_ANY, TOOLS_NAMED };
enum mock_format { FORM_TEXT, FORM_JSON, FORM_SCHEMA };

/* a place up to which the prompt may be cached */
struct mock_prefix {
	int64_t tokens;
	uint64_t hash; /* of all text before it */
	bool marked;   /* by cache_control, not by the end of a message */
	bool long_lived;
};

struct mock_ask {
	struct arena *a; /* (not owned) of the request */
	const struct mock_dialect *dialect;
	const struct mock_models *models; /* (not owned) */
	const struct mock_model *model;
	struct mock_heads heads;
	struct json root;
	struct json messages;
	struct str model_name; /* as asked for */

	bool stream, include_usage, obfuscate;
	bool thinking;
	bool incremental,
		plain_text; /* Qwen native: parameters.incremental_output, result_format */
	int64_t max_tokens; /* -1 = none was set */
	int64_t n;
	int64_t top_logprobs; /* -1 = no logprobs */
	enum mock_format format;
	struct json schema;
	struct mock_tool *tools;
	size_t n_tools, tools_cap;
	enum mock_choice_of_tool tool_choice;
	struct str named_tool;
	bool parallel;
	struct str stops[MOCK_MAX_STOPS];
	size_t n_stops;
	struct str service_tier; /* absent = default */
	struct str last_text;    /* of the last user message */
	bool after_tool;         /* the conversation ends with a tool's result */

	int64_t input_tokens, image_tokens; /* all of them; those of images */
	struct mock_prefix *prefixes;       /* shortest first */
	size_t n_prefixes, prefixes_cap;

	struct mock_error error; /* why it was refused */
};

/* tokens of a text of so many bytes */
int64_t mock_tokens(size_t bytes);
/* bytes of a JSON string's text, its escapes removed */
size_t mock_text_bytes(struct json string);

/* Count system text, tools and messages: fills input_tokens and prefixes. */
void mock_ask_count(struct mock_ask *ask, struct json system, struct json tools,
		    struct json messages);
/* The text of a message's content: a string, or the text parts behind each other. */
struct str mock_content_text(struct mock_ask *ask, struct json content);
/* fills last_text and after_tool */
void mock_ask_last(struct mock_ask *ask);
/* one string or an array of them to ask->stops; false: it is neither, or has too many */
bool mock_ask_stops(struct mock_ask *ask, struct json stop);
/* NULL when it could not be added */
struct mock_tool *mock_ask_tool(struct mock_ask *ask, struct json name, struct json schema);
bool mock_ask_has_tool(const struct mock_ask *ask, struct str name);

#endif
