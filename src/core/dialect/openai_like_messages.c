/*
 * openai_like_messages.c -- the client's messages and tools on their way to a vendor.
 *
 * What needs no edit goes out as it came, in one piece, so that a large image is
 * never copied. Thinking that another vendor signed is left out: it would be
 * refused.
 */
#include "core/dialect/openai_like.h"

enum edit {
	EDIT_ROLE = 1 << 0,
	EDIT_CONTENT = 1 << 1,
	EDIT_NO_REASONING = 1 << 2, /* leave out what the vendor does not know */
	EDIT_REASONING = 1 << 3,    /* add an empty one */
	EDIT_NO_CALLS = 1 << 4,     /* leave out a list of none */
};

static bool has_way(const struct like_call *c, uint32_t way)
{
	return c->like->ways & way;
}

/* --- which messages need an edit --- */

static enum role role_for(const struct like_call *c, enum role role)
{
	bool instructs = role == ROLE_SYSTEM || role == ROLE_DEVELOPER;

	if (instructs && (c->model->quirks & QUIRK_NO_SYSTEM_ROLE))
		return ROLE_USER;
	if (role == ROLE_DEVELOPER && has_way(c, LIKE_NO_DEVELOPER))
		return ROLE_SYSTEM;
	return role;
}

static bool audio_needs_url(const struct like_call *c, const struct part *p)
{
	return p->kind == PART_AUDIO && has_way(c, LIKE_AUDIO_BY_URL) &&
	       !str_starts(json_chars(json_get(p->media, "data")), STR("data:"));
}

static bool part_needs_edit(const struct like_call *c, const struct part *p)
{
	return (json_present(p->cache_control) && !has_way(c, LIKE_KEEPS_MARKS)) ||
	       (p->kind == PART_REFUSAL && has_way(c, LIKE_NO_REFUSALS)) || audio_needs_url(c, p);
}

static bool content_needs_edit(const struct like_call *c, const struct message *m)
{
	if (m->n_parts == 0)
		return json_lists_nothing(json_get(m->raw, "content")) ||
		       (m->role == ROLE_ASSISTANT && has_way(c, LIKE_NEEDS_CONTENT));
	for (uint32_t i = 0; i < m->n_parts; i++)
		if (part_needs_edit(c, &m->parts[i]))
			return true;
	return false;
}

/* DeepSeek refuses a history of tool calls whose reasoning does not come back, but takes an
 * empty one; clients of OpenAI's API drop what they do not know. */
static bool must_replay(const struct like_call *c)
{
	const struct chat *chat = c->chat;

	if (!(c->model->quirks & QUIRK_REPLAY_THINKING) || !c->thinking.on)
		return false;
	for (uint32_t i = 0; i < chat->n_messages; i++)
		if (chat->messages[i].n_calls)
			return true;
	return false;
}

static uint32_t edits_of(const struct like_call *c, const struct message *m, bool replay)
{
	uint32_t edits = 0;

	if (role_for(c, m->role) != m->role)
		edits |= EDIT_ROLE;
	if (content_needs_edit(c, m))
		edits |= EDIT_CONTENT;
	if (m->n_calls == 0 && json_present(json_get(m->raw, "tool_calls")))
		edits |= EDIT_NO_CALLS;
	if (json_present(m->reasoning_details) ||
	    (json_present(m->reasoning) && !has_way(c, LIKE_KEEPS_REASONING)))
		edits |= EDIT_NO_REASONING;
	if (replay && m->role == ROLE_ASSISTANT && !json_present(m->reasoning))
		edits |= EDIT_REASONING;
	return edits;
}

/* --- writing one with edits --- */

static void write_audio(struct members *m, const struct part *p)
{
	struct rope *r = m->rope;
	struct members media;

	member_name(m, "input_audio");
	media = members_open(r);
	JSON_EACH (name, p->media)
		if (!json_is(name, "data"))
			member_as_sent(&media, name);
	member_name(&media, "data");
	rope_adds(r, "\"data:;base64,");
	rope_ref(r, json_chars(json_get(p->media, "data")));
	rope_adds(r, "\"");
	members_close(&media);
}

static void write_part(const struct like_call *c, struct rope *r, const struct part *p)
{
	struct members m;

	if (!part_needs_edit(c, p)) {
		rope_ref(r, json_raw(p->raw));
		return;
	}
	m = members_open(r);
	if (p->kind == PART_REFUSAL) {
		member_text(&m, "type", STR("text"));
		member_raw(&m, "text", json_raw(p->text));
		members_close(&m);
		return;
	}
	JSON_EACH (name, p->raw) {
		bool audio = audio_needs_url(c, p) && json_is(name, "input_audio");
		bool mark = !has_way(c, LIKE_KEEPS_MARKS) && json_is(name, "cache_control");

		if (!audio && !mark)
			member_as_sent(&m, name);
	}
	if (audio_needs_url(c, p))
		write_audio(&m, p);
	members_close(&m);
}

static void write_content(const struct like_call *c, struct members *m, const struct message *msg)
{
	struct json refusal = json_get(msg->raw, "refusal");

	if (msg->n_parts == 0) {
		member_raw(m, "content",
			   json_type(refusal) == JSON_STRING ? json_raw(refusal) : STR("\"\""));
		return;
	}
	member_name(m, "content");
	for (uint32_t i = 0; i < msg->n_parts; i++) {
		rope_adds(m->rope, i ? "," : "[");
		write_part(c, m->rope, &msg->parts[i]);
	}
	rope_adds(m->rope, "]");
}

static bool is_edited(const struct like_call *c, struct json name, uint32_t edits)
{
	if (json_is(name, "role"))
		return edits & EDIT_ROLE;
	if (json_is(name, "content"))
		return edits & EDIT_CONTENT;
	if (json_is(name, "tool_calls"))
		return edits & EDIT_NO_CALLS;
	if (json_is(name, "reasoning_details"))
		return true;
	if (json_is(name, "reasoning_content"))
		return (edits & EDIT_REASONING) || !has_way(c, LIKE_KEEPS_REASONING);
	return false;
}

static void write_edited(const struct like_call *c, struct rope *r, const struct message *msg,
			 uint32_t edits)
{
	struct members m = members_open(r);

	JSON_EACH (name, msg->raw)
		if (!is_edited(c, name, edits))
			member_as_sent(&m, name);
	if (edits & EDIT_ROLE)
		member_text(&m, "role", str_of(role_name(role_for(c, msg->role))));
	if (edits & EDIT_CONTENT)
		write_content(c, &m, msg);
	if (edits & EDIT_REASONING)
		member_text(&m, "reasoning_content", STR(""));
	members_close(&m);
}

/* --- all of them --- */

/* The client's bytes from one value's first to another's last, commas between included. */
static void write_span(struct rope *r, struct json first, struct json last)
{
	struct str from = json_raw(first), to = json_raw(last);

	rope_ref(r, (struct str){ from.p, (size_t)(to.p + to.n - from.p) });
}

void like_write_messages(const struct like_call *c, struct members *m)
{
	const struct message *list = c->chat->messages;
	uint32_t n = c->chat->n_messages, plain = 0; /* the first that is not written yet */
	bool replay = must_replay(c);

	member_name(m, "messages");
	rope_adds(m->rope, "[");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t edits = edits_of(c, &list[i], replay);

		if (!edits)
			continue;
		if (plain < i) {
			write_span(m->rope, list[plain].raw, list[i - 1].raw);
			rope_adds(m->rope, ",");
		}
		write_edited(c, m->rope, &list[i], edits);
		rope_adds(m->rope, i + 1 < n ? "," : "");
		plain = i + 1;
	}
	if (plain < n)
		write_span(m->rope, list[plain].raw, list[n - 1].raw);
	rope_adds(m->rope, "]");
}

/* --- tools --- */

static bool is_strict(const struct like_call *c, const struct tool *t)
{
	return json_present(t->strict) && has_way(c, LIKE_NO_STRICT);
}

static bool tool_needs_edit(const struct like_call *c, const struct tool *t)
{
	bool marked = json_present(json_get(t->raw, "cache_control"));

	return is_strict(c, t) || (marked && !has_way(c, LIKE_KEEPS_MARKS));
}

static void write_tool(const struct like_call *c, struct rope *r, const struct tool *t)
{
	struct members m, function;

	if (!tool_needs_edit(c, t)) {
		rope_ref(r, json_raw(t->raw));
		return;
	}
	m = members_open(r);
	JSON_EACH (name, t->raw)
		if (!json_is(name, "cache_control") &&
		    !(is_strict(c, t) && json_is(name, "function")))
			member_as_sent(&m, name);
	if (is_strict(c, t)) {
		member_name(&m, "function");
		function = members_open(r);
		JSON_EACH (name, json_get(t->raw, "function"))
			if (!json_is(name, "strict"))
				member_as_sent(&function, name);
		members_close(&function);
	}
	members_close(&m);
}

void like_write_tools(const struct like_call *c, struct members *m)
{
	if (c->chat->n_tools == 0)
		return;
	member_name(m, "tools");
	for (uint32_t i = 0; i < c->chat->n_tools; i++) {
		rope_adds(m->rope, i ? "," : "[");
		write_tool(c, m->rope, &c->chat->tools[i]);
	}
	rope_adds(m->rope, "]");
}
