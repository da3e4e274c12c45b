/* fuzz_shape.c -- the members of answers, one by one; a second opinion beside the schema's. */
#include "fuzz_shape.h"

#include "base/json.h"
#include "core/sse.h"
#include "fuzz_json.h"

#define IS(type)     (1u << JSON_##type)
#define IS_MISSING   IS(ABSENT)
#define MOST_CHOICES 256

/* --- readers --- */

static struct json member(struct json object, const char *name, unsigned types)
{
	struct json value = json_get(object, name);

	HOLDS(types & 1u << json_type(value), "\"%s\" has the wrong type in %.*s", name,
	      STR_ARG(json_raw(object)));
	return value;
}

static int64_t whole(struct json object, const char *name)
{
	int64_t value = -1;

	HOLDS(json_i64(member(object, name, IS(NUMBER)), &value) && value >= 0,
	      "\"%s\" is no count in %.*s", name, STR_ARG(json_raw(object)));
	return value;
}

static void one_of(struct json object, const char *name, const char *const *words)
{
	struct json value = member(object, name, IS(STRING));

	while (*words && !json_is(value, *words))
		words++;
	HOLDS(*words, "\"%s\" is none of its words in %.*s", name, STR_ARG(json_raw(object)));
}

static void must_say(struct json object, const char *name)
{
	HOLDS(json_chars(member(object, name, IS(STRING))).n > 0, "\"%s\" is empty in %.*s", name,
	      STR_ARG(json_raw(object)));
}

/* --- tool calls --- */

static void call_body_must_be_good(struct json call, bool partial)
{
	unsigned missing = partial ? IS_MISSING : 0;
	bool custom = json_is(json_get(call, "type"), "custom") ||
		      json_present(json_get(call, "custom"));
	struct json body = member(call, custom ? "custom" : "function", IS(OBJECT) | missing);

	if (!json_present(body))
		return;
	member(body, "name", IS(STRING) | missing);
	member(body, custom ? "input" : "arguments", IS(STRING) | missing);
}

static void calls_must_be_good(struct json calls, bool partial)
{
	static const char *const types[] = { "function", "custom", NULL };

	HOLDS(!json_present(calls) || partial || json_count(calls) > 0, "no calls in tool_calls");
	JSON_EACH (it, calls) {
		HOLDS(json_type(it) == JSON_OBJECT, "a call that is no object");
		if (partial)
			whole(it, "index");
		if (!partial || json_present(json_get(it, "id"))) {
			must_say(it, "id");
			one_of(it, "type", types);
		}
		call_body_must_be_good(it, partial);
	}
}

/* --- choices --- */

static void message_must_be_good(struct json message, bool partial)
{
	static const char *const assistant[] = { "assistant", NULL };
	unsigned missing = partial ? IS_MISSING : 0;

	if (!partial || json_present(json_get(message, "role")))
		one_of(message, "role", assistant);
	member(message, "content", IS(STRING) | IS(NULL) | missing);
	member(message, "refusal", IS(STRING) | IS(NULL) | missing);
	calls_must_be_good(member(message, "tool_calls", IS(ARRAY) | IS_MISSING), partial);
}

static void logprobs_must_be_good(struct json choice, bool partial)
{
	struct json logprobs = member(choice, "logprobs",
				      IS(OBJECT) | IS(NULL) | (partial ? IS_MISSING : 0));

	if (json_type(logprobs) != JSON_OBJECT)
		return;
	member(logprobs, "content", IS(ARRAY) | IS(NULL));
	member(logprobs, "refusal", IS(ARRAY) | IS(NULL));
}

static void choice_must_be_good(struct json choice, bool partial, bool seen[MOST_CHOICES])
{
	static const char *const reasons[] = { "stop",           "length",        "tool_calls",
					       "content_filter", "function_call", NULL };
	int64_t index;

	HOLDS(json_type(choice) == JSON_OBJECT, "a choice that is no object");
	index = whole(choice, "index");
	HOLDS(index < MOST_CHOICES, "choice %lld", (long long)index);
	HOLDS(partial || !seen[index], "choice %lld stands twice", (long long)index);
	seen[index] = true;
	if (!partial || json_type(json_get(choice, "finish_reason")) != JSON_NULL)
		one_of(choice, "finish_reason", reasons);
	message_must_be_good(member(choice, partial ? "delta" : "message", IS(OBJECT)), partial);
	logprobs_must_be_good(choice, partial);
}

/* --- the whole --- */

static void usage_must_be_good(struct json usage)
{
	if (json_type(usage) != JSON_OBJECT)
		return;
	HOLDS(whole(usage, "total_tokens") ==
		      whole(usage, "prompt_tokens") + whole(usage, "completion_tokens"),
	      "usage does not add up: %.*s", STR_ARG(json_raw(usage)));
}

static void answer_must_be_good(struct json answer, bool partial)
{
	static const char *const whole_kind[] = { "chat.completion", NULL };
	static const char *const partial_kind[] = { "chat.completion.chunk", NULL };
	bool seen[MOST_CHOICES] = { false };

	HOLDS(json_type(answer) == JSON_OBJECT, "an answer that is no object");
	must_say(answer, "id");
	must_say(answer, "model");
	one_of(answer, "object", partial ? partial_kind : whole_kind);
	whole(answer, "created");
	usage_must_be_good(member(answer, "usage", IS(OBJECT) | IS(NULL) | IS_MISSING));
	JSON_EACH (it, member(answer, "choices", IS(ARRAY)))
		choice_must_be_good(it, partial, seen);
}

static void with_parsed(struct str text, void (*judge)(struct json root))
{
	static const struct json_limits limits = { 512, UINT32_MAX, 1024 };
	struct json_doc doc;
	struct arena a;
	size_t at;

	json_must_be_good(text, "what a client gets");
	arena_init(&a, FUZZ_ROOM);
	HOLDS(json_parse(&doc, &a, text, &limits, &at) == JSON_FINE, "cannot be read twice");
	judge(json_root(&doc));
	arena_release(&a);
}

static void judge_reply(struct json root)
{
	answer_must_be_good(root, false);
}

static void judge_error(struct json root)
{
	struct json error = member(root, "error", IS(OBJECT));

	must_say(error, "message");
	must_say(error, "type");
	member(error, "param", IS(STRING) | IS(NULL));
	member(error, "code", IS(STRING) | IS(NULL));
}

static void judge_frame(struct json root)
{
	if (json_present(json_get(root, "error")))
		judge_error(root);
	else
		answer_must_be_good(root, true);
}

void reply_must_have_shape(struct str reply)
{
	with_parsed(reply, judge_reply);
}

void error_must_have_shape(struct str body)
{
	with_parsed(body, judge_error);
}

void stream_must_have_shape(struct str frames, bool ended)
{
	struct sse_event event;
	struct sse s;
	bool done = false;

	sse_init(&s, FUZZ_ROOM);
	while (sse_feed(&s, &frames, &event) == SSE_EVENT) {
		HOLDS(!done, "a frame behind the end");
		done = str_is(event.data, "[DONE]");
		if (!done)
			with_parsed(event.data, judge_frame);
	}
	HOLDS(frames.n == 0, "a stream holds something else than events");
	HOLDS(sse_finish(&s, &event) == SSE_MORE, "a stream ends in the middle of an event");
	HOLDS(done == ended, ended ? "a stream without its end" : "an end that was not there");
	sse_release(&s);
}
