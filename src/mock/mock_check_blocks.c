/*
 * mock_check_blocks.c -- Anthropic's messages: roles, content blocks, tools, thoughts.
 *
 * A thinking block must carry the signature it was given, so thoughts of another
 * vendor, or changed ones, are refused as the real service refuses them.
 */
#include "mock/mock_check_anthropic.h"

#include <stdio.h>

#define bad mock_anthropic_bad

#define MAX_CALLS       64
#define MAX_CACHE_MARKS 4

struct walk {
	struct mock_ask *ask;
	uint32_t i, k; /* message, block */
	bool by_assistant;
	struct str calls[MAX_CALLS]; /* tool_use ids of the assistant's last turn */
	uint32_t n_calls;
	uint64_t open;     /* bit: not answered yet */
	uint32_t calls_at; /* message */
	uint32_t marks;
	bool any_tools;
};

bool mock_anthropic_is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-'))
			return false;
	}
	return s.n > 0;
}

void mock_anthropic_sign(struct str thinking, char signature[96])
{
	uint64_t hash = 0x9E3779B97F4A7C15u;
	size_t n = 0;

	for (size_t i = 0; i < thinking.n; i++)
		hash = (hash ^ (unsigned char)thinking.p[i]) * 0x100000001b3u;
	n += (size_t)snprintf(signature, 96, "EqMock");
	while (n < 80) {
		n += (size_t)snprintf(signature + n, 96 - n, "%08x", (unsigned)(hash >> 32));
		hash = hash * 0xBF58476D1CE4E5B9u + 1;
	}
	snprintf(signature + n, 96 - n, "==");
}

/* --- the kinds of blocks --- */

static bool check_text(struct walk *w, struct json block)
{
	struct json text = json_get(block, "text");

	if (json_type(text) != JSON_STRING)
		return bad(w->ask, "messages.%u.content.%u.text.text: Field required", w->i, w->k);
	if (json_chars(text).n == 0)
		return bad(w->ask, "messages: text content blocks must be non-empty");
	return true;
}

static bool check_image(struct walk *w, struct json block)
{
	static const char *const kinds[] = { "image/jpeg", "image/png", "image/gif", "image/webp",
					     NULL };
	struct json source = json_get(block, "source");
	struct json type = json_get(source, "type");

	if (w->by_assistant)
		return bad(w->ask, "messages.%u.content.%u: Input tag 'image' is not allowed here",
			   w->i, w->k);
	if (json_is(type, "base64")) {
		if (!mock_list_has(kinds, json_text(json_get(source, "media_type"), w->ask->a)))
			return bad(
				w->ask,
				"messages.%u.content.%u.image.source.base64.media_type: Input "
				"should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'",
				w->i, w->k);
		if (json_chars(json_get(source, "data")).n == 0)
			return bad(
				w->ask,
				"messages.%u.content.%u.image.source.base64.data: image cannot be "
				"empty",
				w->i, w->k);
		return true;
	}
	if (json_is(type, "url") && json_chars(json_get(source, "url")).n > 0)
		return true;
	return bad(w->ask, "messages.%u.content.%u.image.source: Field required", w->i, w->k);
}

static bool check_document(struct walk *w, struct json block)
{
	if (json_type(json_get(block, "source")) == JSON_OBJECT)
		return true;
	return bad(w->ask, "messages.%u.content.%u.document.source: Field required", w->i, w->k);
}

static bool check_use(struct walk *w, struct json block)
{
	struct str id = json_chars(json_get(block, "id"));

	w->any_tools = true;
	if (!w->by_assistant)
		return bad(w->ask,
			   "messages.%u: `tool_use` blocks can only be in `assistant` messages",
			   w->i);
	if (!mock_anthropic_is_id(id))
		return bad(w->ask,
			   "messages.%u.content.%u.tool_use.id: String should match pattern "
			   "'^[a-zA-Z0-9_-]+$'",
			   w->i, w->k);
	if (json_chars(json_get(block, "name")).n == 0)
		return bad(w->ask, "messages.%u.content.%u.tool_use.name: Field required", w->i,
			   w->k);
	if (json_type(json_get(block, "input")) != JSON_OBJECT)
		return bad(
			w->ask,
			"messages.%u.content.%u.tool_use.input: Input should be a valid dictionary",
			w->i, w->k);
	for (uint32_t i = 0; i < w->n_calls; i++) {
		if (str_eq(w->calls[i], id))
			return bad(w->ask, "messages.%u.content.%u: `tool_use` ids must be unique",
				   w->i, w->k);
	}
	if (w->n_calls < MAX_CALLS) {
		w->open |= 1ull << w->n_calls;
		w->calls[w->n_calls++] = id;
		w->calls_at = w->i;
	}
	return true;
}

static bool check_result(struct walk *w, struct json block)
{
	struct str id = json_chars(json_get(block, "tool_use_id"));
	struct json content = json_get(block, "content");

	w->any_tools = true;
	if (w->by_assistant)
		return bad(w->ask,
			   "messages.%u: `tool_result` blocks can only be in `user` messages",
			   w->i);
	if (!json_unset(content) && json_type(content) != JSON_STRING &&
	    json_type(content) != JSON_ARRAY)
		return bad(w->ask,
			   "messages.%u.content.%u.tool_result.content: Input should be a valid "
			   "string",
			   w->i, w->k);
	for (uint32_t i = 0; i < w->n_calls; i++) {
		if (str_eq(w->calls[i], id)) {
			w->open &= ~(1ull << i);
			return true;
		}
	}
	return bad(
		w->ask,
		"messages.%u.content.%u: unexpected `tool_use_id` found in `tool_result` blocks: "
		"%.*s. Each `tool_result` block must have a corresponding `tool_use` block in the "
		"previous message.",
		w->i, w->k, STR_ARG(id));
}

static bool check_thought(struct walk *w, struct json block)
{
	struct str thinking = json_text(json_get(block, "thinking"), w->ask->a);
	char signature[96];

	if (!w->by_assistant)
		return bad(w->ask,
			   "messages.%u: `thinking` blocks can only be in `assistant` messages",
			   w->i);
	if (str_absent(thinking) || json_type(json_get(block, "signature")) != JSON_STRING)
		return bad(w->ask, "messages.%u.content.%u.thinking.signature: Field required",
			   w->i, w->k);
	mock_anthropic_sign(thinking, signature);
	if (json_is(json_get(block, "signature"), signature))
		return true;
	return bad(w->ask, "messages.%u.content.%u: Invalid `signature` in `thinking` block", w->i,
		   w->k);
}

static bool check_redacted(struct walk *w, struct json block)
{
	if (w->by_assistant && json_chars(json_get(block, "data")).n > 0)
		return true;
	return bad(w->ask, "messages.%u.content.%u: Invalid `data` in `redacted_thinking` block",
		   w->i, w->k);
}

static const struct block_kind {
	const char *type;
	bool (*check)(struct walk *w, struct json block);
} kinds[] = {
	{ "text", check_text },
	{ "image", check_image },
	{ "document", check_document },
	{ "tool_use", check_use },
	{ "tool_result", check_result },
	{ "thinking", check_thought },
	{ "redacted_thinking", check_redacted },
};

/* --- messages --- */

static bool check_block(struct walk *w, struct json block)
{
	struct json type = json_get(block, "type");

	w->marks += !json_unset(json_get(block, "cache_control"));
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (json_is(type, kinds[i].type))
			return kinds[i].check(w, block);
	}
	return bad(
		w->ask,
		"messages.%u.content.%u: Input tag '%.*s' found using 'type' does not match any of "
		"the expected tags",
		w->i, w->k, STR_ARG(json_chars(type)));
}

static bool check_results_first(struct walk *w, struct json content)
{
	bool other = false;

	JSON_EACH (block, content) {
		bool result = json_is(json_get(block, "type"), "tool_result");

		if (result && other && w->n_calls)
			return bad(
				w->ask,
				"messages.%u: `tool_result` blocks must come before other content "
				"in the message that answers `tool_use`",
				w->i);
		other = other || !result;
	}
	return true;
}

/* With thinking on, a turn that called tools must begin with its thoughts. */
static bool check_thoughts_first(struct walk *w, struct json content)
{
	struct json first = json_get(json_first(content), "type");
	struct json thinking = json_get(w->ask->root, "thinking");

	if (!w->n_calls || !json_is(json_get(thinking, "type"), "enabled") ||
	    json_is(first, "thinking") || json_is(first, "redacted_thinking"))
		return true;
	return bad(
		w->ask,
		"messages.%u.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
		"`%.*s`. When `thinking` is enabled, a final `assistant` message must start with a "
		"thinking block.",
		w->i, STR_ARG(json_chars(first)));
}

static bool check_content(struct walk *w, struct json content)
{
	w->k = 0;
	if (json_type(content) == JSON_STRING) {
		if (json_chars(content).n > 0)
			return true;
		return bad(w->ask,
			   "messages.%u: all messages must have non-empty content except for the "
			   "optional final assistant message",
			   w->i);
	}
	if (json_type(content) != JSON_ARRAY)
		return bad(w->ask, "messages.%u.content: Field required", w->i);
	if (json_count(content) == 0)
		return bad(w->ask,
			   "messages.%u: all messages must have non-empty content except for the "
			   "optional final assistant message",
			   w->i);
	JSON_EACH (block, content) {
		if (!check_block(w, block))
			return false;
		w->k++;
	}
	return w->by_assistant ? check_thoughts_first(w, content) : check_results_first(w, content);
}

static bool check_answered(struct walk *w)
{
	if (!w->open)
		return true;
	return bad(
		w->ask,
		"messages.%u: `tool_use` ids were found without `tool_result` blocks immediately "
		"after: %.*s. Each `tool_use` block must have a corresponding `tool_result` block "
		"in the next message.",
		w->calls_at, STR_ARG(w->calls[__builtin_ctzll(w->open)]));
}

static bool check_message(struct walk *w, struct json message)
{
	struct json role = json_get(message, "role");

	if (json_type(message) != JSON_OBJECT)
		return bad(w->ask, "messages.%u: Input does not match the expected shape.", w->i);
	w->by_assistant = json_is(role, "assistant");
	if (!w->by_assistant && !json_is(role, "user"))
		return bad(
			w->ask,
			"messages: Unexpected role \"%.*s\". The Messages API accepts a top-level "
			"`system` parameter, not \"system\" as an input message role.",
			STR_ARG(json_chars(role)));
	if (w->by_assistant && w->i == 0)
		return bad(w->ask, "messages: first message must use the \"user\" role");
	if (!check_content(w, json_get(message, "content")))
		return false;
	if (w->by_assistant) /* assistant messages in a row are one turn, so wait for the user's */
		return true;
	w->n_calls = 0;
	return check_answered(w);
}

/* The conversation's end: an assistant's beginning of an answer, which some models do not take. */
static bool check_end(struct walk *w, struct json last)
{
	struct str text = mock_content_text(w->ask, json_get(last, "content"));

	if (w->open)
		return check_answered(w);
	if (!w->by_assistant)
		return true;
	if (w->ask->model->traits & TRAIT_NO_PREFILL)
		return bad(
			w->ask,
			"This model does not support assistant message prefill. The conversation "
			"must end with a user message.");
	if (text.n && str_trim(text).n + (size_t)(str_trim(text).p - text.p) != text.n)
		return bad(w->ask,
			   "messages: final assistant content cannot end with trailing whitespace");
	return true;
}

static bool check_system(struct walk *w, struct json system)
{
	if (json_unset(system) || json_type(system) == JSON_STRING)
		return true;
	if (json_type(system) != JSON_ARRAY)
		return bad(w->ask, "system: Input should be a valid list");
	JSON_EACH (block, system) {
		w->marks += !json_unset(json_get(block, "cache_control"));
		if (!json_is(json_get(block, "type"), "text"))
			return bad(w->ask, "system: Input tag should be 'text'");
		if (json_chars(json_get(block, "text")).n == 0)
			return bad(w->ask, "system: text content blocks must be non-empty");
	}
	return true;
}

bool mock_check_blocks(struct mock_ask *ask)
{
	struct walk w = { .ask = ask };
	struct json last = { NULL, 0 };

	if (json_unset(ask->messages))
		return bad(ask, "messages: Field required");
	if (json_count(ask->messages) == 0)
		return bad(ask, "messages: at least one message is required");
	JSON_EACH (tool, json_get(ask->root, "tools"))
		w.marks += !json_unset(json_get(tool, "cache_control"));
	if (!check_system(&w, json_get(ask->root, "system")))
		return false;
	JSON_EACH (message, ask->messages) {
		if (!check_message(&w, message))
			return false;
		last = message;
		w.i++;
	}
	if (w.any_tools && ask->n_tools == 0)
		return bad(ask, "Requests which include `tool_use` or `tool_result` blocks must "
				"define tools.");
	if (w.marks > MAX_CACHE_MARKS)
		return bad(ask,
			   "A maximum of %d blocks with cache_control may be provided. Found %u.",
			   MAX_CACHE_MARKS, w.marks);
	return check_end(&w, last);
}
