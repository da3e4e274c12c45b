/*
 * anthropic_read.c -- Anthropic's answers: a whole message, or the events of one.
 *
 * Text, thinking and tool calls are read. Whatever else a message holds (results of
 * Anthropic's own tools, citations, kinds that are newer than this file) is passed
 * over: it has no place in an OpenAI answer, and the text around it still makes sense.
 */
#include "core/dialect/anthropic.h"

static const struct {
	const char *reason;
	enum finish finish;
} stop_reasons[] = {
	{ "end_turn", FINISH_STOP },       { "stop_sequence", FINISH_STOP },
	{ "max_tokens", FINISH_LENGTH },   { "model_context_window_exceeded", FINISH_LENGTH },
	{ "tool_use", FINISH_TOOL_CALLS }, { "refusal", FINISH_CONTENT_FILTER },
	{ "pause_turn", FINISH_STOP }, /* only Anthropic's own tools pause; none is ever asked for
					*/
};

static enum finish finish_of(struct json reason)
{
	if (json_type(reason) != JSON_STRING)
		return FINISH_NONE;
	for (size_t i = 0; i < COUNT_OF(stop_reasons); i++)
		if (json_is(reason, stop_reasons[i].reason))
			return stop_reasons[i].finish;
	return FINISH_STOP; /* newer than the table; it did stop */
}

static const struct {
	const char *type;
	enum anthropic_block block;
} block_types[] = {
	{ "text", BLOCK_TEXT },
	{ "thinking", BLOCK_THINKING },
	{ "redacted_thinking", BLOCK_THINKING },
	{ "tool_use", BLOCK_TOOL },
};

static enum anthropic_block block_of(struct json block)
{
	struct json type = json_get(block, "type");

	for (size_t i = 0; i < COUNT_OF(block_types); i++)
		if (json_is(type, block_types[i].type))
			return block_types[i].block;
	return BLOCK_OTHER;
}

/* --- usage --- */

static void keep_larger(int64_t *count, struct json value)
{
	int64_t n = json_tokens(value);

	if (n > *count)
		*count = n;
}

/*
 * message_start counts what went in, message_delta everything so far; older versions of
 * the API leave the input out there. So nothing is ever added up. at_end: a count of the output
 * would be that of all of it.
 */
static void take_usage(struct anthropic_usage *u, struct json usage, bool at_end)
{
	struct json by_life = json_get(usage, "cache_creation");
	bool counted = json_type(json_get(usage, "output_tokens")) == JSON_NUMBER;
	int64_t written_short = 0;

	u->seen |= counted;
	u->whole |= counted && at_end;
	keep_larger(&u->input, json_get(usage, "input_tokens"));
	keep_larger(&u->read, json_get(usage, "cache_read_input_tokens"));
	keep_larger(&u->written, json_get(usage, "cache_creation_input_tokens"));
	keep_larger(&written_short, json_get(by_life, "ephemeral_5m_input_tokens"));
	keep_larger(&u->written_long, json_get(by_life, "ephemeral_1h_input_tokens"));
	if (counted && at_end)
		u->output = 0; /* that of the start was a guess, perhaps too high */
	keep_larger(&u->output, json_get(usage, "output_tokens"));
	keep_larger(&u->thinking,
		    json_get(json_get(usage, "output_tokens_details"), "thinking_tokens"));
	if (u->written < written_short + u->written_long)
		u->written = written_short + u->written_long;
}

static struct usage usage_of(const struct anthropic_usage *u)
{
	struct usage usage = { .seen = u->seen, .estimated = u->seen && !u->whole };

	usage.tokens[USAGE_input] = u->input;
	usage.tokens[USAGE_cache_read] = u->read;
	usage.tokens[USAGE_cache_write] = u->written - u->written_long;
	usage.tokens[USAGE_cache_write_long] = u->written_long;
	usage.tokens[USAGE_output] = u->output;
	usage.reasoning = u->thinking < u->output ? u->thinking : u->output;
	return usage;
}

/* --- pieces of an answer --- */

/* all of it in one piece, without a copy where it is one */
static struct str joined(const struct rope *r)
{
	if (r->bytes == 0)
		return STR_NONE;
	return r->n == 1 ? r->pieces[0] : rope_flat(r);
}

/* JSON as the content of a string that holds it */
static struct str escaped(struct arena *a, struct str text)
{
	struct rope r;
	struct str quoted;

	rope_init(&r, a);
	rope_quote(&r, text);
	quoted = joined(&r);
	return str_sub(quoted, 1, quoted.n - 1);
}

/* What the model wrote as arguments; a tool without any is called with an empty object. */
static struct str arguments_of(struct arena *a, struct json input)
{
	return json_count(input) ? escaped(a, json_raw(input)) : STR("{}");
}

static void add_member(struct rope *r, const char *name, struct str chars)
{
	if (str_absent(chars))
		return;
	rope_adds(r, name);
	rope_ref(r, chars);
	rope_adds(r, "\"");
}

struct detail {
	int32_t index;
	bool described;
	struct str text, signature, data; /* escaped */
};

/* one item of reasoning_details, in the form that anthropic.h tells */
static void add_detail(struct rope *r, const struct target *target, const struct detail *d)
{
	rope_adds(r, r->bytes ? ",{\"type\":" : "{\"type\":");
	rope_adds(r, str_absent(d->data) ? "\"reasoning.text\"" : "\"reasoning.encrypted\"");
	add_member(r, ",\"text\":\"", d->text);
	add_member(r, ",\"signature\":\"", d->signature);
	add_member(r, ",\"data\":\"", d->data);
	if (!d->described) {
		rope_adds(r, ",\"format\":\"" ANTHROPIC_REASONING_FORMAT "\",\"model\":");
		rope_quote(r, target->model->id);
	}
	rope_adds(r, ",\"index\":");
	rope_addi(r, d->index);
	rope_adds(r, "}");
}

static struct str details_member(struct arena *a, const struct rope *items)
{
	struct rope r;

	if (items->bytes == 0)
		return STR_NONE;
	rope_init(&r, a);
	rope_adds(&r, "\"reasoning_details\":[");
	rope_ref(&r, joined(items));
	rope_adds(&r, "]");
	return joined(&r);
}

static struct str refusal_of(struct json holder)
{
	return json_word(json_get(json_get(holder, "stop_details"), "explanation"));
}

static void take_head(struct json message, struct answer *answer)
{
	answer->id = json_word(json_get(message, "id"));
	answer->model = json_word(json_get(message, "model"));
}

/* --- a whole message --- */

struct reading {
	struct arena *a;
	const struct target *target;
	struct rope text, reasoning, details;
	struct tool_delta *tools;
	size_t n_tools, cap_tools;
	int32_t n_thinking;
};

static void read_thinking(struct reading *r, struct json block)
{
	struct detail d = { .index = r->n_thinking++,
			    .text = json_word(json_get(block, "thinking")),
			    .signature = json_word(json_get(block, "signature")),
			    .data = json_word(json_get(block, "data")) };

	rope_ref(&r->reasoning, d.text);
	add_detail(&r->details, r->target, &d);
}

static void read_tool(struct reading *r, struct json block)
{
	struct tool_delta *tool = ARENA_PUSH(r->a, r->tools, r->n_tools, r->cap_tools);

	if (!tool)
		return;
	*tool = (struct tool_delta){ .index = (int32_t)r->n_tools - 1,
				     .id = json_word(json_get(block, "id")),
				     .name = json_word(json_get(block, "name")),
				     .arguments = arguments_of(r->a, json_get(block, "input")) };
}

static void read_block(struct reading *r, struct json block)
{
	switch (block_of(block)) {
	case BLOCK_TEXT: rope_ref(&r->text, json_chars(json_get(block, "text"))); break;
	case BLOCK_THINKING: read_thinking(r, block); break;
	case BLOCK_TOOL: read_tool(r, block); break;
	case BLOCK_OTHER:
	case BLOCK_NONE: break;
	}
}

static void read_message(struct reading *r, struct json message, struct answer *answer)
{
	struct anthropic_usage usage = { 0 };
	struct delta *d = ARENA_NEW(r->a, struct delta);

	if (!d)
		return;
	rope_init(&r->text, r->a);
	rope_init(&r->reasoning, r->a);
	rope_init(&r->details, r->a);
	JSON_EACH (block, json_get(message, "content"))
		read_block(r, block);
	*d = (struct delta){ .text = joined(&r->text),
			     .reasoning = joined(&r->reasoning),
			     .refusal = refusal_of(message),
			     .tools = r->tools,
			     .n_tools = (uint32_t)r->n_tools,
			     .more = details_member(r->a, &r->details),
			     .finish = finish_of(json_get(message, "stop_reason")) };
	if (str_absent(d->text) && !d->n_tools)
		d->text = STR("");
	take_usage(&usage, json_get(message, "usage"), true);
	take_head(message, answer);
	answer->deltas = d;
	answer->n_deltas = 1;
	answer->usage = usage_of(&usage);
	answer->ended = true;
}

enum err anthropic_read_reply(struct arena *a, const struct target *target, struct str body,
			      struct answer *answer_r, struct vendor_fault *fault_r)
{
	struct reading r = { .a = a, .target = target };
	struct json_doc doc;
	struct json root;

	*answer_r = (struct answer){ 0 };
	if (!vendor_json(&doc, a, body))
		return vendor_garbage(fault_r, "the answer is not JSON");
	root = json_root(&doc);
	if (json_is(json_get(root, "type"), "error"))
		return anthropic_fault_inside(a, root, fault_r);
	if (json_type(json_get(root, "content")) != JSON_ARRAY)
		return vendor_garbage(fault_r, "the answer is no message");
	read_message(&r, root, answer_r);
	return a->full ? vendor_garbage(fault_r, "the answer is too large") : ERR_OK;
}

/* --- events --- */

struct event {
	struct anthropic_stream *stream;
	struct arena *a;
	const struct target *target;
	struct json data;
	struct answer *answer;
	struct delta *delta;
	struct vendor_fault *fault;
};

static enum err on_message_start(struct event *e)
{
	struct json message = json_get(e->data, "message");

	/* a second one has been seen; the answer keeps its name */
	if (!e->stream->started)
		take_head(message, e->answer);
	e->stream->started = true;
	take_usage(&e->stream->usage, json_get(message, "usage"), false);
	e->answer->usage = usage_of(&e->stream->usage);
	return ERR_OK;
}

static struct anthropic_begun *begun_at(struct anthropic_stream *s, int64_t index)
{
	return &s->begun[(uint64_t)index % COUNT_OF(s->begun)];
}

/* The block that an event tells of; the latest where its index is absent or makes no sense. */
static struct anthropic_begun *block_told(struct event *e)
{
	int64_t index = e->stream->latest;

	json_i64(json_get(e->data, "index"), &index);
	if (begun_at(e->stream, index)->index != index)
		index = e->stream->latest;
	return begun_at(e->stream, index);
}

static void put_thinking(struct event *e, struct anthropic_begun *b, struct json from)
{
	struct detail d = { .index = b->place,
			    .described = b->described,
			    .text = json_word(json_get(from, "thinking")),
			    .signature = json_word(json_get(from, "signature")),
			    .data = json_word(json_get(from, "data")) };
	struct rope items;

	if (str_absent(d.text) && str_absent(d.signature) && str_absent(d.data))
		return;
	rope_init(&items, e->a);
	add_detail(&items, e->target, &d);
	e->delta->reasoning = d.text;
	e->delta->more = details_member(e->a, &items);
	b->described = true;
}

static void put_tool(struct event *e, struct anthropic_begun *b, struct tool_delta tool)
{
	struct tool_delta *t = ARENA_NEW(e->a, struct tool_delta);

	if (!t)
		return;
	tool.index = b->place;
	*t = tool;
	e->delta->tools = t;
	e->delta->n_tools = 1;
	b->arguments_sent |= tool.arguments.n > 0;
}

static void start_tool(struct event *e, struct anthropic_begun *b, struct json block)
{
	struct json input = json_get(block, "input");
	struct tool_delta tool = { .id = json_word(json_get(block, "id")),
				   .name = json_word(json_get(block, "name")) };

	b->place = e->stream->n_tools++;
	if (json_count(input))
		tool.arguments = arguments_of(e->a, input);
	put_tool(e, b, tool);
}

static enum err on_block_start(struct event *e)
{
	struct json block = json_get(e->data, "content_block");
	int64_t index = e->stream->latest + 1;
	struct anthropic_begun *b;

	json_i64(json_get(e->data, "index"), &index);
	e->stream->latest = index;
	b = begun_at(e->stream, index);
	*b = (struct anthropic_begun){ .index = index, .kind = block_of(block) };
	switch (b->kind) {
	case BLOCK_TEXT: e->delta->text = json_word(json_get(block, "text")); break;
	case BLOCK_THINKING:
		b->place = e->stream->n_thinking++;
		put_thinking(e, b, block);
		break;
	case BLOCK_TOOL: start_tool(e, b, block); break;
	case BLOCK_OTHER:
	case BLOCK_NONE: break;
	}
	return ERR_OK;
}

/* text_delta, thinking_delta, signature_delta, input_json_delta; others have no such members */
static enum err on_block_delta(struct event *e)
{
	struct json delta = json_get(e->data, "delta");
	struct str json = json_word(json_get(delta, "partial_json"));
	struct anthropic_begun *b = block_told(e);

	switch (b->kind) {
	case BLOCK_TEXT: e->delta->text = json_word(json_get(delta, "text")); break;
	case BLOCK_THINKING: put_thinking(e, b, delta); break;
	case BLOCK_TOOL:
		if (!str_absent(json))
			put_tool(e, b, (struct tool_delta){ .arguments = json });
		break;
	case BLOCK_OTHER:
	case BLOCK_NONE: break;
	}
	return ERR_OK;
}

static enum err on_block_stop(struct event *e)
{
	struct anthropic_begun *b = block_told(e);

	if (b->kind == BLOCK_TOOL && !b->arguments_sent)
		put_tool(e, b, (struct tool_delta){ .arguments = STR("{}") });
	b->kind = BLOCK_NONE;
	return ERR_OK;
}

static enum err on_message_delta(struct event *e)
{
	struct json delta = json_get(e->data, "delta");

	/* an answer without any block is empty, not absent */
	if (!e->stream->spoke)
		e->delta->text = STR("");
	e->delta->finish = finish_of(json_get(delta, "stop_reason"));
	e->delta->refusal = refusal_of(delta);
	take_usage(&e->stream->usage, json_get(e->data, "usage"), true);
	e->answer->usage = usage_of(&e->stream->usage);
	return ERR_OK;
}

static enum err on_message_stop(struct event *e)
{
	e->answer->ended = true;
	return ERR_OK;
}

static enum err on_error(struct event *e)
{
	return anthropic_fault_inside(e->a, e->data, e->fault);
}

static const struct {
	const char *type;
	enum err (*handle)(struct event *e);
} events[] = {
	{ "content_block_delta", on_block_delta },
	{ "content_block_start", on_block_start },
	{ "content_block_stop", on_block_stop },
	{ "message_start", on_message_start },
	{ "message_delta", on_message_delta },
	{ "message_stop", on_message_stop },
	{ "error", on_error },
};

/* ping, and what is newer than the table, means nothing */
static enum err dispatch(struct event *e)
{
	struct json type = json_get(e->data, "type");

	for (size_t i = 0; i < COUNT_OF(events); i++)
		if (json_is(type, events[i].type))
			return events[i].handle(e);
	return ERR_OK;
}

static bool says_something(const struct delta *d)
{
	return d->text.n || d->reasoning.n || d->refusal.n || d->more.n || d->n_tools ||
	       d->finish != FINISH_NONE;
}

enum err anthropic_read_event(void *stream, struct arena *a, const struct target *target,
			      const struct sse_event *event, struct answer *answer_r,
			      struct vendor_fault *fault_r)
{
	struct event e = { .stream = stream,
			   .a = a,
			   .target = target,
			   .answer = answer_r,
			   .delta = ARENA_NEW(a, struct delta),
			   .fault = fault_r };
	struct json_doc doc;
	enum err err;

	*answer_r = (struct answer){ 0 };
	if (str_absent(event->data))
		return ERR_OK;
	if (!e.delta || !vendor_json(&doc, a, event->data))
		return vendor_garbage(fault_r, "an event is not JSON");
	e.data = json_root(&doc);
	err = dispatch(&e);
	if (err)
		return err;
	e.stream->spoke |= e.delta->text.n || e.delta->n_tools;
	if (says_something(e.delta)) {
		answer_r->deltas = e.delta;
		answer_r->n_deltas = 1;
	}
	return a->full ? vendor_garbage(fault_r, "an event is too large") : ERR_OK;
}
