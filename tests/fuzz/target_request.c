/*
 * target_request.c -- whatever a client sends is refused with an error that can be told, or
 * becomes a call that each vendor can read: JSON, headers of one line each, and the same
 * bytes each time.
 */
#include "core/tokens.h"
#include "fuzz_json.h"
#include "fuzz_shape.h"
#include "fuzz_vendor.h"

static void fault_must_be_good(const struct fault *fault)
{
	struct buf out;

	HOLDS(fault->code > ERR_OK && fault->code < ERR_COUNT, "no such error: %d", fault->code);
	buf_init(&out, FUZZ_ROOM);
	dialect_openai.client->write_fault(&out, fault);
	error_must_have_shape(buf_str(&out));
	buf_release(&out);
}

static void chat_must_be_good(const struct chat *chat, const struct model *model)
{
	HOLDS(chat->model.n > 0, "a request without a model");
	HOLDS(chat->n_messages > 0, "a request without messages");
	HOLDS(chat->n > 0, "%lld choices", (long long)chat->n);
	HOLDS(chat->max_tokens == -1 || chat->max_tokens > 0, "max_tokens %lld",
	      (long long)chat->max_tokens);
	HOLDS(chat->text_bytes >= 0 && (size_t)chat->text_bytes <= chat->body.n,
	      "%lld of %zu bytes", (long long)chat->text_bytes, chat->body.n);
	HOLDS(tokens_bound(chat, model) > 0, "a request of no tokens");
}

static void line_must_be_plain(struct str s, const char *what)
{
	for (size_t i = 0; i < s.n; i++)
		HOLDS(s.p[i] >= ' ' && s.p[i] < 0x7F, "byte %zu of the %s is %d", i, what, s.p[i]);
}

static void call_must_be_good(const struct call *call)
{
	line_must_be_plain(call->path, "path");
	HOLDS(str_starts(call->path, STR("/")), "path %.*s", STR_ARG(call->path));
	HOLDS(call->n_headers <= COUNT_OF(call->headers), "%u headers", call->n_headers);
	for (uint32_t i = 0; i < call->n_headers; i++) {
		line_must_be_plain(call->headers[i].name, "header's name");
		line_must_be_plain(call->headers[i].value, "header's value");
	}
	HOLDS(call->n_adaptions <= MAX_ADAPTIONS, "%u adaptions", call->n_adaptions);
	for (uint32_t i = 0; i < call->n_adaptions; i++)
		HOLDS(call->adaptions[i].param && call->adaptions[i].why, "an adaption of nothing");
	HOLDS(rope_ok(&call->body), "the body does not fit");
	json_must_be_good(rope_flat(&call->body), "a call's body");
}

static void ask(const struct call_ask *ask, const struct dialect *dialect)
{
	struct call call = { 0 }, again = { 0 };
	struct fault fault;
	struct arena a;
	bool may = dialect->check(ask->chat, ask->target, ask->unsupported, &fault) == ERR_OK;

	if (!may)
		fault_must_be_good(&fault);
	arena_init(&a, FUZZ_ROOM);
	if (dialect->write_call(ask, &a, &call, &fault) == ERR_OK) {
		call_must_be_good(&call);
		HOLDS(dialect->write_call(ask, &a, &again, &fault) == ERR_OK &&
			      str_eq(rope_flat(&call.body), rope_flat(&again.body)),
		      "the second call differs from the first");
	} else {
		/* a policy that refuses what a vendor lacks looks at every member only when it
		 * writes */
		HOLDS(!may || ask->unsupported == UNSUPPORTED_REFUSE,
		      "%s: a call that may be made, and cannot: %s", dialect->name, fault.text);
		fault_must_be_good(&fault);
	}
	arena_release(&a);
}

static void ask_all(struct fuzz_vendor *v, struct call_ask *question)
{
	for (int id = 0; id < DIALECT_COUNT; id++) {
		vendor_speak(v, (enum dialect_id)id);
		ask(question, v->dialect);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct call_ask question = { 0 };
	struct fuzz_vendor v;
	struct chat chat;
	struct fault fault;
	struct arena a;
	char *own;

	vendor_choose(&v, &in);
	question.unsupported = (enum unsupported)fuzz_choose(&in, UNSUPPORTED_REFUSE);
	question.max_tokens = 1 + (int64_t)fuzz_choose(&in, (uint64_t)v.model.max_output - 1);
	question.target = &v.target;
	question.chat = &chat;
	own = fuzz_own(in);
	arena_init(&a, FUZZ_ROOM);
	if (dialect_openai.client->read_request(&a, (struct str){ own, in.n }, &json_limits_default,
						&chat, &fault)) {
		fault_must_be_good(&fault);
	} else {
		chat_must_be_good(&chat, &v.model);
		ask_all(&v, &question);
	}
	arena_release(&a);
	free(own);
	return 0;
}
