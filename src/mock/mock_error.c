/* mock_error.c -- the vendors' errors, a table. */
#include "mock/mock_error.h"

struct row {
	enum mock_vendor vendor;
	const char *name;
	int status;
	const char *type, *code, *param, *message, *details;
};

#define INVALID "invalid_request_error"
#define ALGO    "<400> InternalError.Algo.InvalidParameter: "

/* clang-format off */
static const struct row rows[] = {
	{ MOCK_OPENAI, "bad_request", 400, INVALID, "invalid_value", "messages[0].content",
	  "Invalid value: 'input_text'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'.", NULL },
	{ MOCK_OPENAI, "context_length", 400, INVALID, "context_length_exceeded", "messages",
	  "This model's maximum context length is 128000 tokens. However, your messages resulted in 130012 tokens. Please reduce the length of the messages.", NULL },
	{ MOCK_OPENAI, "content_policy", 400, INVALID, "invalid_prompt", NULL,
	  "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: https://platform.openai.com/docs/guides/reasoning#advice-on-prompting", NULL },
	{ MOCK_OPENAI, "invalid_key", 401, INVALID, "invalid_api_key", NULL,
	  "Incorrect API key provided: sk-mock*************************key. You can find your API key at https://platform.openai.com/account/api-keys.", NULL },
	{ MOCK_OPENAI, "permission", 403, "request_forbidden", "unsupported_country_region_territory", NULL,
	  "Country, region, or territory not supported", NULL },
	{ MOCK_OPENAI, "model_not_found", 404, INVALID, "model_not_found", NULL,
	  "The model `gpt-none` does not exist or you do not have access to it.", NULL },
	{ MOCK_OPENAI, "rate_limit", 429, "requests", "rate_limit_exceeded", NULL,
	  "Rate limit reached for requests per min (RPM) in organization org-mock: Limit 500, Used 500, Requested 1. Please try again in 120ms. Visit https://platform.openai.com/account/rate-limits to learn more.", NULL },
	{ MOCK_OPENAI, "rate_limit_tokens", 429, "tokens", "rate_limit_exceeded", NULL,
	  "Rate limit reached for tokens per min (TPM) in organization org-mock: Limit 30000, Used 29000, Requested 2000. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more.", NULL },
	{ MOCK_OPENAI, "burst", 429, "rate_limit_error", "slow_down", NULL,
	  "Slow down: your request rate has increased too quickly. Please ramp up gradually.", NULL },
	{ MOCK_OPENAI, "no_money", 429, "insufficient_quota", "insufficient_quota", NULL,
	  "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.", NULL },
	{ MOCK_OPENAI, "spend_limit", 429, "insufficient_quota", "organization_spend_limit_exceeded", NULL,
	  "Your organization has reached its spend limit.", NULL },
	{ MOCK_OPENAI, "server", 500, "server_error", NULL, NULL,
	  "The server had an error while processing your request. Sorry about that!", NULL },
	{ MOCK_OPENAI, "overloaded", 503, "service_unavailable_error", "server_is_overloaded", NULL,
	  "The engine is currently overloaded, please try again later.", NULL },
	{ MOCK_OPENAI, "timeout", 504, "server_error", NULL, NULL, "Gateway timeout.", NULL },

	{ MOCK_ANTHROPIC, "bad_request", 400, INVALID, NULL, NULL,
	  "messages.0: Input does not match the expected shape.", NULL },
	{ MOCK_ANTHROPIC, "context_length", 400, INVALID, NULL, NULL,
	  "prompt is too long: 208213 tokens > 200000 maximum", NULL },
	{ MOCK_ANTHROPIC, "content_policy", 400, INVALID, NULL, NULL,
	  "Output blocked by content filtering policy", NULL },
	{ MOCK_ANTHROPIC, "credit", 400, INVALID, NULL, NULL,
	  "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.", NULL },
	{ MOCK_ANTHROPIC, "spend_cap", 400, INVALID, NULL, NULL,
	  "You have reached your specified API usage limits. You will regain access on 2099-01-01 at 00:00 UTC.", NULL },
	{ MOCK_ANTHROPIC, "invalid_key", 401, "authentication_error", NULL, NULL, "invalid x-api-key", NULL },
	{ MOCK_ANTHROPIC, "no_money", 402, "billing_error", NULL, NULL,
	  "Your account has a billing issue. Please check your payment details.", NULL },
	{ MOCK_ANTHROPIC, "permission", 403, "permission_error", NULL, NULL,
	  "Your API key does not have permission to use the specified resource.", NULL },
	{ MOCK_ANTHROPIC, "model_not_found", 404, "not_found_error", NULL, NULL, "model: claude-none", NULL },
	{ MOCK_ANTHROPIC, "too_large", 413, "request_too_large", NULL, NULL,
	  "Request exceeds the maximum size", NULL },
	{ MOCK_ANTHROPIC, "rate_limit", 429, "rate_limit_error", NULL, NULL,
	  "This request would exceed the rate limit for your organization (00000000-0000-0000-0000-000000000000) of 50 requests per minute.", NULL },
	{ MOCK_ANTHROPIC, "rate_limit_tokens", 429, "rate_limit_error", NULL, NULL,
	  "This request would exceed the rate limit for your organization (00000000-0000-0000-0000-000000000000) of 40,000 input tokens per minute.", NULL },
	{ MOCK_ANTHROPIC, "burst", 429, "rate_limit_error", NULL, NULL,
	  "Your organization's usage has increased too quickly. Please ramp up gradually.", NULL },
	{ MOCK_ANTHROPIC, "spend_limit", 429, "rate_limit_error", NULL, NULL,
	  "You have reached your API usage limits: your organization has crossed its monthly API usage threshold. You will regain access on 2099-01-01 at 00:00 UTC.",
	  "{\"error_code\":\"enforced_spend_limit_reached\"}" },
	{ MOCK_ANTHROPIC, "server", 500, "api_error", NULL, NULL, "Internal server error", NULL },
	{ MOCK_ANTHROPIC, "timeout", 504, "timeout_error", NULL, NULL, "Request timed out", NULL },
	{ MOCK_ANTHROPIC, "overloaded", 529, "overloaded_error", NULL, NULL, "Overloaded", NULL },

	{ MOCK_DEEPSEEK, "bad_request", 400, INVALID, INVALID, NULL,
	  "Failed to deserialize the JSON body into the target type: missing field `messages` at line 1 column 2", NULL },
	{ MOCK_DEEPSEEK, "invalid_parameters", 422, INVALID, INVALID, NULL,
	  "Invalid max_tokens value, the valid range of max_tokens is [1, 393216]", NULL },
	{ MOCK_DEEPSEEK, "context_length", 400, INVALID, INVALID, NULL,
	  "This model's maximum context length is 1048565 tokens. However, you requested 1250025 tokens (1250025 in the messages, 0 in the completion). Please reduce the length of the messages or completion.", NULL },
	{ MOCK_DEEPSEEK, "content_policy", 400, INVALID, INVALID, NULL, "Content Exists Risk", NULL },
	{ MOCK_DEEPSEEK, "invalid_key", 401, "authentication_error", INVALID, NULL,
	  "Authentication Fails, Your api key: ****-key is invalid", NULL },
	{ MOCK_DEEPSEEK, "no_money", 402, "unknown_error", INVALID, NULL, "Insufficient Balance", NULL },
	{ MOCK_DEEPSEEK, "permission", 403, "permission_error", INVALID, NULL, "Forbidden", NULL },
	{ MOCK_DEEPSEEK, "model_not_found", 400, INVALID, INVALID, NULL,
	  "The supported API model names are deepseek-v4-pro or deepseek-v4-flash, but you passed deepseek-none.", NULL },
	{ MOCK_DEEPSEEK, "rate_limit", 429, "rate_limit_reached_error", INVALID, NULL,
	  "You have reached the concurrency limit of your account. Please try again later.", NULL },
	{ MOCK_DEEPSEEK, "server", 500, "server_error", INVALID, NULL, "Internal Server Error", NULL },
	{ MOCK_DEEPSEEK, "overloaded", 503, "service_unavailable_error", INVALID, NULL,
	  "Service is too busy. Please try again later.", NULL },
	{ MOCK_DEEPSEEK, "timeout", 504, "server_error", INVALID, NULL, "Gateway Timeout", NULL },

	{ MOCK_QWEN, "bad_request", 400, INVALID, "invalid_parameter_error", NULL,
	  ALGO "Input should be a valid list: input.messages", NULL },
	{ MOCK_QWEN, "context_length", 400, INVALID, "invalid_parameter_error", NULL,
	  ALGO "Range of input length should be [1, 30720]", NULL },
	{ MOCK_QWEN, "content_policy", 400, "data_inspection_failed", "data_inspection_failed", NULL,
	  "Input text data may contain inappropriate content.", NULL },
	{ MOCK_QWEN, "no_money", 400, "Arrearage", "Arrearage", NULL,
	  "Access denied, please make sure your account is in good standing.", NULL },
	{ MOCK_QWEN, "invalid_key", 401, INVALID, "invalid_api_key", NULL,
	  "Incorrect API key provided. For details, see: https://help.aliyun.com/zh/model-studio/error-code#apikey-error", NULL },
	{ MOCK_QWEN, "permission", 403, "access_denied", "AccessDenied.Unpurchased", NULL,
	  "Access to model denied. Please make sure you are eligible for using the model.", NULL },
	{ MOCK_QWEN, "free_quota", 403, "insufficient_quota", "insufficient_quota", NULL,
	  "The free tier of the model has been exhausted.", NULL },
	{ MOCK_QWEN, "model_not_found", 404, INVALID, "model_not_found", NULL,
	  "The model `qwen-none` does not exist or you do not have access to it.", NULL },
	{ MOCK_QWEN, "rate_limit", 429, "limit_requests", "limit_requests", NULL,
	  "You exceeded your current requests list.", NULL },
	{ MOCK_QWEN, "rate_limit_tokens", 429, "insufficient_quota", "insufficient_quota", NULL,
	  "You exceeded your current quota, please check your plan and billing details.", NULL },
	{ MOCK_QWEN, "burst", 429, "limit_burst_rate", "limit_burst_rate", NULL,
	  "Request rate increased too quickly. To ensure system stability, please adjust your client logic to scale requests more smoothly over time.", NULL },
	{ MOCK_QWEN, "server", 500, "internal_error", "internal_error", NULL,
	  "<500> InternalError.Algo: An internal error has occured during execution, please try again later or contact service support.", NULL },
	{ MOCK_QWEN, "overloaded", 503, "service_unavailable", "ModelServingError", NULL,
	  "Too many requests. Your requests are being throttled due to system capacity limits. Please try again later.", NULL },
	{ MOCK_QWEN, "timeout", 504, "internal_error", "RequestTimeOut", NULL,
	  "Request timed out, please try again later.", NULL },
};
/* clang-format on */

static void from_row(const struct row *row, struct mock_error *error_r)
{
	*error_r = (struct mock_error){
		.status = row->status,
		.type = row->type,
		.code = row->code,
		.param = str_of(row->param),
		.message = str_of(row->message),
		.details = row->details,
	};
}

bool mock_error_named(enum mock_vendor v, struct str name, struct mock_error *error_r)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].vendor == v && str_is(name, rows[i].name)) {
			from_row(&rows[i], error_r);
			return true;
		}
	}
	return false;
}

bool mock_error_known(struct str name)
{
	struct mock_error error;

	for (int v = 0; v < MOCK_VENDORS; v++) {
		if (mock_error_named((enum mock_vendor)v, name, &error))
			return true;
	}
	return false;
}

void mock_error_of_status(enum mock_vendor v, int status, struct mock_error *error_r)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < COUNT_OF(rows) && !best; i++) {
		if (rows[i].vendor == v && rows[i].status == status)
			best = &rows[i];
	}
	if (best)
		from_row(best, error_r);
	else
		(void)mock_error_named(v, str_of(status < 500 ? "bad_request" : "server"), error_r);
	error_r->status = status;
}
