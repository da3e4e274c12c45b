/*
 * qwen_native.c -- Qwen (DashScope) in its native mode.
 *
 * The parameters are those of the compatible mode, in another envelope; content
 * has parts of another form where images, sound or films are among them. Thinking
 * and its rules are the same. doc/vendors.md, "Qwen, native mode".
 */
#include "core/dialect/qwen_native.h"

static const struct param_rule params[] = {
	QWEN_PARAMS,
	{ "result_format", PARAM_TAKEN, NULL, NULL },
	{ "incremental_output", PARAM_TAKEN, NULL, NULL },
	{ "modalities", PARAM_DROPPED, "[\"text\"]", QWEN_NO_SUCH },
};

static enum err check_media(const struct chat *chat, const struct model *model,
			    struct fault *fault_r)
{
	if (chat->features & NEEDS_AUDIO_OUT)
		return fault_set(fault_r, ERR_UNSUPPORTED, "modalities",
				 "%.*s does not speak in native mode", STR_ARG(model->id));
	if (chat->features & NEEDS_FILES)
		return fault_set(fault_r, ERR_UNSUPPORTED, "messages",
				 "%.*s takes no files in native mode", STR_ARG(model->id));
	return ERR_OK;
}

/* --- the body --- */

static void set_headers(struct call *call, bool parts)
{
	call->path = parts ? STR("/services/aigc/multimodal-generation/generation")
			   : STR("/services/aigc/text-generation/generation");
	if (call->stream)
		call->headers[call->n_headers++] = (struct header){ STR("X-DashScope-SSE"),
								    STR("enable") };
}

static void write_parameters(const struct like_call *c, const struct like_terms *terms,
			     struct members *body)
{
	struct members m;

	member_name(body, "parameters");
	m = members_open(body->rope);
	member_text(&m, "result_format", STR("message"));
	if (c->call->stream)
		member_bool(&m, "incremental_output", true);
	params_pass(&c->like->params, c->chat, &m);
	like_write_tools(c, &m);
	like_write_numbers(c, terms, &m);
	if (c->ask->max_tokens > 0)
		member_int(&m, "max_tokens", c->ask->max_tokens);
	c->like->write_own(c, &m);
	members_close(&m);
}

static void write_body(const struct like_call *c, const struct like_terms *terms)
{
	bool parts = (c->model->quirks & QUIRK_MULTIMODAL_PATH) ||
		     (c->chat->features & (NEEDS_IMAGES | NEEDS_AUDIO_IN | NEEDS_VIDEO));
	struct members m = members_open(&c->call->body), input;

	set_headers(c->call, parts);
	member_text(&m, "model", c->model->upstream);
	member_name(&m, "input");
	input = members_open(&c->call->body);
	native_write_messages(c, &input, parts);
	members_close(&input);
	write_parameters(c, terms, &m);
	members_close(&m);
}

const struct like qwen_native_like = {
	.params = { params, COUNT_OF(params), { NULL, PARAM_PASSED, NULL, NULL } },
	.numbers = qwen_numbers,
	.n_numbers = QWEN_NUMBERS,
	.faults = qwen_faults,
	.n_faults = QWEN_FAULTS,
	.ways = LIKE_NO_DEVELOPER | LIKE_KEEPS_MARKS | LIKE_NO_FUNCTIONS,
	.check = check_media,
	.write_own = qwen_write_own,
	.write_body = write_body,
};

static enum err check(const struct chat *chat, const struct target *target,
		      enum unsupported unsupported, struct fault *fault_r)
{
	return like_check(&qwen_native_like, chat, target, unsupported, fault_r);
}

static enum err write_call(const struct call_ask *ask, struct arena *a, struct call *call_r,
			   struct fault *fault_r)
{
	return like_write_call(&qwen_native_like, ask, a, call_r, fault_r);
}

static void read_fault(struct arena *a, const struct vendor_head *head, struct str body,
		       struct vendor_fault *fault_r)
{
	like_read_fault(&qwen_native_like, a, head, body, fault_r);
}

const struct dialect dialect_qwen_native = {
	.name = "qwen_native",
	.auth = AUTH_BEARER,
	.caches_unasked = true,
	.check = check,
	.write_call = write_call,
	.stream_size = sizeof(struct native_stream),
	.read_reply = native_read_reply,
	.read_event = native_read_event,
	.read_fault = read_fault,
};
