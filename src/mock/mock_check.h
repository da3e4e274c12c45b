/*
 * mock_check.h -- is this request one that the vendor would take?
 *
 * A dialect's check reads the body into struct mock_ask and refuses what the vendor
 * refuses, with the status and in the words the vendor uses, as far as they are
 * known. All functions that return bool return true when there is nothing to refuse.
 */
#ifndef MOCK_MOCK_CHECK_H
#define MOCK_MOCK_CHECK_H

#include <stdarg.h>

#include "mock/mock_ask.h"

bool mock_check_openai(struct mock_ask *ask);
bool mock_check_deepseek(struct mock_ask *ask);
bool mock_check_qwen(struct mock_ask *ask);
bool mock_check_qwen_native(struct mock_ask *ask);
bool mock_check_anthropic(struct mock_ask *ask);

/* --- for the checks themselves --- */

/* Fill ask->error; always false. code and param may be NULL. */
bool mock_refuse(struct mock_ask *ask, int status, const char *type, const char *code,
		 const char *param, const char *fmt, va_list ap);
/* printf into the request's memory */
const char *mock_say(struct mock_ask *ask, const char *fmt, ...) PRINTF_LIKE(2, 3);

enum mock_kind {
	KIND_ANY,
	KIND_NUMBER,
	KIND_INTEGER,
	KIND_BOOL,
	KIND_STRING,
	KIND_ARRAY,
	KIND_OBJECT,
	KIND_WORD
};

struct mock_param {
	const char *name;
	enum mock_kind kind;
	double min, max;   /* of numbers; both 0: any */
	const char *words; /* of KIND_WORD: "low|medium|high" */
};

/* how a vendor says it; each returns false */
struct mock_param_words {
	bool (*unknown)(struct mock_ask *ask, struct str name); /* NULL: unknown members pass */
	bool (*kind)(struct mock_ask *ask, const struct mock_param *p, struct json value);
	bool (*range)(struct mock_ask *ask, const struct mock_param *p, struct json value);
	bool (*word)(struct mock_ask *ask, const struct mock_param *p, struct json value);
};

/* Each member of object that is in the table, and not null. */
bool mock_check_params(struct mock_ask *ask, struct json object, const struct mock_param *params,
		       size_t n, const struct mock_param_words *words);
/* "an integer", "a string", for sentences */
const char *mock_kind_name(enum mock_kind kind);
const char *mock_type_name(enum json_type type);

/* --- conversations in OpenAI's shape --- */

enum mock_history_fault {
	HISTORY_ROLE,       /* unknown role */
	HISTORY_CONTENT,    /* neither text nor parts */
	HISTORY_PART,       /* a part of a kind that is not known */
	HISTORY_IMAGE_ROLE, /* an image that is not the user's */
	HISTORY_IMAGE,      /* an image for a model that cannot see */
	HISTORY_CALL,       /* a malformed tool call */
	HISTORY_NO_ID,      /* a tool message without tool_call_id */
	HISTORY_ORPHAN,     /* a tool message that answers no call */
	HISTORY_UNANSWERED, /* calls without their tool messages */
};

struct mock_history_place {
	enum mock_history_fault fault;
	uint32_t message, item;
	struct str what; /* role, part type, or ids */
};

struct mock_history_rules {
	const char *const *roles; /* NULL at the end */
	const char *const *parts;
	bool calls_may_be_null; /* content of an assistant message with calls */
	bool (*refuse)(struct mock_ask *ask, const struct mock_history_place *place);
};

bool mock_check_history(struct mock_ask *ask, const struct mock_history_rules *rules);
/* does any message's text have the word json in it? */
bool mock_says_json(struct mock_ask *ask);

/* `tools` and `tool_choice` in OpenAI's shape, already known to be well-formed */
void mock_read_tools(struct mock_ask *ask, struct json tools, struct json choice);
/* is s in a list that NULL ends? */
bool mock_list_has(const char *const *list, struct str s);

#endif
