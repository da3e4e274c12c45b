/* mock_serve.c -- from a path to what answers it. */
#include "mock/mock_auth.h"
#include "mock/mock_play.h"

#define MAX_BODY_BYTES (1u << 20)

/* --- lists of models --- */

static void list_openai(struct buf *out, const struct mock_model *m)
{
	buf_printf(out,
		   "{\"id\":\"%s\",\"object\":\"model\",\"created\":1767225600,\"owned_by\":"
		   "\"system\"}",
		   m->name);
}

static void list_deepseek(struct buf *out, const struct mock_model *m)
{
	buf_printf(out, "{\"id\":\"%s\",\"object\":\"model\",\"owned_by\":\"deepseek\"}", m->name);
}

static void list_anthropic(struct buf *out, const struct mock_model *m)
{
	buf_printf(out,
		   "{\"type\":\"model\",\"id\":\"%s\",\"display_name\":\"%s\",\"created_at\":"
		   "\"2026-01-01T00:00:00Z\",\"max_input_tokens\":%lld,\"max_tokens\":%lld}",
		   m->answers_as, m->name, (long long)m->context, (long long)m->max_output);
}

static void list_models(struct mock *m, enum mock_vendor v, struct buf *out)
{
	static void (*const items[MOCK_VENDORS])(struct buf *, const struct mock_model *) = {
		[MOCK_OPENAI] = list_openai,
		[MOCK_ANTHROPIC] = list_anthropic,
		[MOCK_DEEPSEEK] = list_deepseek,
		[MOCK_QWEN] = list_openai,
	};
	const struct mock_model *model;

	buf_adds(out, v == MOCK_ANTHROPIC ? "{\"data\":[" : "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; (model = mock_models_at(&m->models, v, i)); i++) {
		if (i)
			buf_addc(out, ',');
		items[v](out, model);
	}
	buf_adds(out, v == MOCK_ANTHROPIC ? "],\"has_more\":false}" : "]}");
}

/* --- answers without a play --- */

static void reply(struct exchange *x, int status, struct buf *body)
{
	const struct reply_header type = { "content-type", "application/json" };

	exchange_reply(x, status, &type, 1, body);
}

/* an error in a dialect's form */
static void reply_error(struct exchange *x, const struct mock_dialect *d,
			const struct mock_error *e)
{
	struct mock_fill fill = { .request_id = STR("00000000-0000-4000-8000-000000000000") };
	struct buf body;

	buf_init(&body, MAX_BODY_BYTES);
	d->error(&body, e, &fill);
	reply(x, e->status, &body);
}

static struct mock_heads read_heads(const struct exchange *x)
{
	return (struct mock_heads){
		.authorization = exchange_header(x, "authorization"),
		.api_key = exchange_header(x, "x-api-key"),
		.anthropic_version = exchange_header(x, "anthropic-version"),
		.dashscope_sse = exchange_header(x, "x-dashscope-sse"),
		.attempt = exchange_header(x, "x-client-request-id"),
	};
}

static void reply_models(struct mock *m, struct exchange *x, const struct mock_dialect *d)
{
	struct arena a;
	struct mock_ask ask = { .a = &a, .dialect = d, .heads = read_heads(x) };
	struct buf body;

	arena_init(&a, MAX_BODY_BYTES);
	if (mock_auth(&ask, m->keys[d->vendor])) {
		buf_init(&body, MAX_BODY_BYTES);
		list_models(m, d->vendor, &body);
		reply(x, 200, &body);
	} else {
		reply_error(x, d, &ask.error);
	}
	arena_release(&a);
}

/* --- routes --- */

enum kind { KIND_CHAT, KIND_COUNT, KIND_MODELS, KIND_MULTIMODAL };

#define GENERATION "/api/v1/services/aigc/"

static const struct route {
	const char *method, *path;
	enum kind kind;
	const struct mock_dialect *dialect;
} routes[] = {
	{ "POST", "/v1/chat/completions", KIND_CHAT, &mock_openai },
	{ "GET", "/v1/models", KIND_MODELS, &mock_openai },
	{ "POST", "/v1/messages", KIND_CHAT, &mock_anthropic },
	{ "POST", "/v1/messages/count_tokens", KIND_COUNT, &mock_anthropic },
	{ "GET", "/v1/models", KIND_MODELS, &mock_anthropic },
	{ "POST", "/chat/completions", KIND_CHAT, &mock_deepseek },
	{ "POST", "/v1/chat/completions", KIND_CHAT, &mock_deepseek },
	{ "POST", "/beta/chat/completions", KIND_CHAT, &mock_deepseek },
	{ "GET", "/models", KIND_MODELS, &mock_deepseek },
	{ "GET", "/v1/models", KIND_MODELS, &mock_deepseek },
	{ "POST", "/compatible-mode/v1/chat/completions", KIND_CHAT, &mock_qwen },
	{ "GET", "/compatible-mode/v1/models", KIND_MODELS, &mock_qwen },
	{ "POST", GENERATION "text-generation/generation", KIND_CHAT, &mock_qwen_native },
	{ "POST", GENERATION "multimodal-generation/generation", KIND_MULTIMODAL,
	  &mock_qwen_native },
};

/* "/openai/v1/models" to the vendor and "/v1/models"; a door of one vendor has no prefix */
static bool split_path(const struct mock_door *door, struct str path, enum mock_vendor *vendor_r,
		       struct str *rest_r)
{
	struct str rest = path;

	*vendor_r = door->vendor;
	*rest_r = path;
	if (door->single)
		return true;
	(void)str_cut(&rest, '/');
	if (!mock_vendor_of(str_cut(&rest, '/'), vendor_r) || str_absent(rest))
		return false;
	*rest_r = (struct str){ rest.p - 1, rest.n + 1 };
	return true;
}

static const struct route *find_route(enum mock_vendor vendor, struct str method, struct str path)
{
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		if (routes[i].dialect->vendor == vendor && str_is(method, routes[i].method) &&
		    str_is(path, routes[i].path))
			return &routes[i];
	}
	return NULL;
}

static void reply_unknown(struct exchange *x, enum mock_vendor vendor)
{
	static const struct mock_dialect *const dialects[MOCK_VENDORS] = {
		[MOCK_OPENAI] = &mock_openai,
		[MOCK_ANTHROPIC] = &mock_anthropic,
		[MOCK_DEEPSEEK] = &mock_deepseek,
		[MOCK_QWEN] = &mock_qwen,
	};
	const struct mock_error unknown = {
		.status = 404,
		.type = vendor == MOCK_ANTHROPIC ? "not_found_error" : "invalid_request_error",
		.code = vendor == MOCK_OPENAI ? "unknown_url" : NULL,
		.message = STR("Not found"),
	};

	reply_error(x, dialects[vendor], &unknown);
}

static void log_request(struct mock *m, const struct exchange *x)
{
	static const char *const names[] = { "authorization",     "x-api-key",
					     "anthropic-version", "anthropic-beta",
					     "x-dashscope-sse",   "x-client-request-id",
					     "content-type",      "openai-organization",
					     "openai-project",    "accept",
					     "user-agent" };
	struct str headers[COUNT_OF(names)][2];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		headers[i][0] = str_of(names[i]);
		headers[i][1] = exchange_header(x, names[i]);
	}
	mock_ledger_request(&m->ledger, m->number, exchange_method(x), exchange_path(x), headers,
			    COUNT_OF(names), exchange_body(x));
}

static void serve_vendor(struct mock *m, struct exchange *x, enum mock_vendor vendor,
			 struct str path)
{
	const struct route *route = find_route(vendor, exchange_method(x), path);
	struct mock_heads heads = read_heads(x);

	m->stats.requests++;
	m->number++;
	log_request(m, x);
	if (!route) {
		reply_unknown(x, vendor);
		return;
	}
	heads.counts_only = route->kind == KIND_COUNT;
	heads.multimodal = route->kind == KIND_MULTIMODAL;
	if (route->kind == KIND_MODELS)
		reply_models(m, x, route->dialect);
	else
		mock_play(m, x, route->dialect, &heads);
}

/* --- front --- */

static bool on_headers(void *who, struct exchange *x)
{
	(void)who;
	(void)x;
	return true;
}

static void on_request(void *who, struct exchange *x)
{
	struct mock_door *door = who;
	enum mock_vendor vendor;
	struct str path;

	if (str_starts(exchange_path(x), STR("/_mock/")))
		mock_admin(door->mock, x);
	else if (split_path(door, exchange_path(x), &vendor, &path))
		serve_vendor(door->mock, x, vendor, path);
	else
		reply_unknown(x, MOCK_OPENAI);
}

static void on_gone(void *attached)
{
	if (attached)
		mock_play_gone(attached);
}

static void on_drained(void *attached)
{
	mock_play_drained(attached);
}

static void on_refuse(void *who, const struct fault *fault, struct headers *h_r, struct buf *body_r)
{
	(void)who;
	headers_add(h_r, "content-type", STR("application/json"));
	buf_adds(body_r, "{\"error\":{\"message\":");
	json_quote(body_r, str_of(fault->text));
	buf_adds(body_r, ",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}");
}

const struct front_handler mock_handler = {
	.headers = on_headers,
	.request = on_request,
	.gone = on_gone,
	.drained = on_drained,
	.refuse = on_refuse,
};
