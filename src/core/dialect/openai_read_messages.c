/* openai_read_messages.c -- the messages of a chat request, checked one by one. */
#include "core/dialect/openai_client.h"

/* --- parts of a content --- */

enum { BY_SYSTEM = 1, BY_USER = 2, BY_ASSISTANT = 4, BY_TOOL = 8 };

static const struct {
	const char *type;
	enum part_kind kind;
	const char *member; /* that holds what the part is about */
	enum json_type member_type;
	int may; /* who may send it */
	uint32_t feature;
	bool unbounded; /* its tokens cannot be told from its bytes */
} part_kinds[] = {
	{ "text", PART_TEXT, "text", JSON_STRING, ~0, 0, false },
	{ "refusal", PART_REFUSAL, "refusal", JSON_STRING, BY_ASSISTANT, 0, false },
	{ "image_url", PART_IMAGE, "image_url", JSON_OBJECT, BY_USER | BY_TOOL, NEEDS_IMAGES,
	  false },
	{ "input_audio", PART_AUDIO, "input_audio", JSON_OBJECT, BY_USER, NEEDS_AUDIO_IN, true },
	{ "file", PART_FILE, "file", JSON_OBJECT, BY_USER, NEEDS_FILES, true },
	{ "video_url", PART_VIDEO, "video_url", JSON_OBJECT, BY_USER, NEEDS_VIDEO, true },
	{ "video", PART_VIDEO, "video", JSON_ARRAY, BY_USER, NEEDS_VIDEO, true },
};

static int author(enum role role)
{
	switch (role) {
	case ROLE_SYSTEM:
	case ROLE_DEVELOPER: return BY_SYSTEM;
	case ROLE_USER: return BY_USER;
	case ROLE_ASSISTANT: return BY_ASSISTANT;
	case ROLE_TOOL:
	case ROLE_FUNCTION: return BY_TOOL;
	}
	return 0;
}

static int part_kind_of(struct json type)
{
	for (size_t i = 0; i < COUNT_OF(part_kinds); i++)
		if (json_is(type, part_kinds[i].type))
			return (int)i;
	return -1;
}

/* what must stand inside a part for it to be about anything */
static enum err check_media(struct reader *r, const struct part *p)
{
	struct json ignored;

	switch (p->kind) {
	case PART_IMAGE: return reader_need_text(r, p->media, "url", &ignored);
	case PART_AUDIO: return reader_need_text(r, p->media, "data", &ignored);
	default: return ERR_OK;
	}
}

static void at_message(struct reader *r, uint32_t nth)
{
	reader_at(r, "messages");
	reader_nth(r, nth);
}

static void at_part(struct reader *r, uint32_t nth, const char *list, uint32_t part)
{
	at_message(r, nth);
	reader_inside(r, list);
	reader_nth(r, part);
}

static enum err read_media(struct reader *r, struct part *p, struct json media, int kind)
{
	struct text where = r->at;
	enum err e;

	p->media = media;
	r->chat->features |= part_kinds[kind].feature;
	r->chat->n_images += p->kind == PART_IMAGE;
	r->chat->has_unbounded_parts |= part_kinds[kind].unbounded;
	r->media_bytes += (int64_t)json_raw(media).n;

	reader_inside(r, part_kinds[kind].member);
	e = check_media(r, p);
	r->at = where;
	return e;
}

static enum err read_part(struct reader *r, struct part *p, struct json raw, enum role role)
{
	struct json type, member;
	int kind;
	enum err e;

	p->raw = raw;
	if (json_type(raw) != JSON_OBJECT)
		return reader_wrong(r, NULL, "must be an object");
	if ((e = reader_need_text(r, raw, "type", &type)) ||
	    (e = reader_may_have(r, raw, "cache_control", JSON_OBJECT, &p->cache_control)))
		return e;
	reader_note_mark(r, p->cache_control);
	kind = part_kind_of(type);
	if (kind < 0)
		return reader_wrong(r, "type", "is not a known type of content part");
	if (!(part_kinds[kind].may & author(role)))
		return reader_wrong(r, "type", "is not a content part that this role may send");
	p->kind = part_kinds[kind].kind;
	e = reader_may_have(r, raw, part_kinds[kind].member, part_kinds[kind].member_type, &member);
	if (e)
		return e;
	if (!json_present(member))
		return reader_missing(r, part_kinds[kind].member);
	r->chat->images_in_results |= p->kind == PART_IMAGE && author(role) == BY_TOOL;
	if (p->kind != PART_TEXT && p->kind != PART_REFUSAL)
		return read_media(r, p, member, kind);
	p->text = member;
	return ERR_OK;
}

static enum err read_parts(struct reader *r, struct message *m, struct json content, uint32_t nth)
{
	enum err e = ERR_OK;

	/* an assistant that only calls, a tool with nothing to tell: some clients write it so */
	if (json_count(content) == 0 && (m->role == ROLE_ASSISTANT || m->role == ROLE_TOOL))
		return ERR_OK;
	if (json_count(content) == 0)
		return reader_wrong(r, "content", "must not be an empty array");
	m->parts = ARENA_ARRAY(r->a, struct part, json_count(content));
	if (!m->parts)
		return reader_full(r);
	JSON_EACH (it, content) {
		at_part(r, nth, "content", m->n_parts);
		e = read_part(r, &m->parts[m->n_parts++], it, m->role);
		if (e)
			return e;
	}
	at_message(r, nth);
	return ERR_OK;
}

static enum err read_content(struct reader *r, struct message *m, uint32_t nth)
{
	struct json content = json_get(m->raw, "content");

	switch (json_type(content)) {
	case JSON_ABSENT:
	case JSON_NULL: return ERR_OK;
	case JSON_STRING:
		m->parts = ARENA_NEW(r->a, struct part);
		if (!m->parts)
			return reader_full(r);
		m->parts[0] = (struct part){ .kind = PART_TEXT, .raw = content, .text = content };
		m->n_parts = 1;
		return ERR_OK;
	case JSON_ARRAY: return read_parts(r, m, content, nth);
	default: return reader_wrong(r, "content", "must be a string or an array of parts");
	}
}

/* --- calls of tools --- */

static enum err read_call(struct reader *r, struct tool_call *c, struct json raw)
{
	struct json type = json_get(raw, "type"), body;
	bool custom = json_is(type, "custom");
	enum err e;

	c->raw = raw;
	if (json_type(raw) != JSON_OBJECT)
		return reader_wrong(r, NULL, "must be an object");
	if (!json_unset(type) && !custom && !json_is(type, "function"))
		return reader_wrong(r, "type", "must be \"function\" or \"custom\"");
	if ((e = reader_need_text(r, raw, "id", &c->id)))
		return e;
	body = json_get(raw, custom ? "custom" : "function");
	if (json_type(body) != JSON_OBJECT)
		return reader_wrong(r, custom ? "custom" : "function", "must be an object");
	if ((e = reader_need_text(r, body, "name", &c->name)))
		return e;
	c->arguments = json_get(body, custom ? "input" : "arguments");
	if (json_type(c->arguments) != JSON_STRING)
		return reader_wrong(r, custom ? "custom.input" : "function.arguments",
				    "must be a string");
	return ERR_OK;
}

static enum err read_calls(struct reader *r, struct message *m, uint32_t nth)
{
	struct json calls;
	enum err e = reader_may_have(r, m->raw, "tool_calls", JSON_ARRAY, &calls);

	if (e || json_count(calls) == 0)
		return e;
	m->calls = ARENA_ARRAY(r->a, struct tool_call, json_count(calls));
	if (!m->calls)
		return reader_full(r);
	JSON_EACH (it, calls) {
		at_part(r, nth, "tool_calls", m->n_calls);
		e = read_call(r, &m->calls[m->n_calls++], it);
		if (e)
			return e;
	}
	at_message(r, nth);
	r->chat->features |= NEEDS_TOOLS;
	return ERR_OK;
}

/* --- what only some roles have --- */

static enum err read_assistant(struct reader *r, struct message *m, uint32_t nth)
{
	struct json refusal, function_call, audio;
	enum err e;

	if ((e = read_calls(r, m, nth)) ||
	    (e = reader_may_have(r, m->raw, "reasoning_content", JSON_STRING, &m->reasoning)) ||
	    (e = reader_may_have(r, m->raw, "reasoning_details", JSON_ARRAY,
				 &m->reasoning_details)) ||
	    (e = reader_may_have(r, m->raw, "refusal", JSON_STRING, &refusal)) ||
	    (e = reader_may_have(r, m->raw, "audio", JSON_OBJECT, &audio)) ||
	    (e = reader_may_have(r, m->raw, "function_call", JSON_OBJECT, &function_call)))
		return e;
	r->chat->legacy_functions |= json_present(function_call);
	if (m->n_parts || m->n_calls || json_present(refusal) || json_present(audio) ||
	    json_present(function_call))
		return ERR_OK;
	return reader_missing(r, "content");
}

static enum err read_by_role(struct reader *r, struct message *m, uint32_t nth)
{
	switch (m->role) {
	case ROLE_ASSISTANT: return read_assistant(r, m, nth);
	case ROLE_FUNCTION:
		r->chat->legacy_functions = true;
		return reader_need_text(r, m->raw, "name", &m->name);
	case ROLE_TOOL: {
		enum err e = reader_need_text(r, m->raw, "tool_call_id", &m->tool_call_id);

		if (e || json_lists_nothing(json_get(m->raw, "content")))
			return e;
		break;
	}
	default: break;
	}
	return m->n_parts ? ERR_OK : reader_missing(r, "content");
}

static bool role_of(struct json word, enum role *role_r)
{
	for (int role = ROLE_SYSTEM; role <= ROLE_FUNCTION; role++)
		if (json_is(word, role_name((enum role)role))) {
			*role_r = (enum role)role;
			return true;
		}
	return false;
}

static enum err read_message(struct reader *r, struct message *m, struct json raw, uint32_t nth)
{
	struct json role;
	enum err e;

	m->raw = raw;
	at_message(r, nth);
	if (json_type(raw) != JSON_OBJECT)
		return reader_wrong(r, NULL, "must be an object");
	if ((e = reader_need_text(r, raw, "role", &role)))
		return e;
	if (!role_of(role, &m->role))
		return reader_wrong(r, "role",
				    "must be one of system, developer, user, assistant, tool");
	if ((e = reader_may_have(r, raw, "name", JSON_STRING, &m->name)) ||
	    (e = read_content(r, m, nth)))
		return e;
	return read_by_role(r, m, nth);
}

enum err openai_read_messages(struct reader *r, struct json messages)
{
	struct chat *chat = r->chat;
	uint32_t count = json_count(messages);

	reader_at_top(r);
	if (json_unset(messages))
		return reader_missing(r, "messages");
	if (json_type(messages) != JSON_ARRAY)
		return reader_wrong(r, "messages", "must be an array");
	if (count == 0)
		return reader_wrong(r, "messages", "must not be an empty array");
	chat->messages = ARENA_ARRAY(r->a, struct message, count);
	if (!chat->messages)
		return reader_full(r);
	JSON_EACH (it, messages) {
		enum err e = read_message(r, &chat->messages[chat->n_messages], it,
					  chat->n_messages);

		if (e)
			return e;
		chat->n_messages++;
	}
	reader_at_top(r);
	if (chat->messages[count - 1].role == ROLE_ASSISTANT)
		chat->features |= NEEDS_PREFILL;
	return ERR_OK;
}
