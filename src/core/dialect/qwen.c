/*
 * qwen.c -- Qwen (DashScope) in its OpenAI-compatible mode.
 *
 * Thinking is switched and counted by members of its own; some models think only
 * while they stream, and then a stream is asked for whatever the client wants.
 * doc/vendors.md, "Qwen, compatible mode".
 */
#include "core/dialect/qwen.h"

#define NO_SUCH  "Qwen has no such parameter"
#define PAID_FOR "it is paid for apart, and has no price here"

/* clang-format off */
static const struct param_rule params[] = {
	LIKE_TAKEN,
	{ "temperature",            PARAM_TAKEN,   NULL,    NULL },
	{ "top_p",                  PARAM_TAKEN,   NULL,    NULL },
	{ "presence_penalty",       PARAM_TAKEN,   NULL,    NULL },
	{ "top_logprobs",           PARAM_TAKEN,   NULL,    NULL },
	{ "frequency_penalty",      PARAM_DROPPED, "0",     NO_SUCH },
	{ "logit_bias",             PARAM_DROPPED, "{}",    NO_SUCH },
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
	/* the account: "insufficient_quota" is not among them, it means tokens per minute here */
	{ 0,   NULL, "Arrearage", NULL,                      ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, NULL, "good standing",                  ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 401, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "invalid_api_key", NULL,                ERR_VENDOR_KEY, FAILOVER | OUT },
	/* a key may lack one model only, or its free tokens */
	{ 403, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | COOL },
	/* the content */
	{ 0,   NULL, "data_inspection_failed", NULL,         ERR_CONTENT, FAILOVER },
	{ 0,   NULL, "DataInspectionFailed", NULL,           ERR_CONTENT, FAILOVER },
	/* the rate */
	{ 0,   NULL, NULL, "EngineOverloaded",               ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
	{ 0,   NULL, "insufficient_quota", NULL,             ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling", NULL,                     ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.RateQuota", NULL,           ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.BurstRate", NULL,           ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.AllocationQuota", NULL,     ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 429, NULL, NULL, NULL,                             ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	/* the model */
	{ 0,   NULL, "model_not_found", NULL,                ERR_MODEL_UNKNOWN, FAILOVER },
	{ 0,   NULL, NULL, "model not exist",                ERR_MODEL_UNKNOWN, FAILOVER },
	{ 404, NULL, NULL, NULL,                             ERR_MODEL_UNKNOWN, FAILOVER },
	/* the request */
	{ 0,   NULL, NULL, "range of input length",          ERR_CONTEXT, FAILOVER },
	{ 400, NULL, NULL, "enable_thinking must be",        ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "does not support",               ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, NULL,                             ERR_VENDOR_REQUEST, 0 },
	{ 0,   NULL, "invalid_parameter_error", NULL,        ERR_VENDOR_REQUEST, 0 },
	{ 413, NULL, NULL, NULL,                             ERR_BODY_SIZE, FAILOVER },
	{ 599, NULL, NULL, NULL,                             ERR_VENDOR_ERROR, RETRY | FAILOVER | HEALTH },
};
/* clang-format on */

static enum err check_audio(const struct chat *chat, const struct model *model,
			    struct fault *fault_r)
{
	if (!(chat->features & NEEDS_AUDIO_OUT) || chat->stream)
		return ERR_OK;
	return fault_set(fault_r, ERR_UNSUPPORTED, "modalities", "%.*s speaks only while streaming",
			 STR_ARG(model->id));
}

/* A level of effort goes out as a number of tokens, which can never pass max_tokens. */
static void write_budget(const struct like_call *c, struct members *m)
{
	int64_t budget = thinking_budget(c->chat), most = c->ask->max_tokens;

	if (most > 0 && budget > most)
		budget = most;
	if (budget > 0)
		member_int(m, "thinking_budget", budget);
}

static void write_thinking(const struct like_call *c, struct members *m)
{
	if (!c->thinking.tell)
		return;
	if (c->model->thinking != THINKING_ALWAYS)
		member_bool(m, "enable_thinking", c->thinking.on);
	if (c->thinking.on)
		write_budget(c, m);
}

/* Qwen calls one tool at a time unless told otherwise; OpenAI's clients expect several. */
static void write_parallel_tools(const struct like_call *c, struct members *m)
{
	if (c->chat->n_tools > 0 && c->chat->parallel_tools < 0)
		member_bool(m, "parallel_tool_calls", true);
}

void qwen_write_own(const struct like_call *c, struct members *m)
{
	write_thinking(c, m);
	write_parallel_tools(c, m);
}

static const struct like qwen = {
	.params = { params, COUNT_OF(params), { NULL, PARAM_PASSED, NULL, NULL } },
	.numbers = numbers,
	.n_numbers = COUNT_OF(numbers),
	.faults = faults,
	.n_faults = COUNT_OF(faults),
	.ways = LIKE_NO_DEVELOPER | LIKE_NEEDS_CONTENT | LIKE_KEEPS_REASONING | LIKE_KEEPS_MARKS |
		LIKE_NO_REFUSALS | LIKE_AUDIO_BY_URL | LIKE_NO_FUNCTIONS,
	.check = check_audio,
	.write_own = qwen_write_own,
};

LIKE_DIALECT(qwen, NULL);
