/*
 * openai.c -- OpenAI, chat completions.
 *
 * The client's own dialect: its JSON goes out as it came but for what the gateway
 * decides. doc/vendors.md, "OpenAI".
 */
#include "core/dialect/openai_client.h"
#include "core/dialect/openai_like.h"

#define NO_SUCH "OpenAI has no such parameter"

/* clang-format off */
static const struct param_rule params[] = {
	LIKE_TAKEN,
	{ "temperature",            PARAM_TAKEN,   NULL,    NULL },
	{ "top_p",                  PARAM_TAKEN,   NULL,    NULL },
	{ "presence_penalty",       PARAM_TAKEN,   NULL,    NULL },
	{ "frequency_penalty",      PARAM_TAKEN,   NULL,    NULL },
	{ "top_k",                  PARAM_DROPPED, "0",     NO_SUCH },
	{ "repetition_penalty",     PARAM_DROPPED, "1",     NO_SUCH },
	{ "preserve_thinking",      PARAM_DROPPED, "false", NO_SUCH },
	{ "user_id",                PARAM_DROPPED, NULL,    NO_SUCH },
	{ "enable_search",          PARAM_REFUSED, "false", NO_SUCH },
	{ "enable_code_interpreter", PARAM_REFUSED, "false", NO_SUCH },
	{ "web_search_options",     PARAM_REFUSED, NULL,    "searches are paid for apart, and have no price here" },
};

static const struct like_number numbers[] = {
	{ "temperature",       0, 2,  NULL, NULL, NULL, "1" },
	{ "top_p",             0, 1,  NULL, NULL, NULL, "1" },
	{ "presence_penalty",  -2, 2, NULL, NULL, NULL, "0" },
	{ "frequency_penalty", -2, 2, NULL, NULL, NULL, "0" },
};

static const struct fault_rule faults[] = {
	/* money: waiting helps nobody, whatever the status says */
	{ 0,   NULL, "insufficient_quota", NULL,         ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "billing_hard_limit_reached", NULL, ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "credit_balance_exhausted", NULL,   ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "organization_spend_limit_exceeded", NULL, ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "project_spend_limit_exceeded", NULL, ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, "organization_usage_limit_exceeded", NULL, ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   "insufficient_quota", NULL, NULL,         ERR_VENDOR_KEY, FAILOVER | OUT },
	/* our key */
	{ 0,   NULL, "invalid_api_key", NULL,            ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 401, NULL, NULL, NULL,                         ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 403, NULL, NULL, NULL,                         ERR_VENDOR_KEY, FAILOVER },
	/* the model */
	{ 0,   NULL, "model_not_found", NULL,            ERR_MODEL_UNKNOWN, FAILOVER },
	{ 404, NULL, NULL, NULL,                         ERR_MODEL_UNKNOWN, FAILOVER },
	/* the request */
	{ 0,   NULL, "context_length_exceeded", NULL,    ERR_CONTEXT, FAILOVER },
	{ 0,   NULL, NULL, "exceeds the context window", ERR_CONTEXT, FAILOVER },
	{ 0,   NULL, NULL, "maximum context length",     ERR_CONTEXT, FAILOVER },
	{ 0,   NULL, "unsupported_parameter", NULL,      ERR_VENDOR_REQUEST, FAILOVER },
	{ 0,   NULL, "unsupported_value", NULL,          ERR_VENDOR_REQUEST, FAILOVER },
	{ 0,   NULL, "content_policy_violation", NULL,   ERR_CONTENT, 0 },
	{ 0,   NULL, "invalid_prompt", NULL,             ERR_CONTENT, 0 },
	{ 0,   NULL, "content_filter", NULL,             ERR_CONTENT, 0 },
	{ 413, NULL, NULL, NULL,                         ERR_BODY_SIZE, FAILOVER },
	/* the rate */
	{ 429, NULL, NULL, "request too large",          ERR_VENDOR_THROTTLED, FAILOVER },
	{ 0,   NULL, "slow_down", NULL,                  ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 0,   NULL, "rate_limit_exceeded", NULL,        ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 429, NULL, NULL, NULL,                         ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	/* the vendor */
	{ 0,   NULL, "server_is_overloaded", NULL,       ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
	{ 503, NULL, NULL, NULL,                         ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
	{ 504, NULL, NULL, NULL,                         ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH },
	{ 0,   "server_error", NULL, NULL,               ERR_VENDOR_ERROR, RETRY | FAILOVER | HEALTH },
	/* inside a 200, where there is no status to tell it by */
	{ 500, "invalid_request_error", NULL, NULL,      ERR_VENDOR_REQUEST, 0 },
};
/* clang-format on */

/* Other vendors' words for thinking go out as OpenAI's. */
static void write_own(const struct like_call *c, struct members *m)
{
	enum effort effort = c->thinking.on ? c->chat->effort : EFFORT_NONE;

	if (c->thinking.tell && effort != EFFORT_UNSET)
		member_text(m, "reasoning_effort", str_of(effort_name(effort)));
}

static const struct like openai = {
	.params = { params, COUNT_OF(params), { NULL, PARAM_PASSED, NULL, NULL } },
	.numbers = numbers,
	.n_numbers = COUNT_OF(numbers),
	.faults = faults,
	.n_faults = COUNT_OF(faults),
	.ways = LIKE_HAS_TIERS,
	.write_own = write_own,
};

LIKE_DIALECT(openai, &openai_client);
