/*
 * routes.c -- which path is served by what, and refusing the rest early.
 *
 * Whatever can be refused by its headers is refused before the body is read.
 */
#include "gate/routes.h"

#include "core/apikey.h"
#include "gate/feedback.h"
#include "gate/gateway.h"
#include "gate/listing.h"
#include "gate/reply.h"
#include "gate/request.h"

enum keyed { OPEN, KEYED };

struct route {
	const char *method, *path;
	void (*serve)(struct worker *w, struct exchange *x);
	enum keyed keyed;
};

static void route_chat(struct worker *w, struct exchange *x);
static void route_models(struct worker *w, struct exchange *x);
static void route_model(struct worker *w, struct exchange *x);
static void route_feedback(struct worker *w, struct exchange *x);
static void route_healthz(struct worker *w, struct exchange *x);
static void route_readyz(struct worker *w, struct exchange *x);

static const struct route routes[] = {
#define ROUTE(method, path, name, key, text) { method, path, route_##name, key },
#include "tbl/routes.h"
#undef ROUTE
};

static bool path_matches(const struct route *route, struct str path)
{
	struct str want = str_of(route->path);

	if (str_ends(want, STR("/")))
		return str_starts(path, want) && path.n > want.n;
	return str_eq(path, want);
}

/* where there is something to get, its head alone may be asked for */
static bool method_matches(const struct route *route, struct str method)
{
	return str_is(method, route->method) ||
	       (str_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

/* NULL: no such path, or (method_wrong_r) not by this method */
static const struct route *find_route(const struct exchange *x, bool *method_wrong_r)
{
	*method_wrong_r = false;
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		if (!path_matches(&routes[i], exchange_path(x)))
			continue;
		if (method_matches(&routes[i], exchange_method(x)))
			return &routes[i];
		*method_wrong_r = true;
	}
	return NULL;
}

/* RFC 9110 15.5.6: what may be asked of the path instead */
static void add_allow(struct headers *h, struct str path)
{
	char list[64] = "";
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(routes) && n < sizeof(list); i++) {
		if (!path_matches(&routes[i], path))
			continue;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s%s", n ? ", " : "",
				      routes[i].method,
				      strcmp(routes[i].method, "GET") == 0 ? ", HEAD" : "");
	}
	headers_add(h, "allow", str_of(list));
}

static void refuse(struct worker *w, struct exchange *x, const struct fault *f)
{
	struct headers h = { 0 };

	stats_count(&w->stats, f->code == ERR_OVERLOAD ? COUNT_refused_overload
			       : f->code == ERR_KEY_MISSING || f->code == ERR_KEY_WRONG
				       ? COUNT_refused_key
				       : COUNT_refused_request);
	if (f->code == ERR_METHOD)
		add_allow(&h, exchange_path(x));
	header_of_epoch(&h, w->catalog->catalog);
	reply_fault(x, f, &h);
}

static enum err check_body(const struct exchange *x, struct fault *f)
{
	struct str type = exchange_header(x, "content-type");
	struct str coding = exchange_header(x, "content-encoding");

	if (!str_absent(type) && !str_ihas(type, "application/json"))
		return fault_set(f, ERR_MEDIA, "",
				 "The body must be announced as JSON: send the header "
				 "Content-Type: application/json.");
	if (!str_absent(coding) && !str_ieq(coding, STR("identity")))
		return fault_set(f, ERR_MEDIA, "", "The body must not be compressed.");
	return ERR_OK;
}

/* ERR_OK, or why the request is refused by its headers alone */
static enum err check_headers(struct worker *w, struct exchange *x, struct fault *f)
{
	const struct settings *s = w->settings;
	bool method_wrong;
	const struct route *route = find_route(x, &method_wrong);
	struct apikey key;

	if (!route && method_wrong)
		return fault_set(f, ERR_METHOD, "", "This path does not take that method.");
	if (!route)
		return fault_set(f, ERR_PATH, "",
				 "No such path. Chat completions are at "
				 "POST /v1/chat/completions.");
	if (route->keyed == OPEN)
		return ERR_OK;
	if (w->in_flight >= (uint32_t)s->gateway_max_requests)
		return fault_set(f, ERR_OVERLOAD, "",
				 "This gateway holds as many requests as it may.");
	if (str_absent(bearer_key(x)))
		return fault_set(f, ERR_KEY_MISSING, "",
				 "No API key was sent. Send it as Authorization: Bearer sk-sr-...");
	if (!apikey_parse(bearer_key(x), &key))
		return fault_set(f, ERR_KEY_WRONG, "", "That is not an API key of this gateway.");
	return str_is(exchange_method(x), "POST") ? check_body(x, f) : ERR_OK;
}

static bool on_headers(void *who, struct exchange *x)
{
	struct worker *w = who;
	struct fault f;

	CHECK_OBJ(w, WORKER_MAGIC);
	if (check_headers(w, x, &f) == ERR_OK)
		return true;
	refuse(w, x, &f);
	return false;
}

static void on_request(void *who, struct exchange *x)
{
	bool method_wrong;
	const struct route *route = find_route(x, &method_wrong);

	route->serve(who, x);
}

static void on_gone(void *attached)
{
	if (attached)
		request_gone(attached);
}

static void on_drained(void *attached)
{
	relay_drained(attached);
}

static void on_refuse(void *who, const struct fault *fault, struct headers *h_r, struct buf *body_r)
{
	struct worker *w = who;

	stats_count(&w->stats, COUNT_refused_request);
	header_of_epoch(h_r, w->catalog->catalog);
	write_refusal(fault, h_r, body_r);
}

const struct front_handler gate_handler = {
	.headers = on_headers,
	.request = on_request,
	.gone = on_gone,
	.drained = on_drained,
	.refuse = on_refuse,
};

/* --- what is served --- */

static void begin(struct worker *w, struct exchange *x, void (*answer)(struct request *r))
{
	struct request *r = request_new(w, x, answer);
	struct fault f;

	if (r) {
		request_begin(r);
		return;
	}
	fault_set(&f, ERR_OVERLOAD, "", "This gateway is out of memory.");
	refuse(w, x, &f);
}

static void route_chat(struct worker *w, struct exchange *x)
{
	stats_count(&w->stats, COUNT_requests);
	begin(w, x, NULL);
}

static void route_models(struct worker *w, struct exchange *x)
{
	begin(w, x, listing_models);
}

static void route_model(struct worker *w, struct exchange *x)
{
	begin(w, x, listing_model);
}

static void route_feedback(struct worker *w, struct exchange *x)
{
	begin(w, x, feedback_answer);
}

static void say_plain(struct exchange *x, int status, const char *text)
{
	static const struct reply_header headers[] = {
		{ "content-type", "text/plain; charset=utf-8" },
		{ "cache-control", "no-store" },
	};
	struct buf body;

	buf_init(&body, 256);
	buf_printf(&body, "%s\n", text);
	exchange_reply(x, status, headers, COUNT_OF(headers), &body);
}

static void route_healthz(struct worker *w, struct exchange *x)
{
	(void)w;
	say_plain(x, 200, "ok");
}

static void route_readyz(struct worker *w, struct exchange *x)
{
	const struct gateway *g = CONTAINER_OF(w->shared, struct gateway, shared);
	bool redis = gateway_reaches_redis(g);

	if (gateway_stops(g))
		say_plain(x, 503, "draining");
	else if (!journal_ok(w->journal))
		say_plain(x, 503, "the journal cannot be written");
	else if (!redis && escrow_sums(w->shared->escrow).keys == 0)
		say_plain(x, 503, "redis is not reachable");
	else if (!redis)
		say_plain(x, 200,
			  "degraded: redis is not reachable, keys are served from what was set "
			  "aside");
	else
		say_plain(x, 200, "ready");
}
