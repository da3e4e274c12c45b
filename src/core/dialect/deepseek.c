/*
 * deepseek.c -- DeepSeek, chat completions.
 *
 * OpenAI's schema, with thinking that is on unless switched off. What DeepSeek does
 * not know it ignores in silence, so that the tables here are the only ones who
 * tell. doc/vendors.md, "DeepSeek".
 */
#include "core/dialect/openai_like.h"

#define NO_SUCH      "DeepSeek has no such parameter"
#define NO_SEARCH    "DeepSeek does not search"
#define LONGEST_USER 512 /* bytes of user_id */

/* clang-format off */
static const struct param_rule params[] = {
	LIKE_TAKEN,
	{ "temperature",            PARAM_TAKEN,   NULL,    NULL },
	{ "top_p",                  PARAM_TAKEN,   NULL,    NULL },
	{ "presence_penalty",       PARAM_TAKEN,   NULL,    NULL },
	{ "frequency_penalty",      PARAM_TAKEN,   NULL,    NULL },
	{ "user",                   PARAM_TAKEN,   NULL,    NULL },
	{ "safety_identifier",      PARAM_TAKEN,   NULL,    NULL },
	{ "seed",                   PARAM_DROPPED, NULL,    NO_SUCH },
	{ "logit_bias",             PARAM_DROPPED, "{}",    NO_SUCH },
	{ "parallel_tool_calls",    PARAM_DROPPED, "true",  NO_SUCH },
	{ "top_k",                  PARAM_DROPPED, "0",     NO_SUCH },
	{ "repetition_penalty",     PARAM_DROPPED, "1",     NO_SUCH },
	{ "preserve_thinking",      PARAM_DROPPED, "false", NO_SUCH },
	{ "prediction",             PARAM_DROPPED, NULL,    NO_SUCH },
	{ "verbosity",              PARAM_DROPPED, NULL,    NO_SUCH },
	{ "store",                  PARAM_DROPPED, "false", NO_SUCH },
	{ "metadata",               PARAM_DROPPED, "{}",    NO_SUCH },
	{ "moderation",             PARAM_DROPPED, NULL,    NO_SUCH },
	{ "modalities",             PARAM_DROPPED, "[\"text\"]", NO_SUCH },
	{ "audio",                  PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_key",       PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_retention", PARAM_DROPPED, NULL,    NO_SUCH },
	{ "prompt_cache_options",   PARAM_DROPPED, NULL,    NO_SUCH },
	{ "enable_code_interpreter", PARAM_REFUSED, "false", NO_SUCH },
	{ "enable_search",          PARAM_REFUSED, "false", NO_SEARCH },
	{ "web_search_options",     PARAM_REFUSED, NULL,    NO_SEARCH },
};

static const struct like_number numbers[] = {
	{ "temperature",       0, 2,  NULL, NULL, NULL, "1" },
	{ "top_p",             0, 1,  NULL, NULL, NULL, "1" },
	{ "presence_penalty",  -2, 2, NULL, NULL, NULL, "0" },
	{ "frequency_penalty", -2, 2, NULL, NULL, NULL, "0" },
};

/* The code is nearly always invalid_request_error: the status and the words decide. */
static const struct fault_rule faults[] = {
	{ 401, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 402, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   NULL, NULL, "insufficient balance",           ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 0,   "authentication_error", NULL, NULL,           ERR_VENDOR_KEY, FAILOVER | OUT },
	{ 403, NULL, NULL, NULL,                             ERR_VENDOR_KEY, FAILOVER },
	{ 0,   NULL, NULL, "supported api model names",      ERR_MODEL_UNKNOWN, FAILOVER },
	{ 0,   NULL, NULL, "model not exist",                ERR_MODEL_UNKNOWN, FAILOVER },
	{ 404, NULL, NULL, NULL,                             ERR_MODEL_UNKNOWN, FAILOVER },
	{ 0,   NULL, NULL, "maximum context length",         ERR_CONTEXT, FAILOVER },
	{ 0,   NULL, NULL, "content exists risk",            ERR_CONTENT, FAILOVER },
	/* what this model cannot do, another may */
	{ 400, NULL, NULL, "does not support",               ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "unknown variant",                ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, "`reasoning_content`",            ERR_VENDOR_REQUEST, FAILOVER },
	{ 400, NULL, NULL, NULL,                             ERR_VENDOR_REQUEST, 0 },
	{ 422, NULL, NULL, NULL,                             ERR_VENDOR_REQUEST, 0 },
	{ 413, NULL, NULL, NULL,                             ERR_BODY_SIZE, FAILOVER },
	{ 429, NULL, NULL, NULL,                             ERR_VENDOR_THROTTLED, RETRY | FAILOVER | COOL },
	{ 500, NULL, NULL, NULL,                             ERR_VENDOR_ERROR, RETRY | FAILOVER | HEALTH },
	{ 503, NULL, NULL, NULL,                             ERR_VENDOR_BUSY, RETRY | FAILOVER | HEALTH },
};
/* clang-format on */

/* `user` is called user_id, and keeps caches and limits of users apart. */
static void write_user(const struct like_call *c, struct members *m)
{
	struct json root = c->chat->root, user = json_get(root, "safety_identifier");

	if (json_unset(user))
		user = json_get(root, "user");
	if (json_chars(user).n == 0 || json_chars(user).n > LONGEST_USER)
		return;
	if (!json_present(json_get(root, "user_id")))
		member_raw(m, "user_id", json_raw(user));
}

/* A mere "enabled" leaves the level to DeepSeek. */
static bool names_level(const struct chat *chat)
{
	return !json_unset(json_get(chat->root, "reasoning_effort")) || chat->thinking_budget > 0;
}

static void write_own(const struct like_call *c, struct members *m)
{
	bool on = c->thinking.on;

	write_user(c, m);
	if (!c->thinking.tell)
		return;
	member_name(m, "thinking");
	rope_adds(m->rope, on ? "{\"type\":\"enabled\"}" : "{\"type\":\"disabled\"}");
	if (on && names_level(c->chat))
		member_text(m, "reasoning_effort", str_of(effort_name(c->chat->effort)));
}

static const struct like deepseek = {
	.params = { params, COUNT_OF(params), { NULL, PARAM_PASSED, NULL, NULL } },
	.numbers = numbers,
	.n_numbers = COUNT_OF(numbers),
	.faults = faults,
	.n_faults = COUNT_OF(faults),
	.ways = LIKE_NO_DEVELOPER | LIKE_NEEDS_CONTENT | LIKE_KEEPS_REASONING | LIKE_NO_REFUSALS |
		LIKE_NO_STRICT | LIKE_NO_FUNCTIONS,
	.write_own = write_own,
};

LIKE_DIALECT(deepseek, NULL);
