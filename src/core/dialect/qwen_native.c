/*
 * qwen_native.c -- Qwen (DashScope) in its native mode.
 *
 * The parameters are those of the compatible mode, in another envelope; content
 * has parts of another form where images, sound or films are among them. Thinking
 * and its rules are the same. doc/vendors.md, "Qwen, native mode".
 */
#include "core/dialect/qwen_native.h"

#define NO_SUCH  "Qwen has no such parameter"
#define PAID_FOR "it is paid for apart, and has no price here"

/* clang-format off */
static const struct param_rule params[] = {
	LIKE_TAKEN,
	{ "temperature",            PARAM_TAKEN,   NULL,    NULL },
	{ "top_p",                  PARAM_TAKEN,   NULL,    NULL },
	{ "presence_penalty",       PARAM_TAKEN,   NULL,    NULL },
	{ "top_logprobs",           PARAM_TAKEN,   NULL,    NULL },
	{ "result_format",          PARAM_TAKEN,   NULL,    NULL },
	{ "incremental_output",     PARAM_TAKEN,   NULL,    NULL },
	{ "frequency_penalty",      PARAM_DROPPED, "0",     NO_SUCH },
	{ "modalities",             PARAM_DROPPED, "[\"text\"]", NO_SUCH },
	{ "prediction",             PARAM_DROPPED, NULL,    NO_SUCH },
	{ "verbosity",              PARAM_DROPPED, NULL,    NO_SUCH },
	{ "store",                  PARAM_DROPPED, "false", NO_SUCH },
	{ "metadata",               PARAM_DROPPED, "{}",    NO_SUCH },
	{ "moderation",             PARAM_DROPPED, NULL,    NO_SUCH },
	{ "user",                   PARAM_DROPPED, NULL,    NO_SUCH },
	{ "safety_identifier",      PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_key",       PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_retention", PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_options",   PARAM_DROPPED, NULL,    NO_SUCH },
	{ "search_options",         PARAM_DROPPED, NULL,    "there is no search" },
	{ "enable_search",          PARAM_REFUSED, "false", PAID_FOR },
	{ "enable_code_interpreter", PARAM_REFUSED, "false", PAID_FOR },
	{ "web_search_options",     PARAM_REFUSED, NULL,    NO_SUCH },
};

static const struct like_number numbers[] = {
	{ "temperature",      0, 1.99,  NULL, "1.99",   "the range is 0 to below 2", "1" },
	{ "top_p",            0.01, 1,  "0.01", NULL,   "the range is above 0 to 1", "1" },
	{ "presence_penalty", -2, 2,    NULL, NULL,     NULL,                        "0" },
	{ "top_logprobs",     0, 5,     NULL, "5",      "the range is 0 to 5",       NULL },
};

static const struct fault_rule faults[] = {
	{ 0,   NULL, "Arrearage", NULL,                      ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "InvalidApiKey", NULL,                  ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 401, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | OUT },
	/* a key may lack one model only, or its free tokens */
	{ 0,   NULL, "AccessDenied.Unpurchased", NULL,       ERR_VENDOR_KEY, FAILOVER | COOL },
	{ 403, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | COOL },
	/* the content */
	{ 0,   NULL, "DataInspectionFailed", NULL,           ERR_CONTENT, FAILOVER },
	{ 0,   NULL, "data_inspection_failed", NULL,         ERR_CONTENT, FAILOVER },
	/* the rate; a full engine hides behind it */
	{ 0,   NULL, NULL, "EngineOverloaded",               ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
	{ 0,   NULL, "Throttling", NULL,                     ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.RateQuota", NULL,           ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.BurstRate", NULL,           ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.AllocationQuota", NULL,     ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 429, NULL, NULL, NULL,                             ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	/* the model */
	{ 0,   NULL, NULL, "model not exist",                ERR_MODEL_UNKNOWN, FAILOVER },
	{ 0,   NULL, "ModelNotFound", NULL,                  ERR_MODEL_UNKNOWN, FAILOVER },
	{ 404, NULL, NULL, NULL,                             ERR_MODEL_UNKNOWN, FAILOVER },
	/* the request; a model that lives under the other path is the operator's business */
	{ 0,   NULL, NULL, "range of input length",          ERR_CONTEXT, FAILOVER },
	{ 400, NULL, NULL, "url error",                      ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "enable_thinking must be",        ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "does not support",               ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, NULL,                             ERR_VENDOR_REQUEST, 0 },
	{ 0,   NULL, "InvalidParameter", NULL,               ERR_VENDOR_REQUEST, 0 },
	{ 413, NULL, NULL, NULL,                             ERR_BODY_SIZE, FAILOVER },
};
/* clang-format on */

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
	.numbers = numbers,
	.n_numbers = COUNT_OF(numbers),
	.faults = faults,
	.n_faults = COUNT_OF(faults),
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
	.check = check,
	.write_call = write_call,
	.stream_size = sizeof(struct native_stream),
	.read_reply = native_read_reply,
	.read_event = native_read_event,
	.read_fault = read_fault,
};
