/*
 * anthropic.c -- Anthropic's messages API as a vendor.
 *
 * Asking: anthropic_terms.c decides, the files it is written with are _messages,
 * _parts, _thinking and _tools. Answers: anthropic_read.c and anthropic_fault.c.
 */
#include "core/dialect/anthropic.h"
#include "core/param_rules.h"

/* names and short strings of the request, while it is judged without being written */
#define JUDGE_BYTES 65536

static enum err says_nothing(struct fault *fault_r)
{
	return fault_set(fault_r, ERR_VALUE, "messages",
			 "messages: there is nothing but white space in them");
}

static enum err check(const struct chat *chat, const struct target *target,
		      enum unsupported unsupported, struct fault *fault_r)
{
	struct call_ask ask = { chat, target, chat->max_tokens, unsupported };
	struct anthropic_terms terms;
	struct call call = { 0 };
	struct arena scratch;
	enum err err;

	if (ask.max_tokens < 0)
		ask.max_tokens = target->model->max_output;
	arena_init(&scratch, JUDGE_BYTES);
	err = anthropic_settle(&ask, &scratch, &call, &terms, fault_r);
	arena_release(&scratch);
	if (err == ERR_OK && !anthropic_has_turns(chat))
		return says_nothing(fault_r);
	return err;
}

/* --- members of the request --- */

static void add_stop(struct members *body, struct json text, bool *any)
{
	if (json_type(text) != JSON_STRING || anthropic_is_blank(text))
		return;
	if (*any)
		rope_adds(body->rope, ",");
	else
		member_raw(body, "stop_sequences", STR("["));
	rope_ref(body->rope, json_raw(text));
	*any = true;
}

static void write_stop(struct anthropic_writer *w, struct members *body)
{
	bool any = false;

	if (w->target->model->quirks & QUIRK_NO_STOP)
		return;
	add_stop(body, w->chat->stop, &any);
	JSON_EACH (it, w->chat->stop)
		add_stop(body, it, &any);
	if (any)
		rope_adds(body->rope, "]");
}

static void write_thinking(struct anthropic_writer *w, struct members *body)
{
	struct json display = json_get(w->chat->thinking, "display");
	struct members m;

	if (w->terms->thinking == THINK_UNSAID)
		return;
	member_name(body, "thinking");
	m = members_open(w->rope);
	switch (w->terms->thinking) {
	case THINK_UNSAID:
	case THINK_OFF: member_text(&m, "type", STR("disabled")); break;
	case THINK_BUDGET:
		member_text(&m, "type", STR("enabled"));
		member_int(&m, "budget_tokens", w->terms->budget);
		break;
	case THINK_ADAPTIVE:
		member_text(&m, "type", STR("adaptive"));
		/* who asks for reasoning wants to see it; newer models hide it unless told */
		if (json_unset(display))
			member_text(&m, "display", STR("summarized"));
		break;
	}
	if (!json_unset(display) && w->terms->thinking != THINK_OFF)
		member_raw(&m, "display", json_raw(display));
	members_close(&m);
}

static void write_output_config(struct anthropic_writer *w, struct members *body)
{
	bool schema = json_present(w->terms->schema);
	struct members m, format;

	if (!schema && !w->terms->effort)
		return;
	member_name(body, "output_config");
	m = members_open(w->rope);
	if (w->terms->effort)
		member_text(&m, "effort", str_of(w->terms->effort));
	if (schema) {
		member_name(&m, "format");
		format = members_open(w->rope);
		member_text(&format, "type", STR("json_schema"));
		member_name(&format, "schema");
		if (anthropic_write_schema(w->rope, w->terms->schema))
			call_adapted(w->call, "response_format", ADAPTED_CHANGED,
				     "its objects are closed");
		members_close(&format);
	}
	members_close(&m);
}

static void write_optional(struct members *body, const char *name, struct str raw)
{
	if (!str_absent(raw))
		member_raw(body, name, raw);
}

static void write_user(struct anthropic_writer *w, struct members *body)
{
	if (!json_present(w->terms->user_id))
		return;
	member_raw(body, "metadata", STR("{\"user_id\":"));
	rope_ref(w->rope, json_raw(w->terms->user_id));
	rope_adds(w->rope, "}");
}

static void write_options(struct anthropic_writer *w, struct members *body)
{
	const struct anthropic_terms *t = w->terms;

	write_thinking(w, body);
	write_output_config(w, body);
	write_stop(w, body);
	write_optional(body, "temperature", t->temperature);
	write_optional(body, "top_p", t->top_p);
	write_optional(body, "top_k", t->top_k);
	write_user(w, body);
	if (t->tier)
		member_text(body, "service_tier", str_of(t->tier));
	if (!json_unset(json_get(w->chat->root, "cache_control")))
		member_raw(body, "cache_control",
			   json_raw(json_get(w->chat->root, "cache_control")));
	if (w->chat->stream)
		member_bool(body, "stream", true);
}

/* false: there is nothing in the messages that could be sent */
static bool write_body(struct anthropic_writer *w, const struct call_ask *ask)
{
	struct members body = members_open(w->rope);
	bool any;

	member_text(&body, "model", ask->target->model->upstream);
	member_int(&body, "max_tokens", ask->max_tokens);
	anthropic_write_system(w, &body);
	member_name(&body, "messages");
	any = anthropic_write_messages(w);
	anthropic_write_tools(w, &body);
	write_options(w, &body);
	members_close(&body);
	return any;
}

static enum err write_call(const struct call_ask *ask, struct arena *a, struct call *call_r,
			   struct fault *fault_r)
{
	struct anthropic_terms terms;
	struct anthropic_writer w = { .chat = ask->chat,
				      .target = ask->target,
				      .terms = &terms,
				      .a = a,
				      .call = call_r,
				      .rope = &call_r->body };
	enum err err;

	*call_r = (struct call){ .path = STR("/messages"), .stream = ask->chat->stream };
	call_r->headers[call_r->n_headers++] = (struct header){ STR("anthropic-version"),
								STR("2023-06-01") };
	rope_init(&call_r->body, a);
	err = anthropic_settle(ask, a, call_r, &terms, fault_r);
	if (err)
		return err;
	if (!write_body(&w, ask))
		return says_nothing(fault_r);
	if (a->full || !rope_ok(&call_r->body))
		return fault_set(fault_r, ERR_BODY_SIZE, "", "the request does not fit in memory");
	return adaptions_judge(call_r, ask->unsupported, fault_r);
}

const struct dialect dialect_anthropic = {
	.name = "anthropic",
	.auth = AUTH_X_API_KEY,
	.check = check,
	.write_call = write_call,
	.stream_size = sizeof(struct anthropic_stream),
	.read_reply = anthropic_read_reply,
	.read_event = anthropic_read_event,
	.read_fault = anthropic_read_fault,
};
