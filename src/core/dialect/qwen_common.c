/*
 * qwen_common.c -- what DashScope's two modes have in common: ranges, errors, and
 * the members that switch and count thinking. doc/vendors.md, "Qwen".
 */
#include "core/dialect/qwen.h"

/* clang-format off */
const struct like_number qwen_numbers[] = {
	{ "temperature",      0, 1.99,  NULL, "1.99",   "the range is 0 to below 2", "1" },
	{ "top_p",            0.01, 1,  "0.01", NULL,   "the range is above 0 to 1", "1" },
	{ "presence_penalty", -2, 2,    NULL, NULL,     NULL,                        "0" },
	{ "top_logprobs",     0, 5,     NULL, "5",      "the range is 0 to 5",       NULL },
};

const struct fault_rule qwen_faults[] = {
	/* the account: "insufficient_quota" is not among them, it means tokens per minute here */
	{ 0,   NULL, "Arrearage", NULL,                      ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, NULL, "good standing",                  ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 401, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "invalid_api_key", NULL,                ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "InvalidApiKey", NULL,                  ERR_VENDOR_KEY, FAILOVER | OUT },
	/* a key may lack one model only, or its free tokens */
	{ 0,   NULL, "AccessDenied.Unpurchased", NULL,       ERR_VENDOR_KEY, FAILOVER | COOL },
	{ 403, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | COOL },
	/* the content */
	{ 0,   NULL, "data_inspection_failed", NULL,         ERR_CONTENT, FAILOVER },
	{ 0,   NULL, "DataInspectionFailed", NULL,           ERR_CONTENT, FAILOVER },
	/* the rate; a full engine hides behind it */
	{ 0,   NULL, NULL, "EngineOverloaded",               ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
	{ 0,   NULL, "insufficient_quota", NULL,             ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling", NULL,                     ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.RateQuota", NULL,           ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.BurstRate", NULL,           ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "Throttling.AllocationQuota", NULL,     ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 429, NULL, NULL, NULL,                             ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	/* the model */
	{ 0,   NULL, "model_not_found", NULL,                ERR_MODEL_UNKNOWN, FAILOVER },
	{ 0,   NULL, "ModelNotFound", NULL,                  ERR_MODEL_UNKNOWN, FAILOVER },
	{ 0,   NULL, NULL, "model not exist",                ERR_MODEL_UNKNOWN, FAILOVER },
	{ 404, NULL, NULL, NULL,                             ERR_MODEL_UNKNOWN, FAILOVER },
	/* the request */
	{ 0,   NULL, NULL, "range of input length",          ERR_CONTEXT, FAILOVER },
	/* a model that lives under the other path is the operator's business */
	{ 400, NULL, NULL, "url error",                      ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "enable_thinking must be",        ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "does not support",               ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, NULL,                             ERR_VENDOR_REQUEST, 0 },
	/* inside a 200, where there is no status to tell it by */
	{ 500, NULL, "invalid_parameter_error", NULL,        ERR_VENDOR_REQUEST, 0 },
	{ 500, NULL, "InvalidParameter", NULL,               ERR_VENDOR_REQUEST, 0 },
	{ 413, NULL, NULL, NULL,                             ERR_BODY_SIZE, FAILOVER },
};
/* clang-format on */

_Static_assert(COUNT_OF(qwen_numbers) == QWEN_NUMBERS, "qwen.h counts them");
_Static_assert(COUNT_OF(qwen_faults) == QWEN_FAULTS, "qwen.h counts them");

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
