/* dialect_kit.c -- a target to try a dialect's vendor half on. */
#include "dialect_kit.h"

#include "base/rand.h"
#include "core/dialect/openai_client.h"

#define MOST_BYTES (64 << 20)

void kit_init(struct kit *k, const struct dialect *dialect)
{
	*k = (struct kit){ .dialect = dialect, .max_tokens = 4096, .body = "" };
	arena_init(&k->a, MOST_BYTES);
	k->model = (struct model){ .id = STR("model-id"),
				   .vendor = STR("vendor"),
				   .upstream = STR("upstream-id"),
				   .context = 200000,
				   .max_output = 64000,
				   .can = ~0u,
				   .thinking = THINKING_OPTIONAL };
	k->endpoint = (struct endpoint){ .name = STR("endpoint") };
	k->target = (struct target){ &k->model, &k->endpoint };
}

void kit_release(struct kit *k)
{
	arena_release(&k->a);
	gather_free(k->gather);
	k->gather = NULL;
}

static void read_request(struct kit *k, const char *members)
{
	struct str json = unit_json(&k->a, members);
	struct str body = arena_printf(&k->a, "{\"model\":\"model-id\",%.*s}", STR_ARG(json));
	enum err err = openai_client.read_request(&k->a, body, &json_limits_default, &k->chat,
						  &k->fault);

	ck_assert_msg(err == ERR_OK, "the request itself is wrong: %s", k->fault.text);
}

static void assert_is_json(struct kit *k, struct str text)
{
	struct json_doc doc;
	size_t at;

	ck_assert_msg(json_parse(&doc, &k->a, text, &json_limits_default, &at) == JSON_FINE,
		      "at %zu: %.*s", at, STR_ARG(text));
}

enum err kit_ask(struct kit *k, const char *members)
{
	struct call_ask ask = { &k->chat, &k->target, k->max_tokens, k->unsupported };
	enum err err;

	read_request(k, members);
	err = k->dialect->write_call(&ask, &k->a, &k->call, &k->fault);
	k->body = err ? "" : arena_cstr(&k->a, rope_flat(&k->call.body));
	if (!err)
		assert_is_json(k, str_of(k->body));
	return err;
}

enum err kit_check(struct kit *k, const char *members)
{
	read_request(k, members);
	return k->dialect->check(&k->chat, &k->target, k->unsupported, &k->fault);
}

bool kit_has(struct kit *k, const char *piece)
{
	return str_find(str_of(k->body), unit_json(&k->a, piece)) >= 0;
}

int kit_adapted(const struct kit *k, const char *param)
{
	for (uint32_t i = 0; i < k->call.n_adaptions; i++)
		if (strcmp(k->call.adaptions[i].param, param) == 0)
			return (int)k->call.adaptions[i].what;
	return -1;
}

enum err kit_reply(struct kit *k, const char *body)
{
	k->err = k->dialect->read_reply(&k->a, &k->target, unit_json(&k->a, body), &k->answer,
					&k->vendor_fault);
	return k->err;
}

static enum err take_events(struct kit *k, void *stream, struct str sse)
{
	struct sse_event event;
	enum sse_result result;
	struct sse parser;
	bool ended = false;

	sse_init(&parser, MOST_BYTES);
	while (!k->err && (result = sse_feed(&parser, &sse, &event)) != SSE_MORE) {
		struct answer increment;

		if (result == SSE_TOO_LARGE)
			break;
		if (result != SSE_EVENT)
			continue;
		/* a fault's words point into it */
		if (!str_absent(event.data))
			event.data = arena_str(&k->a, event.data);
		k->err = k->dialect->read_event(stream, &k->a, &k->target, &event, &increment,
						&k->vendor_fault);
		if (k->err)
			break;
		ended |= increment.ended;
		ck_assert(gather_add(k->gather, &increment));
	}
	sse_release(&parser);
	if (!k->err)
		ck_assert(gather_answer(k->gather, &k->a, &k->answer));
	k->answer.ended = ended;
	return k->err;
}

static enum err run_stream(struct kit *k, struct str sse)
{
	void *stream = arena_alloc(&k->a, k->dialect->stream_size);

	gather_free(k->gather);
	k->gather = gather_new(MOST_BYTES);
	ck_assert(k->gather && stream);
	k->err = ERR_OK;
	k->answer = (struct answer){ 0 };
	return take_events(k, stream, sse);
}

enum err kit_stream(struct kit *k, const char *sse)
{
	return run_stream(k, unit_json(&k->a, sse));
}

static void read_error(struct kit *k, int status, struct str body)
{
	struct vendor_head head = { .status = status, .retry_after = STR("7") };

	k->dialect->read_fault(&k->a, &head, body, &k->vendor_fault);
}

void kit_error(struct kit *k, int status, const char *body)
{
	read_error(k, status, unit_json(&k->a, body));
}

const struct delta *kit_delta(const struct kit *k)
{
	ck_assert_uint_eq(k->answer.n_deltas, 1);
	return &k->answer.deltas[0];
}

/* --- battering --- */

static struct str damage(struct kit *k, struct str text, struct rnd *r)
{
	static const char bytes[] = "\"\\{}[],:0\n\r \xff\x00tn-e9";
	char *copy = arena_chars(&k->a, text.n * 2 + 1);
	size_t cut = rnd_below(r, (uint32_t)text.n + 1), n = text.n;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text.p, text.n);
	for (uint32_t i = rnd_below(r, 4); i > 0; i--)
		copy[rnd_below(r, (uint32_t)n)] = bytes[rnd_below(r, sizeof(bytes) - 1)];
	if (rnd_below(r, 4) == 0)
		n = cut;
	if (rnd_below(r, 4) == 0) {
		memmove(copy + n, copy + cut % (n + 1), n - cut % (n + 1));
		n += n - cut % (n + 1);
	}
	return (struct str){ copy, n };
}

/* what a client would be told */
static void assert_can_be_told(struct kit *k)
{
	struct answer_head head = { .id = STR("id"), .model = STR("model") };
	struct buf out;

	if (k->err)
		return;
	buf_init(&out, MOST_BYTES);
	openai_client.write_reply(&out, &head, &k->answer);
	assert_is_json(k, buf_str(&out));
	buf_release(&out);
}

void kit_batter(struct kit *k, const char *reply, const char *sse, uint32_t rounds)
{
	struct rnd r = rnd_seed(4711);

	for (uint32_t i = 0; i < rounds; i++) {
		struct str body, events;

		arena_reset(&k->a);
		body = damage(k, unit_json(&k->a, reply), &r);
		events = damage(k, unit_json(&k->a, sse), &r);
		k->err = k->dialect->read_reply(&k->a, &k->target, body, &k->answer,
						&k->vendor_fault);
		assert_can_be_told(k);
		read_error(k, 400, body);
		run_stream(k, events);
		assert_can_be_told(k);
	}
}

uint32_t kit_batter_request(struct kit *k, const char *members, uint32_t rounds)
{
	struct rnd r = rnd_seed(4712);
	uint32_t written = 0;

	for (uint32_t i = 0; i < rounds; i++) {
		struct call_ask ask = { &k->chat, &k->target, k->max_tokens, k->unsupported };
		struct str body;

		arena_reset(&k->a);
		body = arena_printf(&k->a, "{\"model\":\"m\",%s}", members);
		body = damage(k, unit_json(&k->a, arena_cstr(&k->a, body)), &r);
		if (openai_client.read_request(&k->a, body, &json_limits_default, &k->chat,
					       &k->fault) ||
		    k->dialect->write_call(&ask, &k->a, &k->call, &k->fault))
			continue;
		assert_is_json(k, rope_flat(&k->call.body));
		written++;
	}
	return written;
}
