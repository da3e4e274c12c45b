/*
 * qwen_native_read.c -- what DashScope's native mode answers.
 *
 * A message's content is a string or a list of parts, or there is only a text.
 * Errors come with status 200 inside a stream, the true status in a comment. A
 * stream has no end mark: its last event is the one with a finish reason.
 */
#include "core/dialect/qwen_native.h"

/* --- usage: the input's count includes what was read from the cache --- */

static int64_t either(struct json a, struct json b)
{
	return json_tokens(json_unset(a) ? b : a);
}

static void read_usage(struct json usage, struct usage *usage_r)
{
	struct json input = json_get(usage, "input_tokens");
	struct json output = json_get(usage, "output_tokens");
	struct json cache = json_get(usage, "prompt_tokens_details");
	struct json in = json_get(usage, "input_tokens_details");
	struct json out = json_get(usage, "output_tokens_details");
	struct usage_counts n = {
		.input = json_tokens(input),
		.output = json_tokens(output),
		.cache_read = json_tokens(json_get(cache, "cached_tokens")),
		.cache_write = json_tokens(json_get(cache, "cache_creation_input_tokens")),
		.audio = either(json_get(in, "audio_tokens"), json_get(usage, "audio_tokens")),
		.image = either(json_get(in, "image_tokens"), json_get(usage, "image_tokens")),
		.output_audio = json_tokens(json_get(out, "audio_tokens")),
		.reasoning = json_tokens(json_get(out, "reasoning_tokens")),
	};

	*usage_r = (struct usage){ 0 };
	if (json_type(input) == JSON_NUMBER && json_type(output) == JSON_NUMBER)
		usage_split(&n, usage_r);
}

/* --- choices --- */

static struct str text_of_parts(struct arena *a, struct json parts)
{
	struct rope r;

	rope_init(&r, a);
	JSON_EACH (part, parts)
		rope_ref(&r, json_chars(json_get(part, "text")));
	return r.bytes ? rope_flat(&r) : STR("");
}

/* Which of it is new? In a stream only that is passed on. */
static void keep_news(struct native_choice *c, struct arena *a, struct delta *d)
{
	bool finished = d->finish != FINISH_NONE, talks = d->text.n > 0;

	d->reasoning = native_news(&c->reasoning, &c->held_reasoning, a, d->reasoning,
				   finished || talks);
	d->text = native_news(&c->text, &c->held_text, a, d->text, finished);
	for (uint32_t i = 0; i < d->n_tools; i++) {
		struct tool_delta *t = &d->tools[i];

		if (t->index < NATIVE_TOOLS)
			t->arguments = native_news(&c->tools[t->index], NULL, a, t->arguments,
						   finished);
	}
}

static bool read_choice(struct arena *a, struct native_stream *stream, struct json choice,
			uint32_t nth, struct delta *d)
{
	struct json message = json_get(choice, "message"), content = json_get(message, "content");

	if (!like_read_choice(a, stream ? &stream->like : NULL, choice, message, nth, d))
		return false;
	if (json_type(content) == JSON_ARRAY)
		d->text = text_of_parts(a, content);
	if (stream && d->choice < NATIVE_CHOICES)
		keep_news(&stream->choices[d->choice], a, d);
	return true;
}

/* result_format "text": no choices, no message */
static bool read_text(struct arena *a, struct native_stream *stream, struct json output,
		      struct delta *d)
{
	if (!like_read_choice(a, stream ? &stream->like : NULL, output, output, 0, d))
		return false;
	d->text = json_chars(json_get(output, "text"));
	d->more = d->more_choice = STR_NONE;
	if (stream)
		keep_news(&stream->choices[0], a, d);
	return true;
}

static bool read_output(struct arena *a, struct native_stream *stream, struct json output,
			struct answer *answer)
{
	struct json choices = json_get(output, "choices");
	bool listed = json_type(choices) == JSON_ARRAY;
	uint32_t n = listed ? json_count(choices) : 1;

	answer->deltas = ARENA_ARRAY(a, struct delta, n);
	if (!answer->deltas)
		return n == 0;
	if (!listed) {
		answer->n_deltas = 1;
		return read_text(a, stream, output, answer->deltas);
	}
	JSON_EACH (it, choices) {
		uint32_t nth = answer->n_deltas++;
		struct delta *d = &answer->deltas[nth];

		if (!read_choice(a, stream, it, nth, d) ||
		    (!stream && like_repeats_choice(answer, d)))
			return false;
	}
	return true;
}

/* --- a whole answer, an event --- */

/* "HTTP_STATUS/400" */
static int status_in(struct str comment)
{
	int64_t status;

	comment = str_trim(comment);
	if (str_starts(comment, STR("HTTP_STATUS/")) &&
	    str_i64(str_sub(comment, strlen("HTTP_STATUS/"), comment.n), &status) &&
	    status >= 400 && status <= 599)
		return (int)status;
	return 0;
}

static enum err fault_inside(struct arena *a, int status, struct str body,
			     struct vendor_fault *fault_r)
{
	struct vendor_head head = { .status = status ? status : 500 };

	like_read_fault(&qwen_native_like, a, &head, body, fault_r);
	return fault_r->code;
}

static enum err read_body(struct arena *a, struct native_stream *stream, struct json root,
			  struct answer *answer, struct vendor_fault *fault_r)
{
	struct json output = json_get(root, "output");

	answer->id = json_word(json_get(root, "request_id"));
	read_usage(json_get(root, "usage"), &answer->usage);
	if (!read_output(a, stream, output, answer))
		return vendor_garbage(fault_r, "the answer holds no proper choices");
	return a->full ? vendor_garbage(fault_r, "the answer is larger than it may be") : ERR_OK;
}

enum err native_read_reply(struct arena *a, const struct target *target, struct str body,
			   struct answer *answer_r, struct vendor_fault *fault_r)
{
	struct json_doc doc;
	struct json root;

	(void)target;
	*answer_r = (struct answer){ 0 };
	if (!vendor_json(&doc, a, body))
		return vendor_garbage(fault_r, "the answer is not JSON");
	root = json_root(&doc);
	if (json_word(json_get(root, "code")).n)
		return fault_inside(a, 0, body, fault_r);
	if (json_type(json_get(root, "output")) != JSON_OBJECT)
		return vendor_garbage(fault_r, "the answer holds no output");
	answer_r->ended = true;
	return read_body(a, NULL, root, answer_r, fault_r);
}

enum err native_read_event(void *stream, struct arena *a, const struct target *target,
			   const struct sse_event *event, struct answer *answer_r,
			   struct vendor_fault *fault_r)
{
	int status = status_in(event->comment);
	struct json_doc doc;
	struct json root;

	(void)target;
	*answer_r = (struct answer){ 0 };
	if (str_trim(event->data).n == 0)
		return ERR_OK;
	if (!vendor_json(&doc, a, event->data))
		return vendor_garbage(fault_r, "an event of the stream is not JSON");
	root = json_root(&doc);
	if (status || str_is(event->name, "error") || json_word(json_get(root, "code")).n)
		return fault_inside(a, status, event->data, fault_r);
	if (json_type(json_get(root, "output")) != JSON_OBJECT)
		return vendor_garbage(fault_r, "an event of the stream holds no output");
	return read_body(a, stream, root, answer_r, fault_r);
}
