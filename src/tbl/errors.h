/*
 * ERR(name, http, type, code, retry, text)
 *
 * One line per error. `type` and `code` are what an OpenAI client sees in
 * error.type and error.code; `retry` is what x-should-retry says: NO also where a
 * client library would retry by itself in vain, YES where a wait helps, MAYBE
 * leaves it to the library's own rule (no header). The text is the manual's; the
 * message a client gets names the entity, limit and period at fault.
 */
/* --- the client's request --- */
ERR(HTTP,         400, "invalid_request_error", "malformed_request",      NO,    "the HTTP request is not well formed")
ERR(JSON,         400, "invalid_request_error", "invalid_json",           NO,    "the body is not the JSON this endpoint takes")
ERR(VALUE,        400, "invalid_request_error", "invalid_value",          NO,    "a parameter has a value it cannot have")
ERR(MISSING,      400, "invalid_request_error", "missing_required_parameter", NO, "a parameter that must be given is absent")
ERR(UNSUPPORTED,  400, "invalid_request_error", "unsupported_parameter",  NO,    "no candidate model can do what a parameter asks")
ERR(CONTEXT,      400, "invalid_request_error", "context_length_exceeded", NO,   "the prompt is longer than every candidate's context")
ERR(CONTENT,      400, "invalid_request_error", "content_policy_violation", NO,  "the vendor refused the content of the request")
ERR(PATH,         404, "invalid_request_error", "unknown_url",            NO,    "no such path")
ERR(METHOD,       405, "invalid_request_error", "method_not_allowed",     NO,    "the path does not take this method")
ERR(SLOW,         408, "invalid_request_error", "request_timeout",        NO,    "the request did not arrive in time")
ERR(BODY_SIZE,    413, "invalid_request_error", "request_too_large",      NO,    "the body is larger than the limit")
ERR(MEDIA,        415, "invalid_request_error", "unsupported_media_type", NO,    "the body is not announced as application/json")
ERR(HEADER_SIZE,  431, "invalid_request_error", "headers_too_large",      NO,    "the request's headers are larger than the limit")
/* --- who asks, and what for --- */
ERR(KEY_MISSING,  401, "authentication_error",  "missing_api_key",        NO,    "no API key was sent")
ERR(KEY_WRONG,    401, "authentication_error",  "invalid_api_key",        NO,    "the API key is not known")
ERR(KEY_EXPIRED,  401, "authentication_error",  "expired_api_key",        NO,    "the API key has expired")
ERR(KEY_BLOCKED,  403, "permission_error",      "key_blocked",            NO,    "the key, or its team or org, is blocked")
ERR(MODEL_DENIED, 403, "permission_error",      "model_not_allowed",      NO,    "the key may not use this model")
ERR(MODEL_UNPRICED, 403, "permission_error",    "model_not_priced",       NO,    "the model has no price, and the key has a budget")
ERR(MODEL_UNKNOWN, 404, "invalid_request_error", "model_not_found",       NO,    "no such model")
ERR(ANSWER_UNKNOWN, 404, "invalid_request_error", "answer_not_found",     NO,    "no such answer that the key could rate, or none any more")
ERR(ANSWER_RATED, 409, "invalid_request_error", "answer_rated",           NO,    "the answer was rated otherwise before")
ERR(TOO_DEAR,     400, "invalid_request_error", "max_cost_exceeded",      NO,    "every candidate is dearer than the request, its key or policy allow")
ERR(TOO_SLOW,     400, "invalid_request_error", "max_latency_exceeded",   NO,    "every candidate is slower than the request, its key or policy allow")
ERR(TOO_WEAK,     400, "invalid_request_error", "quality_floor_unmet",    NO,    "no candidate is as good as the request, its key or policy want")
ERR(FILTERED,     400, "invalid_request_error", "no_candidate",           NO,    "the strategy leaves out every candidate")
/* --- limits --- */
ERR(BUDGET,       402, "insufficient_quota",    "budget_exceeded",        NO,    "a budget has too little left for the request")
ERR(BUDGET_HELD,  429, "insufficient_quota",    "budget_reserved",        YES,   "a budget has too little left until requests in flight settle")
ERR(RPM,          429, "requests",              "rate_limit_exceeded",    YES,   "too many requests per minute")
ERR(TPM,          429, "tokens",                "rate_limit_exceeded",    YES,   "too many tokens per minute")
ERR(TPM_SIZE,     429, "tokens",                "request_over_rate_limit", NO,   "the request alone is larger than the tokens per minute")
ERR(CONCURRENCY,  429, "requests",              "concurrency_limit_exceeded", YES, "too many requests at once")
/* --- the vendors, when no candidate is left --- */
ERR(VENDOR_REQUEST, 400, "invalid_request_error", "vendor_refused",       NO,    "the vendor found the request wrong")
ERR(VENDOR_THROTTLED, 429, "requests",          "vendor_rate_limited",    NO,    "every candidate's vendor is limiting our rate")
ERR(VENDOR_ERROR, 502, "upstream_error",        "vendor_error",           NO,    "every candidate's vendor failed")
ERR(VENDOR_KEY,   502, "upstream_error",        "vendor_credential",      NO,    "the vendor refused the gateway's own credential or account")
ERR(VENDOR_UNREACHABLE, 502, "upstream_error",  "vendor_unreachable",     NO,    "no connection to the vendor")
ERR(VENDOR_GARBAGE, 502, "upstream_error",      "vendor_garbage",         NO,    "the vendor's answer could not be understood")
ERR(VENDOR_CUT,   502, "upstream_error",        "upstream_truncated",     NO,    "the vendor broke off in the middle of its answer")
ERR(VENDOR_BUSY,  503, "upstream_error",        "vendor_overloaded",      NO,    "every candidate's vendor is overloaded")
ERR(VENDOR_TIMEOUT, 504, "upstream_error",      "vendor_timeout",         NO,    "the vendor did not answer in time")
/* --- ourselves --- */
ERR(GONE,         499, "invalid_request_error", "client_closed_request",  MAYBE, "the client went away")
ERR(INTERNAL,     500, "server_error",          "internal_error",         NO,    "a defect in the gateway")
ERR(STORE,        503, "server_error",          "store_unavailable",      YES,   "Redis does not answer, so that nothing can be paid for")
ERR(OVERLOAD,     503, "server_error",          "overloaded",             YES,   "the gateway has as many requests as it may hold")
ERR(DRAINING,     503, "server_error",          "draining",               YES,   "the gateway is about to stop")
