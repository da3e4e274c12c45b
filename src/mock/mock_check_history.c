/*
 * mock_check_history.c -- is this a conversation? For the three dialects in OpenAI's shape.
 *
 * Tool calls and their results belong together: every call of an assistant message
 * is answered by a tool message right behind it, and no tool message answers
 * anything else.
 */
#include "mock/mock_check.h"

/* the calls of the last assistant message that wait for their results */
struct waiting {
	struct json calls;
	uint64_t open;  /* bit i: the i-th call; those above 63 are not watched */
	uint32_t since; /* message */
};

struct walk {
	struct mock_ask *ask;
	const struct mock_history_rules *rules;
	struct waiting waiting;
	uint32_t i; /* message */
};

static bool refuse(const struct walk *w, enum mock_history_fault fault, uint32_t item,
		   struct str what)
{
	struct mock_history_place place = { fault, w->i, item, what };

	return w->rules->refuse(w->ask, &place);
}

static bool check_part(const struct walk *w, struct json part, uint32_t item, bool by_user)
{
	struct str type = json_text(json_get(part, "type"), w->ask->a);

	if (!mock_list_has(w->rules->parts, type))
		return refuse(w, HISTORY_PART, item, type);
	if (!str_is(type, "image_url"))
		return true;
	if (!by_user)
		return refuse(w, HISTORY_IMAGE_ROLE, item, type);
	if (!(w->ask->model->traits & TRAIT_VISION))
		return refuse(w, HISTORY_IMAGE, item, type);
	return true;
}

static bool check_content(const struct walk *w, struct json message, struct str role)
{
	struct json content = json_get(message, "content");
	bool calls = json_count(json_get(message, "tool_calls")) > 0;
	uint32_t item = 0;

	if (json_type(content) == JSON_STRING)
		return true;
	if (json_unset(content) && calls && w->rules->calls_may_be_null)
		return true;
	if (json_unset(content) && !json_unset(json_get(message, "refusal")))
		return true;
	if (json_type(content) != JSON_ARRAY || json_count(content) == 0)
		return refuse(w, HISTORY_CONTENT, 0, role);
	JSON_EACH (part, content) {
		if (!check_part(w, part, item++, str_is(role, "user")))
			return false;
	}
	return true;
}

static bool check_calls(struct walk *w, struct json calls)
{
	uint32_t item = 0;

	JSON_EACH (call, calls) {
		struct json f = json_get(call, "function");

		if (json_chars(json_get(call, "id")).n == 0 ||
		    !json_is(json_get(call, "type"), "function") ||
		    json_chars(json_get(f, "name")).n == 0 ||
		    json_type(json_get(f, "arguments")) != JSON_STRING)
			return refuse(w, HISTORY_CALL, item, STR_NONE);
		item++;
	}
	w->waiting = (struct waiting){ calls, item >= 64 ? ~0ull : (1ull << item) - 1, w->i };
	return true;
}

static bool check_result(struct walk *w, struct json message)
{
	struct str id = json_chars(json_get(message, "tool_call_id"));
	uint32_t k = 0;

	if (str_absent(id))
		return refuse(w, HISTORY_NO_ID, 0, STR_NONE);
	JSON_EACH (call, w->waiting.calls) {
		if (str_eq(json_chars(json_get(call, "id")), id)) {
			w->waiting.open &= k < 64 ? ~(1ull << k) : ~0ull;
			return true;
		}
		k++;
	}
	return refuse(w, HISTORY_ORPHAN, 0, id);
}

/* before anything but a result may follow */
static bool check_answered(struct walk *w)
{
	struct str missing = STR_NONE;
	uint32_t k = 0;

	if (w->waiting.open) {
		JSON_EACH (call, w->waiting.calls) {
			struct str id = json_chars(json_get(call, "id"));

			if (k < 64 && w->waiting.open >> k++ & 1)
				missing = missing.n ? arena_printf(w->ask->a, "%.*s, %.*s",
								   STR_ARG(missing), STR_ARG(id))
						    : id;
		}
		return refuse(w, HISTORY_UNANSWERED, w->waiting.since, missing);
	}
	w->waiting = (struct waiting){ 0 };
	return true;
}

static bool check_message(struct walk *w, struct json message)
{
	struct str role = json_text(json_get(message, "role"), w->ask->a);
	struct json calls = json_get(message, "tool_calls");

	if (str_absent(role) || !mock_list_has(w->rules->roles, role))
		return refuse(w, HISTORY_ROLE, 0, role);
	if (!str_is(role, "tool") && !check_answered(w))
		return false;
	if (!check_content(w, message, role))
		return false;
	if (str_is(role, "tool"))
		return check_result(w, message);
	return json_count(calls) == 0 || check_calls(w, calls);
}

bool mock_check_history(struct mock_ask *ask, const struct mock_history_rules *rules)
{
	struct walk w = { .ask = ask, .rules = rules };

	JSON_EACH (message, ask->messages) {
		if (!check_message(&w, message))
			return false;
		w.i++;
	}
	return check_answered(&w);
}
