/* mock_heads.c -- response headers, as the recordings have them. */
#include "mock/mock_heads.h"

#include <time.h>

void mock_head(struct mock_reply_heads *heads, const char *name, const char *value)
{
	if (!value || heads->n == MOCK_MAX_HEADERS)
		return;
	heads->items[heads->n].name = name;
	heads->items[heads->n].value = value;
	heads->n++;
}

static void head_int(struct mock_reply_heads *heads, struct arena *a, const char *name,
		     int64_t value)
{
	mock_head(heads, name, arena_printf(a, "%lld", (long long)value).p);
}

/* the request's id without its dashes */
static const char *id_with(struct arena *a, const char *before, const struct mock_fill *f)
{
	char hex[40];
	size_t n = 0;

	for (size_t i = 0; i < f->request_id.n && n < sizeof(hex) - 1; i++) {
		if (f->request_id.p[i] != '-')
			hex[n++] = f->request_id.p[i];
	}
	return arena_printf(a, "%s%.*s", before, (int)n, hex).p;
}

/* What is used up is what the refusal is about, and full again as soon as its message says; a 429
 * for another reason tells nothing of limits. */
static void openai_limits(struct mock_reply_heads *heads, struct arena *a,
			  const struct mock_fill *f, int status)
{
	int64_t tokens = f->ask ? f->ask->input_tokens : 0;
	bool no_requests = f->refused && strcmp(f->refused, "requests") == 0;
	bool no_tokens = f->refused && strcmp(f->refused, "tokens") == 0;

	if (status == 429 && !no_requests && !no_tokens)
		return;
	mock_head(heads, "x-ratelimit-limit-requests", "500");
	mock_head(heads, "x-ratelimit-limit-tokens", "200000");
	mock_head(heads, "x-ratelimit-remaining-requests", no_requests ? "0" : "499");
	head_int(heads, a, "x-ratelimit-remaining-tokens",
		 no_tokens ? 0 : 200000 - tokens % 200000);
	mock_head(heads, "x-ratelimit-reset-requests", "120ms");
	mock_head(heads, "x-ratelimit-reset-tokens", no_tokens ? "2s" : "2ms");
}

void mock_openai_heads(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
		       int status)
{
	mock_head(heads, "x-request-id", id_with(a, "req_", f));
	if (status == 401 || status == 404) /* refused before it came to a model */
		return;
	mock_head(heads, "openai-organization", "org-mock");
	mock_head(heads, "openai-processing-ms", "42");
	mock_head(heads, "openai-project", "proj_mock");
	mock_head(heads, "openai-version", "2020-10-01");
	openai_limits(heads, a, f, status);
}

static const char *rfc3339(struct arena *a, int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_cstr(a, str_of(text));
}

void mock_anthropic_heads(struct mock_reply_heads *heads, struct arena *a,
			  const struct mock_fill *f, int status)
{
	static const struct {
		const char *limit, *remaining, *reset, *limit_value, *remaining_value;
	} rates[] = {
#define RATE(what, most, left)                                                            \
	{ "anthropic-ratelimit-" what "-limit", "anthropic-ratelimit-" what "-remaining", \
	  "anthropic-ratelimit-" what "-reset", most, left }
		RATE("input-tokens", "4000000", "3999000"),
		RATE("output-tokens", "800000", "799000"),
		RATE("requests", "20000", "19999"),
		RATE("tokens", "4800000", "4798000"),
#undef RATE
	};
	const char *reset = rfc3339(a, f->answer ? f->answer->created : 0);

	mock_head(heads, "request-id", id_with(a, "req_011", f));
	if (status >= 400 && status < 500)
		mock_head(heads, "x-should-retry", status == 429 ? "true" : "false");
	if (status == 401)
		return;
	mock_head(heads, "anthropic-organization-id", "00000000-0000-0000-0000-000000000000");
	for (size_t i = 0; i < COUNT_OF(rates) && (status == 200 || status == 429); i++) {
		mock_head(heads, rates[i].limit, rates[i].limit_value);
		mock_head(heads, rates[i].remaining,
			  status == 429 ? "0" : rates[i].remaining_value);
		mock_head(heads, rates[i].reset, reset);
	}
}

void mock_deepseek_heads(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
			 int status)
{
	(void)status;
	mock_head(heads, "vary",
		  "origin, access-control-request-method, access-control-request-headers");
	mock_head(heads, "access-control-allow-credentials", "true");
	mock_head(heads, "x-ds-trace-id", id_with(a, "", f));
}

void mock_qwen_heads(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
		     int status)
{
	int64_t now_ms = (f->answer ? f->answer->created : 0) * 1000;

	(void)status;
	mock_head(heads, "x-request-id", arena_cstr(a, f->request_id));
	mock_head(heads, "x-dashscope-call-gateway", "true");
	head_int(heads, a, "req-arrive-time", now_ms);
	mock_head(heads, "req-cost-time", "42");
	head_int(heads, a, "resp-start-time", now_ms + 42);
	mock_head(heads, "x-envoy-upstream-service-time", "41");
}

void mock_qwen_native_heads(struct mock_reply_heads *heads, struct arena *a,
			    const struct mock_fill *f, int status)
{
	mock_qwen_heads(heads, a, f, status);
	mock_head(heads, "x-dashscope-finished", f->ask && f->ask->stream ? "false" : "true");
	mock_head(heads, "x-dashscope-timeout", "298");
}
