/*
 * anthropic_thinking.c -- a client sends reasoning_details back: thinking blocks again.
 *
 * Anthropic signs its thinking and wants it back unchanged, from the model that
 * thought it. Items of another vendor or model, and blocks whose signature is
 * missing, are left out: an answer without them is better than an error.
 */
#include "core/dialect/anthropic.h"

static bool same_index(struct json a, struct json b)
{
	int64_t left, right;

	return json_i64(json_get(a, "index"), &left) && json_i64(json_get(b, "index"), &right) &&
	       left == right;
}

static bool has(struct json item, const char *name)
{
	return json_chars(json_get(item, name)).n > 0;
}

/* Pieces of a streamed block have one index; without indexes a block ends with its signature. */
static bool goes_on(struct json item, struct json next)
{
	if (json_present(json_get(item, "index")) || json_present(json_get(next, "index")))
		return same_index(item, next);
	return !has(item, "signature") && !has(item, "data");
}

static bool is_ours(struct json first, const struct target *target)
{
	struct json model = json_get(first, "model");

	return json_is(json_get(first, "format"), ANTHROPIC_REASONING_FORMAT) &&
	       (json_unset(model) || str_eq(json_chars(model), target->model->id));
}

/* Find where the block of t->first ends, and what it is; false when it cannot be sent. */
static bool gather(struct anthropic_thought *t, const struct target *target)
{
	bool signed_text = false;

	t->redacted = false;
	t->end = t->first;
	for (;;) {
		struct json item = t->end;

		t->redacted |= has(item, "data");
		signed_text |= has(item, "signature");
		t->end = json_after(t->items, item);
		if (!json_present(t->end) || !goes_on(item, t->end))
			return (t->redacted || signed_text) && is_ours(t->first, target);
	}
}

bool anthropic_next_thought(const struct message *m, const struct target *target,
			    struct anthropic_thought *t)
{
	bool begun = json_present(t->items);

	t->items = m->reasoning_details;
	t->first = begun ? t->end : json_first(t->items);
	for (; json_present(t->first); t->first = t->end)
		if (gather(t, target))
			return true;
	return false;
}

/* the named strings of all items of the block, behind each other */
static void write_pieces(struct rope *r, const struct anthropic_thought *t, const char *name)
{
	struct json item = t->first;

	rope_adds(r, "\"");
	while (json_present(item) && item.at != t->end.at) {
		rope_ref(r, json_chars(json_get(item, name)));
		item = json_after(t->items, item);
	}
	rope_adds(r, "\"");
}

void anthropic_write_thought(struct rope *r, const struct anthropic_thought *t)
{
	if (t->redacted) {
		rope_adds(r, "{\"type\":\"redacted_thinking\",\"data\":");
		write_pieces(r, t, "data");
	} else {
		rope_adds(r, "{\"type\":\"thinking\",\"thinking\":");
		write_pieces(r, t, "text");
		rope_adds(r, ",\"signature\":");
		write_pieces(r, t, "signature");
	}
	rope_adds(r, "}");
}
