/* mock_auth.c -- who is let in. */
#include "mock/mock_auth.h"

#include "mock/mock_dialect.h"

#define INVALID "invalid_request_error"

struct str mock_credential(const struct mock_ask *ask)
{
	static const struct str bearer = STR("Bearer ");
	struct str value = ask->heads.authorization;

	if (ask->dialect->x_api_key)
		return ask->heads.api_key;
	return str_ieq(str_sub(value, 0, bearer.n), bearer) ? str_sub(value, bearer.n, value.n)
							    : STR_NONE;
}

/* clang-format off */
static const struct words {
	const struct mock_dialect *dialect;
	const char *type, *code, *missing, *missing_code;
	const char *bad_json;
} words[] = {
	{ &mock_openai, INVALID, "invalid_api_key",
	  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
	  "(i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.", NULL,
	  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
	  "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)" },
	{ &mock_anthropic, "authentication_error", NULL, "x-api-key header is required", NULL,
	  "The request body is not valid JSON" },
	{ &mock_deepseek, "authentication_error", INVALID, "Authentication Fails (governor)", INVALID,
	  "Failed to parse the request body as JSON" },
	{ &mock_qwen, INVALID, "invalid_api_key", "You didn't provide an API key.", "invalid_api_key",
	  "Failed to decode JSON body" },
	{ &mock_qwen_native, NULL, "InvalidApiKey", "No API-key provided.", "InvalidApiKey",
	  "Required body invalid, please check the request body format." },
};
/* clang-format on */

static const struct words *words_of(const struct mock_ask *ask)
{
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (words[i].dialect == ask->dialect)
			return &words[i];
	}
	abort();
}

/* The vendors show some of a wrong key: OpenAI its ends, DeepSeek its last four characters. */
static struct str wrong_words(const struct mock_ask *ask, struct str key)
{
	size_t n = key.n;

	if (ask->dialect == &mock_openai)
		return arena_printf(
			ask->a,
			"Incorrect API key provided: %.*s**************%.*s. You can find your "
			"API key at https://platform.openai.com/account/api-keys.",
			STR_ARG(str_sub(key, 0, n > 12 ? 8 : 0)),
			STR_ARG(str_sub(key, n > 12 ? n - 4 : n, n)));
	if (ask->dialect == &mock_anthropic)
		return STR("invalid x-api-key");
	if (ask->dialect == &mock_deepseek)
		return arena_printf(ask->a,
				    "Authentication Fails, Your api key: ****%.*s is invalid",
				    STR_ARG(str_sub(key, n > 4 ? n - 4 : 0, n)));
	if (ask->dialect == &mock_qwen)
		return STR("Incorrect API key provided. For details, see: "
			   "https://help.aliyun.com/zh/model-studio/error-code#apikey-error");
	return STR("Invalid API-key provided.");
}

bool mock_auth(struct mock_ask *ask, const char *good)
{
	const struct words *w = words_of(ask);
	struct str key = mock_credential(ask);

	if (key.n && (!good || str_is(key, good)))
		return true;
	ask->error = (struct mock_error){
		.status = 401,
		.type = w->type,
		.code = key.n ? w->code : w->missing_code,
		.message = key.n ? wrong_words(ask, key) : str_of(w->missing),
	};
	return false;
}

bool mock_auth_bad_json(struct mock_ask *ask)
{
	ask->error = (struct mock_error){
		.status = 400,
		.type = INVALID,
		.code = ask->dialect->vendor == MOCK_DEEPSEEK ? INVALID : NULL,
		.message = str_of(words_of(ask)->bad_json),
	};
	return false;
}
