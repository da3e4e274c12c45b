/*
 * chat.h -- a chat request and its answer, in nobody's dialect.
 *
 * A request points into the client's body: values are `struct json` handles, so
 * that a 20 MB image is neither copied nor unescaped on its way to a vendor.
 *
 * An answer is a head, deltas and usage. A whole answer has one complete delta
 * for each choice; a stream has many partial ones. So one reader and one writer
 * per dialect serve both, and a stream is put together by core/gather.h.
 *
 * Text fields of an answer are *escaped*: the bytes between the quotes of a JSON
 * string. They go out as they came in.
 */
#ifndef MODEL_CHAT_H
#define MODEL_CHAT_H

#include "base/json.h"
#include "model/effort.h"
#include "model/usage.h"

/* --- the request --- */

enum role { ROLE_SYSTEM, ROLE_DEVELOPER, ROLE_USER, ROLE_ASSISTANT, ROLE_TOOL, ROLE_FUNCTION };

enum part_kind { PART_TEXT, PART_IMAGE, PART_AUDIO, PART_FILE, PART_VIDEO, PART_REFUSAL };

struct part {
	enum part_kind kind;
	struct json raw;   /* the part as sent; for a plain string content: that string */
	struct json text;  /* string: of PART_TEXT and PART_REFUSAL */
	struct json media; /* image_url object, input_audio object, file object, video value */
	struct json cache_control; /* Anthropic's and Qwen's mark, where the client sent one */
};

struct tool_call {
	struct json raw;
	struct json id, name;   /* strings */
	struct json arguments;  /* string that holds JSON text */
};

struct message {
	enum role role;
	struct json raw;
	struct json name;
	struct part *parts;
	uint32_t n_parts;
	struct tool_call *calls; /* assistant */
	uint32_t n_calls;
	struct json tool_call_id; /* tool */
	struct json reasoning;         /* assistant: reasoning_content, string */
	struct json reasoning_details; /* assistant: signed thinking, see doc/vendors.md */
};

struct tool {
	struct json raw;
	bool function;            /* else a kind only some vendors know */
	struct json name, description, parameters, strict;
};

enum tool_choice { CHOICE_UNSET, CHOICE_AUTO, CHOICE_NONE, CHOICE_REQUIRED, CHOICE_NAMED,
		   CHOICE_ALLOWED };
enum format { FORMAT_TEXT, FORMAT_JSON_OBJECT, FORMAT_JSON_SCHEMA };

/* what a request asks of a model; hard filters compare it with struct model.can */
enum feature {
	NEEDS_TOOLS = 1 << 0,
	NEEDS_IMAGES = 1 << 1,
	NEEDS_AUDIO_IN = 1 << 2,
	NEEDS_AUDIO_OUT = 1 << 3,
	NEEDS_FILES = 1 << 4,
	NEEDS_VIDEO = 1 << 5,
	NEEDS_JSON_OBJECT = 1 << 6,
	NEEDS_JSON_SCHEMA = 1 << 7,
	NEEDS_N = 1 << 8,
	NEEDS_LOGPROBS = 1 << 9,
	NEEDS_FORCED_TOOL = 1 << 10,
	NEEDS_CUSTOM_TOOLS = 1 << 11,
	NEEDS_PREFILL = 1 << 12, /* the last message is the assistant's */
};

/* where the request itself wants to go: OpenRouter's `provider` */
struct provider {
	struct str strategy;         /* what its `sort` asks for; absent = nothing */
	double max_price_input, max_price_output; /* dollars per million tokens; -1 = none */
	struct str *only, *ignore, *order;        /* vendors or endpoints, plain text */
	uint32_t n_only, n_ignore, n_order;
	bool no_fallbacks;           /* nothing but what was asked for, and of `order` nothing else */
};

struct chat {
	struct str body; /* (not owned) the client's JSON */
	struct json_doc doc;
	struct json root;

	struct str model;   /* as asked for, plain text */
	struct str *models; /* fallbacks in order, plain text */
	uint32_t n_models;
	struct provider provider;

	struct message *messages;
	uint32_t n_messages;
	struct tool *tools;
	uint32_t n_tools;
	enum tool_choice tool_choice;
	struct json chosen_tool;   /* string, with CHOICE_NAMED */
	int8_t parallel_tools;     /* -1 unset, 0, 1 */

	bool stream;
	bool include_usage;        /* stream_options.include_usage */
	int64_t max_tokens;        /* max_completion_tokens or max_tokens; -1 unset */
	int64_t n;                 /* choices; 1 when unset */
	struct str service_tier;   /* plain text; absent = unset */
	enum effort effort;        /* reasoning_effort, or what `thinking` says */
	struct json thinking;      /* vendor-style object, where the client sent one */
	int64_t thinking_budget;   /* tokens; -1 unset */
	enum format format;
	struct json schema;        /* response_format.json_schema object */
	struct json stop;          /* string or array */
	uint32_t features;         /* enum feature */
	int64_t text_bytes;        /* of messages, tools and schema, escapes removed at most */
	int64_t tool_bytes_beyond_ascii;
	uint32_t n_images;
	bool marks_long_cache;     /* asks for a prompt cache that lives longer than usual, and costs more */
	bool has_unbounded_parts;  /* audio, files, video: tokens cannot be told from bytes */
	bool images_in_results;    /* of tools, which not every vendor takes */
	bool legacy_functions;     /* `functions` or `function_call`, which only OpenAI takes */
};

/* --- the answer --- */

enum finish { FINISH_NONE, FINISH_STOP, FINISH_LENGTH, FINISH_TOOL_CALLS, FINISH_CONTENT_FILTER,
	      FINISH_FUNCTION_CALL };

struct tool_delta {
	int32_t index;            /* counts tools only */
	bool custom;              /* a custom tool: its arguments are any text */
	struct str id, name;      /* escaped; in the first delta of a call, else absent */
	struct str arguments;     /* escaped piece of JSON text; absent or empty = none */
};

struct delta {
	int32_t choice;
	struct str text, reasoning, refusal; /* escaped; absent = none */
	struct tool_delta *tools;
	uint32_t n_tools;
	struct str logprobs;      /* raw JSON object with `content` and `refusal`; absent = none */
	struct str more;          /* raw `"name":value` members of the message/delta, comma between */
	struct str more_choice;   /* the same, of the choice */
	enum finish finish;
};

struct answer {
	struct str id, model;     /* escaped; absent = not told (yet) */
	int64_t created;          /* Unix seconds; 0 = not told */
	struct str service_tier;  /* raw JSON; absent = not told */
	struct str fingerprint;   /* raw JSON of system_fingerprint; absent = not told */
	struct str more;          /* raw members of the top level, comma between */
	struct delta *deltas;
	uint32_t n_deltas;
	struct usage usage;       /* cumulative: a later one replaces an earlier one */
	bool ended;               /* the vendor's own end mark was there */
};

/* Is there anything in it that a reader of the answer would see? Then another vendor cannot take
 * over unnoticed. Roles, empty texts and usage are nothing. */
bool answer_has_content(const struct answer *answer);

const char *finish_name(enum finish f); /* "stop"; NULL for FINISH_NONE */
const char *role_name(enum role r);
const char *effort_name(enum effort e); /* "low"; NULL for EFFORT_UNSET */

#endif
