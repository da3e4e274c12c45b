/*
 * anthropic_messages.c -- a conversation as Anthropic wants it: turns that alternate.
 *
 * Everything that is not the assistant's goes into the user's turn: results of tools
 * first, as Anthropic demands, then texts and media in their order. System messages
 * at the beginning are the system prompt; later ones become part of the user's turn
 * at their place, because not every model takes them there and moving them up would
 * change what they are about. Blank texts are left out: Anthropic refuses them.
 */
#include "core/dialect/anthropic.h"

#include <ctype.h>

#define JSON_WISH "Answer with one JSON object and nothing else."

enum side { NOBODY, USER, ASSISTANT };

static const char *const side_names[] = { [USER] = "user", [ASSISTANT] = "assistant" };

struct talk {
	struct anthropic_writer *w;
	enum side side; /* whose turn is open */
	bool any_turn, any_block;
	bool only_system; /* nobody else speaks */
};

/* --- what counts as text --- */

size_t anthropic_trailing_blank(struct str chars)
{
	size_t n = chars.n;

	while (n > 0) {
		size_t slashes = 0;

		if (chars.p[n - 1] == ' ') {
			n--;
			continue;
		}
		if (n < 2 || !memchr("nrt", chars.p[n - 1], 3))
			break;
		while (slashes < n - 1 && chars.p[n - 2 - slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			break;
		n -= 2;
	}
	return chars.n - n;
}

bool anthropic_is_blank(struct json string)
{
	struct str chars = json_chars(string);

	return anthropic_trailing_blank(chars) == chars.n;
}

static bool is_text(const struct part *p)
{
	return p->kind == PART_TEXT || p->kind == PART_REFUSAL;
}

static bool says_nothing(const struct part *p)
{
	return is_text(p) && anthropic_is_blank(p->text);
}

static bool is_system(const struct message *m)
{
	return m->role == ROLE_SYSTEM || m->role == ROLE_DEVELOPER;
}

static enum side side_of(const struct message *m)
{
	return m->role == ROLE_ASSISTANT ? ASSISTANT : USER;
}

/*
 * How many messages at the beginning make the system prompt. None when nobody else
 * speaks, for somebody has to.
 */
static uint32_t system_messages(const struct chat *chat)
{
	uint32_t n = 0;

	while (n < chat->n_messages && is_system(&chat->messages[n]))
		n++;
	return n < chat->n_messages ? n : 0;
}

static bool has_blocks(const struct message *m)
{
	struct json refusal = json_get(m->raw, "refusal");

	for (uint32_t k = 0; k < m->n_parts; k++)
		if (!says_nothing(&m->parts[k]))
			return true;
	return m->role == ROLE_TOOL || m->n_calls > 0 ||
	       (m->n_parts == 0 && json_type(refusal) == JSON_STRING &&
		!anthropic_is_blank(refusal));
}

bool anthropic_has_turns(const struct chat *chat)
{
	for (uint32_t i = system_messages(chat); i < chat->n_messages; i++)
		if (has_blocks(&chat->messages[i]))
			return true;
	return false;
}

/* --- the system prompt --- */

/* before each block of it */
static void begin_system_block(struct members *body, bool *any)
{
	if (*any) {
		rope_adds(body->rope, ",");
		return;
	}
	member_name(body, "system");
	rope_adds(body->rope, "[");
	*any = true;
}

void anthropic_write_system(struct anthropic_writer *w, struct members *body)
{
	uint32_t n = system_messages(w->chat);
	bool any = false;

	for (uint32_t i = 0; i < n; i++) {
		const struct message *m = &w->chat->messages[i];

		for (uint32_t k = 0; k < m->n_parts; k++) {
			if (says_nothing(&m->parts[k]))
				continue;
			begin_system_block(body, &any);
			anthropic_write_part(w, &m->parts[k]);
		}
	}
	if (w->terms->wish_json) {
		begin_system_block(body, &any);
		rope_adds(w->rope, "{\"type\":\"text\",\"text\":\"" JSON_WISH "\"}");
	}
	if (any)
		rope_adds(w->rope, "]");
}

/* --- turns --- */

static void end_turn(struct talk *t)
{
	if (t->side != NOBODY)
		rope_adds(t->w->rope, "]}");
	t->side = NOBODY;
}

static void begin_turn(struct talk *t, enum side side)
{
	end_turn(t);
	if (t->any_turn)
		rope_adds(t->w->rope, ",");
	rope_adds(t->w->rope, "{\"role\":\"");
	rope_adds(t->w->rope, side_names[side]);
	rope_adds(t->w->rope, "\",\"content\":[");
	t->side = side;
	t->any_turn = true;
	t->any_block = false;
}

static void note(struct talk *t, const char *why)
{
	const struct call *call = t->w->call;

	for (uint32_t i = 0; i < call->n_adaptions; i++)
		if (call->adaptions[i].why == why)
			return;
	call_adapted(t->w->call, "messages", ADAPTED_CHANGED, why);
}

/* before each block; a turn begins with its first block, so that none is ever empty */
static void begin_block(struct talk *t, enum side side)
{
	if (side == ASSISTANT && !t->any_turn) {
		begin_turn(t, USER);
		rope_adds(t->w->rope, "{\"type\":\"text\",\"text\":\".\"}");
		note(t, "a user's turn is put before the assistant's first");
	}
	if (t->side != side)
		begin_turn(t, side);
	if (t->any_block)
		rope_adds(t->w->rope, ",");
	t->any_block = true;
}

static void put_part(struct talk *t, enum side side, const struct part *p)
{
	if (says_nothing(p))
		return;
	begin_block(t, side);
	anthropic_write_part(t->w, p);
}

static void put_parts(struct talk *t, enum side side, const struct message *m)
{
	for (uint32_t k = 0; k < m->n_parts; k++)
		put_part(t, side, &m->parts[k]);
}

/* --- tools --- */

/*
 * Anthropic takes letters, digits, - and _. Another id becomes what it has of these and a
 * hash of all of it: the same in the call and in its result, without a table.
 */
static void put_id(struct talk *t, struct json id)
{
	struct str text = json_text(id, t->w->a);
	struct rope *r = t->w->rope;
	bool safe = text.n > 0;
	char kept[33];
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool fine = isalnum((unsigned char)text.p[i]) || memchr("-_", text.p[i], 2);

		safe = safe && fine;
		if (fine && n < sizeof(kept) - 1)
			kept[n++] = text.p[i];
	}
	rope_adds(r, "\"");
	if (safe)
		rope_add(r, text);
	else
		rope_add(r, arena_printf(t->w->a, "%.*s_%08x", (int)n, kept, str_hash(text)));
	rope_adds(r, "\"");
}

/* Arguments are text that should be a JSON object, and an object is what Anthropic takes. What is
 * none (a call that was cut, a custom tool's text) goes as it is into one member of an object. */
static void put_input(struct talk *t, struct json arguments)
{
	struct anthropic_writer *w = t->w;
	struct str text = str_trim(json_text(arguments, w->a));
	struct json_doc doc;
	size_t at;

	if (text.n == 0) {
		rope_adds(w->rope, "{}");
		return;
	}
	if (json_parse(&doc, w->a, text, &json_limits_default, &at) == JSON_FINE &&
	    json_type(json_root(&doc)) == JSON_OBJECT) {
		rope_ref(w->rope, text);
		return;
	}
	rope_adds(w->rope, "{\"arguments\":");
	rope_ref(w->rope, json_raw(arguments));
	rope_adds(w->rope, "}");
	note(t, "tool arguments that are no JSON object are put into one");
}

static void put_call(struct talk *t, const struct tool_call *c)
{
	begin_block(t, ASSISTANT);
	rope_adds(t->w->rope, "{\"type\":\"tool_use\",\"id\":");
	put_id(t, c->id);
	rope_adds(t->w->rope, ",\"name\":");
	rope_ref(t->w->rope, json_raw(c->name));
	rope_adds(t->w->rope, ",\"input\":");
	put_input(t, c->arguments);
	rope_adds(t->w->rope, "}");
}

static void put_result(struct talk *t, const struct message *m)
{
	struct rope *r = t->w->rope;
	bool any = false;

	begin_block(t, USER);
	rope_adds(r, "{\"type\":\"tool_result\",\"tool_use_id\":");
	put_id(t, m->tool_call_id);
	for (uint32_t k = 0; k < m->n_parts; k++) {
		if (says_nothing(&m->parts[k]))
			continue;
		rope_adds(r, any ? "," : ",\"content\":[");
		anthropic_write_part(t->w, &m->parts[k]);
		any = true;
	}
	rope_adds(r, any ? "]}" : "}");
}

/* --- sides --- */

static void put_late_system(struct talk *t, const struct message *m)
{
	if (t->only_system) {
		put_parts(t, USER, m);
		note(t, "the system prompt, being all there is, is the user's turn");
		return;
	}
	for (uint32_t k = 0; k < m->n_parts; k++) {
		if (says_nothing(&m->parts[k]))
			continue;
		begin_block(t, USER);
		rope_adds(t->w->rope, "{\"type\":\"text\",\"text\":\"<system>\\n");
		rope_ref(t->w->rope, json_chars(m->parts[k].text));
		rope_adds(t->w->rope, "\\n</system>\"}");
		note(t, "a later system message is part of the user's turn");
	}
}

/* The answer is begun by the client: Anthropic refuses white space at the end of that. */
static void put_begun(struct talk *t, const struct part *p)
{
	struct str chars = json_chars(p->text);

	begin_block(t, ASSISTANT);
	rope_adds(t->w->rope, "{\"type\":\"text\",\"text\":\"");
	rope_ref(t->w->rope, str_sub(chars, 0, chars.n - anthropic_trailing_blank(chars)));
	rope_adds(t->w->rope, "\"}");
}

static void put_thoughts(struct talk *t, const struct message *m)
{
	struct anthropic_thought thought = { 0 };

	while (anthropic_next_thought(m, t->w->target, &thought)) {
		begin_block(t, ASSISTANT);
		anthropic_write_thought(t->w->rope, &thought);
	}
}

static void put_assistant(struct talk *t, const struct message *m, bool last)
{
	struct json refusal = json_get(m->raw, "refusal");
	struct part refused = { .kind = PART_REFUSAL, .text = refusal };

	/* a begun answer cannot hold any; elsewhere Anthropic ignores those it has no use for */
	if (t->w->terms->replay && !last)
		put_thoughts(t, m);
	for (uint32_t k = 0; k < m->n_parts; k++) {
		const struct part *p = &m->parts[k];

		if (last && k + 1 == m->n_parts && m->n_calls == 0 && !says_nothing(p))
			put_begun(t, p);
		else
			put_part(t, ASSISTANT, p);
	}
	if (m->n_parts == 0 && json_type(refusal) == JSON_STRING)
		put_part(t, ASSISTANT, &refused);
	for (uint32_t k = 0; k < m->n_calls; k++)
		put_call(t, &m->calls[k]);
}

/* messages [from, to), none of them the assistant's */
static void put_user_side(struct talk *t, uint32_t from, uint32_t to)
{
	const struct message *messages = t->w->chat->messages;

	for (uint32_t i = from; i < to; i++)
		if (messages[i].role == ROLE_TOOL)
			put_result(t, &messages[i]);
	for (uint32_t i = from; i < to; i++) {
		if (is_system(&messages[i]))
			put_late_system(t, &messages[i]);
		else if (messages[i].role != ROLE_TOOL)
			put_parts(t, USER, &messages[i]);
	}
}

bool anthropic_write_messages(struct anthropic_writer *w)
{
	const struct chat *chat = w->chat;
	struct talk t = { .w = w };
	uint32_t n_system = system_messages(chat), to;

	t.only_system = n_system == 0 && is_system(&chat->messages[0]);
	rope_adds(w->rope, "[");
	for (uint32_t i = n_system; i < chat->n_messages; i = to) {
		to = i + 1;
		if (side_of(&chat->messages[i]) == ASSISTANT) {
			put_assistant(&t, &chat->messages[i], to == chat->n_messages);
			continue;
		}
		while (to < chat->n_messages && side_of(&chat->messages[to]) == USER)
			to++;
		put_user_side(&t, i, to);
	}
	end_turn(&t);
	rope_adds(w->rope, "]");
	return t.any_turn;
}
