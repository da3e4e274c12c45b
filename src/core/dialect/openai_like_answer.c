/*
 * openai_like_answer.c -- what vendors that speak OpenAI's schema answer, made alike.
 *
 * Empty ids and names are "as before", a role may be null, a finish reason absent,
 * usage may ride on any chunk, an error may come as a 200: all of it was seen.
 */
#include "core/dialect/openai_like.h"

#define MOST_TOOLS 4096 /* of one choice */

/* --- faults --- */

static struct str number_text(struct json code, struct arena *a)
{
	return json_type(code) == JSON_NUMBER ? json_raw(code) : json_text(code, a);
}

/* {"error":{...}}, {"error":"..."}, or the members at the top */
static void read_words(struct arena *a, struct json root, struct vendor_fault *f)
{
	struct json error = json_get(root, "error");

	*f = (struct vendor_fault){ .retry_after_ms = -1 };
	if (json_type(error) == JSON_STRING) {
		f->message = json_text(error, a);
		return;
	}
	if (json_type(error) != JSON_OBJECT)
		error = root;
	f->type = json_text(json_get(error, "type"), a);
	f->type_code = number_text(json_get(error, "code"), a);
	f->param = json_text(json_get(error, "param"), a);
	f->message = json_text(json_get(error, "message"), a);
}

void like_read_fault(const struct like *like, struct arena *a, const struct vendor_head *head,
		     struct str body, struct vendor_fault *fault_r)
{
	struct json_doc doc = { 0 };

	/* A proxy's page instead of JSON: the status alone decides. */
	if (!vendor_json(&doc, a, body))
		doc = (struct json_doc){ 0 };
	read_words(a, json_root(&doc), fault_r);
	fault_by_rules(like->faults, like->n_faults, head, fault_r);
}

/* An error inside a 200. Some carry the status they would have had; else the vendor broke. */
static enum err fault_inside(const struct like *like, struct arena *a, struct json root,
			     struct vendor_fault *f)
{
	struct vendor_head head = { .status = 500 };
	int64_t status;

	read_words(a, root, f);
	if (str_i64(f->type_code, &status) && status >= 400 && status <= 599)
		head.status = (int)status;
	fault_by_rules(like->faults, like->n_faults, &head, f);
	return f->code;
}

static bool is_error(struct json root, struct json choices)
{
	struct json error = json_get(root, "error");

	if (json_type(error) == JSON_OBJECT || json_word(error).n)
		return true;
	return !json_present(choices) && json_word(json_get(root, "code")).n &&
	       json_present(json_get(root, "message"));
}

/* --- usage --- */

static struct json either(struct json a, struct json b)
{
	return json_unset(a) ? b : a;
}

static void read_usage(struct json usage, struct usage *usage_r)
{
	struct json input = json_get(usage, "prompt_tokens");
	struct json output = json_get(usage, "completion_tokens");
	struct json in = json_get(usage, "prompt_tokens_details");
	struct json out = json_get(usage, "completion_tokens_details");
	struct usage_counts n = {
		.input = json_tokens(input),
		.output = json_tokens(output),
		.cache_read = json_tokens(either(json_get(in, "cached_tokens"),
						 json_get(usage, "prompt_cache_hit_tokens"))),
		.cache_write = json_tokens(either(json_get(in, "cache_write_tokens"),
						  json_get(in, "cache_creation_input_tokens"))),
		.audio = json_tokens(json_get(in, "audio_tokens")),
		.image = json_tokens(json_get(in, "image_tokens")),
		.output_audio = json_tokens(json_get(out, "audio_tokens")),
		.reasoning = json_tokens(json_get(out, "reasoning_tokens")),
	};

	if (json_type(input) == JSON_NUMBER && json_type(output) == JSON_NUMBER)
		usage_split(&n, usage_r);
}

void like_read_usage(struct json usage, struct usage *usage_r)
{
	*usage_r = (struct usage){ 0 };
	if (json_type(usage) == JSON_OBJECT)
		read_usage(usage, usage_r);
}

/* --- one choice --- */

/* Members, as OpenAI orders them. */
#define NAME(id, name) [id] = { name, sizeof(name) - 1 }

enum {
	ANSWER_ID,
	ANSWER_OBJECT,
	ANSWER_CREATED,
	ANSWER_MODEL,
	ANSWER_TIER,
	ANSWER_FINGERPRINT,
	ANSWER_CHOICES,
	ANSWER_USAGE,
	ANSWER_MEMBERS
};
static const struct str names_of_answer[ANSWER_MEMBERS] = {
	NAME(ANSWER_ID, "id"),
	NAME(ANSWER_OBJECT, "object"),
	NAME(ANSWER_CREATED, "created"),
	NAME(ANSWER_MODEL, "model"),
	NAME(ANSWER_TIER, "service_tier"),
	NAME(ANSWER_FINGERPRINT, "system_fingerprint"),
	NAME(ANSWER_CHOICES, "choices"),
	NAME(ANSWER_USAGE, "usage"),
};

enum { CHOICE_INDEX, CHOICE_MESSAGE, CHOICE_DELTA, CHOICE_LOGPROBS, CHOICE_FINISH, CHOICE_MEMBERS };
static const struct str names_of_choice[CHOICE_MEMBERS] = {
	NAME(CHOICE_INDEX, "index"),          NAME(CHOICE_MESSAGE, "message"),
	NAME(CHOICE_DELTA, "delta"),          NAME(CHOICE_LOGPROBS, "logprobs"),
	NAME(CHOICE_FINISH, "finish_reason"),
};

enum {
	MESSAGE_ROLE,
	MESSAGE_CONTENT,
	MESSAGE_REASONING,
	MESSAGE_TOOL_CALLS,
	MESSAGE_REFUSAL,
	MESSAGE_MEMBERS
};
static const struct str names_of_message[MESSAGE_MEMBERS] = {
	NAME(MESSAGE_ROLE, "role"),
	NAME(MESSAGE_CONTENT, "content"),
	NAME(MESSAGE_REASONING, "reasoning_content"),
	NAME(MESSAGE_TOOL_CALLS, "tool_calls"),
	NAME(MESSAGE_REFUSAL, "refusal"),
};

#undef NAME

/* what is read, and whether it is a whole answer or an event of a stream (else NULL) */
struct reading {
	struct arena *a;
	struct like_stream *stream;
};

static enum finish finish_of(struct json word)
{
	static const struct {
		const char *word;
		enum finish finish;
	} words[] = {
		{ "stop", FINISH_STOP },
		{ "length", FINISH_LENGTH },
		{ "tool_calls", FINISH_TOOL_CALLS },
		{ "content_filter", FINISH_CONTENT_FILTER },
		{ "function_call", FINISH_FUNCTION_CALL },
		{ "insufficient_system_resource", FINISH_LENGTH },
		{ "null", FINISH_NONE },
	};

	if (!json_word(word).n)
		return FINISH_NONE;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (json_is(word, words[i].word))
			return words[i].finish;
	return FINISH_STOP;
}

/* The schema wants `content` and `refusal`; DeepSeek has neither when it only reasons. */
static struct str read_logprobs(struct arena *a, struct json logprobs)
{
	bool object = json_type(logprobs) == JSON_OBJECT;
	struct str raw = json_raw(logprobs);
	bool content = json_present(json_get(logprobs, "content"));
	bool refusal = json_present(json_get(logprobs, "refusal"));

	if (!object || json_count(logprobs) == 0)
		return STR_NONE;
	if (content && refusal)
		return raw;
	return arena_printf(a, "{%s%s%.*s", content ? "" : "\"content\":null,",
			    refusal ? "" : "\"refusal\":null,", STR_ARG(str_sub(raw, 1, raw.n)));
}

static bool says_anything(const struct tool_delta *t)
{
	return t->id.n || t->name.n || t->arguments.n;
}

/* The call's own entry; its index becomes its place among those of its choice. */
static struct like_call_seen *entry_of(struct like_stream *s, int32_t choice, struct tool_delta *t)
{
	int32_t place = 0;

	for (uint32_t i = 0; i < s->n_calls; i++) {
		struct like_call_seen *seen = &s->calls[i];

		if (seen->choice == choice && seen->index == t->index) {
			t->index = place;
			return seen;
		}
		place += seen->choice == choice;
	}
	if (s->n_calls == COUNT_OF(s->calls))
		return NULL;
	s->calls[s->n_calls] = (struct like_call_seen){ .choice = (int16_t)choice,
							.index = (int16_t)t->index };
	t->index = place;
	return &s->calls[s->n_calls++];
}

/* A piece of a call in a stream: its id and name are told once, later ones are repetitions. */
static void note_call(struct like_stream *s, int32_t choice, struct tool_delta *t)
{
	struct like_call_seen *seen = entry_of(s, choice, t);

	if (!seen)
		return;
	if (seen->named)
		t->id = t->name = STR_NONE;
	seen->named = seen->named || t->name.n;
}

static bool read_call(const struct reading *r, int32_t choice, uint32_t nth, struct json call,
		      struct tool_delta *t)
{
	struct json custom = json_get(call, "custom");
	struct json body = either(custom, json_get(call, "function"));
	int64_t index = nth;

	if (r->stream)
		json_i64(json_get(call, "index"), &index);
	if (index < 0 || index >= MOST_TOOLS)
		return false;
	*t = (struct tool_delta){
		.index = (int32_t)index,
		.custom = json_type(custom) == JSON_OBJECT,
		.id = json_word(json_get(call, "id")),
		.name = json_word(json_get(body, "name")),
		.arguments = json_word(
			either(json_get(body, "arguments"), json_get(body, "input"))),
	};
	if (r->stream && says_anything(t))
		note_call(r->stream, choice, t);
	return true;
}

static bool read_calls(const struct reading *r, struct json calls, struct delta *d)
{
	uint32_t nth = 0;

	if (json_type(calls) != JSON_ARRAY || json_count(calls) == 0)
		return true;
	d->tools = ARENA_ARRAY(r->a, struct tool_delta, json_count(calls));
	if (!d->tools)
		return false;
	JSON_EACH (it, calls) {
		struct tool_delta *t = &d->tools[d->n_tools];

		if (!read_call(r, d->choice, nth++, it, t))
			return false;
		/* a vendor's last, empty delta of a call */
		if (!r->stream || says_anything(t))
			d->n_tools++;
	}
	return true;
}

bool like_read_choice(struct arena *a, struct like_stream *stream, struct json choice,
		      struct json message, uint32_t nth, struct delta *d_r)
{
	struct reading r = { .a = a, .stream = stream };
	struct json c[CHOICE_MEMBERS], m[MESSAGE_MEMBERS];
	struct str more_choice = members_sorted(a, choice, names_of_choice, CHOICE_MEMBERS, c);
	struct str more = members_sorted(a, message, names_of_message, MESSAGE_MEMBERS, m);
	int64_t index = nth;

	json_i64(c[CHOICE_INDEX], &index);
	if (json_type(choice) != JSON_OBJECT || index < 0 || index >= MAX_CHOICES)
		return false;
	*d_r = (struct delta){
		.choice = (int32_t)index,
		.text = json_chars(m[MESSAGE_CONTENT]),
		.reasoning = json_word(m[MESSAGE_REASONING]),
		.refusal = json_word(m[MESSAGE_REFUSAL]),
		.logprobs = read_logprobs(a, c[CHOICE_LOGPROBS]),
		.more = more,
		.more_choice = more_choice,
		.finish = finish_of(c[CHOICE_FINISH]),
	};
	return read_calls(&r, m[MESSAGE_TOOL_CALLS], d_r);
}

bool like_repeats_choice(const struct answer *answer, const struct delta *d)
{
	for (const struct delta *it = answer->deltas; it < d; it++)
		if (it->choice == d->choice)
			return true;
	return false;
}

static bool read_choices(const struct reading *r, struct json choices, struct answer *answer)
{
	const char *message = r->stream ? "delta" : "message";
	uint32_t n = json_count(choices);

	answer->deltas = ARENA_ARRAY(r->a, struct delta, n);
	if (!answer->deltas)
		return n == 0;
	JSON_EACH (it, choices) {
		struct delta *d = &answer->deltas[answer->n_deltas];

		if (!like_read_choice(r->a, r->stream, it, json_get(it, message), answer->n_deltas,
				      d) ||
		    (!r->stream && like_repeats_choice(answer, d)))
			return false;
		answer->n_deltas++;
	}
	return true;
}

/* --- an answer or an event --- */

static void read_head(const struct json *members, struct answer *answer)
{
	struct json fingerprint = members[ANSWER_FINGERPRINT], tier = members[ANSWER_TIER];

	answer->id = json_word(members[ANSWER_ID]);
	answer->model = json_word(members[ANSWER_MODEL]);
	if (!json_i64(members[ANSWER_CREATED], &answer->created) || answer->created < 0)
		answer->created = 0;
	answer->fingerprint = json_word(fingerprint).n ? json_raw(fingerprint) : STR_NONE;
	answer->service_tier = json_word(tier).n ? json_raw(tier) : STR_NONE;
	like_read_usage(members[ANSWER_USAGE], &answer->usage);
}

/* DeepSeek's capacity ended in the middle: a failure as long as the client has seen nothing. */
static bool ran_out(struct json choices)
{
	JSON_EACH (it, choices)
		if (json_is(json_get(it, "finish_reason"), "insufficient_system_resource"))
			return true;
	return false;
}

static enum err out_of_capacity(struct vendor_fault *f)
{
	fault_plain(f, ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH);
	f->message = STR("the vendor ran out of capacity in the middle of its answer");
	return f->code;
}

static enum err no_room(struct vendor_fault *f)
{
	return vendor_garbage(f, "the answer is larger than it may be");
}

enum err like_read_reply(const struct like *like, struct arena *a, struct str body,
			 struct answer *answer_r, struct vendor_fault *fault_r)
{
	struct reading r = { .a = a };
	struct json m[ANSWER_MEMBERS];
	struct json_doc doc;
	struct json root;
	struct str more;

	*answer_r = (struct answer){ 0 };
	if (str_trim(body).n == 0)
		return vendor_garbage(fault_r, "the answer is empty");
	if (!vendor_json(&doc, a, body))
		return vendor_garbage(fault_r, "the answer is not JSON");
	root = json_root(&doc);
	more = members_sorted(a, root, names_of_answer, ANSWER_MEMBERS, m);
	if (is_error(root, m[ANSWER_CHOICES]))
		return fault_inside(like, a, root, fault_r);
	read_head(m, answer_r);
	answer_r->more = more;
	if (json_count(m[ANSWER_CHOICES]) == 0 || !read_choices(&r, m[ANSWER_CHOICES], answer_r))
		return vendor_garbage(fault_r, "the answer holds no choices");
	if (ran_out(m[ANSWER_CHOICES]))
		return out_of_capacity(fault_r);
	answer_r->ended = true;
	return a->full ? no_room(fault_r) : ERR_OK;
}

enum err like_read_event(const struct like *like, struct like_stream *stream, struct arena *a,
			 const struct sse_event *event, struct answer *answer_r,
			 struct vendor_fault *fault_r)
{
	struct reading r = { .a = a, .stream = stream };
	struct str data = str_trim(event->data), more;
	struct json m[ANSWER_MEMBERS];
	struct json_doc doc;
	struct json root;

	*answer_r = (struct answer){ .ended = str_is(data, "[DONE]") };
	if (answer_r->ended && !stream->seen)
		return vendor_garbage(fault_r, "the stream ended before it began");
	if (data.n == 0 || answer_r->ended)
		return ERR_OK;
	if (!vendor_json(&doc, a, data) || json_type(json_root(&doc)) != JSON_OBJECT)
		return vendor_garbage(fault_r, "an event of the stream is not a JSON object");
	root = json_root(&doc);
	more = members_sorted(a, root, names_of_answer, ANSWER_MEMBERS, m);
	if (is_error(root, m[ANSWER_CHOICES]) || str_is(event->name, "error"))
		return fault_inside(like, a, root, fault_r);
	read_head(m, answer_r);
	if (json_present(m[ANSWER_CHOICES])) /* else no chunk: a ping, or some proxy's remark */
		answer_r->more = more;
	if (ran_out(m[ANSWER_CHOICES]) && !stream->content)
		return out_of_capacity(fault_r);
	if (!read_choices(&r, m[ANSWER_CHOICES], answer_r))
		return vendor_garbage(fault_r, "an event of the stream holds no proper choices");
	stream->seen = stream->seen || answer_r->n_deltas > 0;
	stream->content = stream->content || answer_has_content(answer_r);
	return a->full ? no_room(fault_r) : ERR_OK;
}
