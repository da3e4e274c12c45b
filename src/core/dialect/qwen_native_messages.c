/*
 * qwen_native_messages.c -- a conversation in DashScope's native form.
 *
 * Under text-generation a content is a string, under multimodal-generation a list
 * of parts that have no type: their one member names what they are.
 */
#include "core/dialect/qwen_native.h"

static void write_sound(struct members *m, const struct part *p)
{
	struct str data = json_chars(json_get(p->media, "data"));
	struct str format = json_chars(json_get(p->media, "format"));

	if (str_starts(data, STR("data:")) || str_starts(data, STR("http"))) {
		member_raw(m, "audio", json_raw(json_get(p->media, "data")));
		return;
	}
	member_name(m, "audio");
	rope_adds(m->rope, "\"data:audio/");
	rope_ref(m->rope, format);
	rope_adds(m->rope, ";base64,");
	rope_ref(m->rope, data);
	rope_adds(m->rope, "\"");
}

static void write_media(struct members *m, const struct part *p)
{
	struct json url = json_get(p->media, "url"); /* of an image; a film may be a list of them */

	switch (p->kind) {
	case PART_IMAGE: member_raw(m, "image", json_raw(url)); break;
	case PART_AUDIO: write_sound(m, p); break;
	case PART_VIDEO:
		member_raw(m, "video", json_raw(json_present(url) ? url : p->media));
		break;
	case PART_TEXT:
	case PART_REFUSAL:
	case PART_FILE: member_raw(m, "text", json_raw(p->text)); break;
	}
}

/* what a part says of how it is to be read (frames, pixels) goes along */
static void write_settings(struct members *m, const struct part *p)
{
	static const char *const names[] = { "cache_control", "fps",          "min_pixels",
					     "max_pixels",    "total_pixels", "enable_rotate" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct json value = json_get(p->raw, names[i]);

		if (!json_unset(value))
			member_raw(m, names[i], json_raw(value));
	}
}

static void write_parts(struct rope *r, const struct message *msg, bool typed)
{
	rope_adds(r, "[");
	for (uint32_t i = 0; i < msg->n_parts; i++) {
		struct members m;

		rope_adds(r, i ? "," : "");
		m = members_open(r);
		if (typed)
			member_text(&m, "type", STR("text"));
		write_media(&m, &msg->parts[i]);
		write_settings(&m, &msg->parts[i]);
		members_close(&m);
	}
	rope_adds(r, "]");
}

static bool is_marked(const struct message *msg)
{
	for (uint32_t i = 0; i < msg->n_parts; i++)
		if (json_present(msg->parts[i].cache_control))
			return true;
	return false;
}

/* several texts are one, a line each */
static void write_string(struct rope *r, const struct message *msg)
{
	rope_adds(r, "\"");
	for (uint32_t i = 0; i < msg->n_parts; i++) {
		rope_adds(r, i ? "\\n" : "");
		rope_ref(r, json_chars(msg->parts[i].text));
	}
	rope_adds(r, "\"");
}

static void write_content(struct members *m, const struct message *sent, bool parts)
{
	struct json refusal = json_get(sent->raw, "refusal");
	struct part refused = { .kind = PART_REFUSAL, .text = refusal };
	struct message msg = *sent;

	if (msg.n_parts == 0 && json_type(refusal) == JSON_STRING) {
		msg.parts = &refused;
		msg.n_parts = 1;
	}
	member_name(m, "content");
	if (parts || is_marked(&msg))
		write_parts(m->rope, &msg, !parts);
	else
		write_string(m->rope, &msg);
}

static void write_message(const struct like_call *c, struct rope *r, const struct message *msg,
			  bool parts)
{
	static const char *const as_sent[] = { "name", "tool_calls", "tool_call_id",
					       "reasoning_content", "partial" };
	enum role role = msg->role == ROLE_DEVELOPER ? ROLE_SYSTEM : msg->role;
	struct members m = members_open(r);

	if (role == ROLE_SYSTEM && (c->model->quirks & QUIRK_NO_SYSTEM_ROLE))
		role = ROLE_USER;
	member_text(&m, "role", str_of(role_name(role)));
	write_content(&m, msg, parts);
	for (size_t i = 0; i < COUNT_OF(as_sent); i++) {
		struct json value = json_get(msg->raw, as_sent[i]);

		if (!json_unset(value) && !json_lists_nothing(value))
			member_raw(&m, as_sent[i], json_raw(value));
	}
	members_close(&m);
}

void native_write_messages(const struct like_call *c, struct members *m, bool parts)
{
	member_name(m, "messages");
	rope_adds(m->rope, "[");
	for (uint32_t i = 0; i < c->chat->n_messages; i++) {
		rope_adds(m->rope, i ? "," : "");
		write_message(c, m->rope, &c->chat->messages[i], parts);
	}
	rope_adds(m->rope, "]");
}
