/* admin.c -- /metrics and /healthz on an address of their own, for operators. */
#include "gate/gauges.h"

struct admin {
	struct gateway *gateway;
	struct front *front;
};

static void say(struct exchange *x, int status, const char *type, struct buf *body)
{
	const struct reply_header headers[] = { { "content-type", type } };

	exchange_reply(x, status, headers, COUNT_OF(headers), body);
}

static void metrics(struct gateway *g, struct exchange *x)
{
	struct stats sum;
	struct gauges gauges;
	int64_t in_flight;
	struct buf body;

	gateway_stats(g, &sum, &in_flight);
	buf_init(&body, 256 * 1024);
	stats_prometheus(&body, &sum);
	gauges = gauges_read(g, in_flight);
	gauges_prometheus(&body, &gauges);
	buf_printf(&body, "# HELP smartrouter_catalog_info hash of the catalog in use\n"
			  "# TYPE smartrouter_catalog_info gauge\n"
			  "smartrouter_catalog_info{hash=\"%s\"} 1\n", g->catalog->catalog->hash);
	say(x, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static bool on_headers(void *who, struct exchange *x)
{
	(void)who;
	(void)x;
	return true;
}

static void on_request(void *who, struct exchange *x)
{
	struct admin *a = who;
	struct buf body;

	if (str_is(exchange_path(x), "/metrics")) {
		metrics(a->gateway, x);
		return;
	}
	buf_init(&body, 256);
	if (str_is(exchange_path(x), "/healthz")) {
		buf_adds(&body, "ok\n");
		say(x, 200, "text/plain", &body);
		return;
	}
	buf_adds(&body, "not found\n");
	say(x, 404, "text/plain", &body);
}

static void on_gone(void *attached)
{
	(void)attached; /* answers are given at once: nothing was attached */
}

static const struct front_handler handler = {
	.headers = on_headers,
	.request = on_request,
	.gone = on_gone,
	.drained = on_gone,
};

struct admin *admin_start(struct gateway *g, struct fault *fault_r)
{
	const struct settings *s = g->settings;
	const struct front_limits limits = {
		.shards = 1, .max_connections = 64, .header_bytes = 8192, .body_bytes = 4096,
		.bodies_bytes = 65536, .header_ms = s->gateway_header_timeout_ms,
		.body_ms = s->gateway_body_timeout_ms, .body_grace_ms = s->gateway_body_grace_ms,
		.body_rate = s->gateway_body_rate_bytes, .idle_ms = s->gateway_idle_timeout_ms,
		.stream_high_bytes = 65536, .stream_low_bytes = 32768,
		.stream_stall_ms = s->gateway_stream_stall_ms,
	};
	struct admin *a;

	*fault_r = (struct fault){ 0 };
	if (!s->gateway_admin_listen || !(a = calloc(1, sizeof(*a))))
		return NULL;
	a->gateway = g;
	a->front = front_new(g->loop, s->gateway_admin_listen, false, &limits, &handler, a, fault_r);
	if (a->front)
		return a;
	free(a);
	return NULL;
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	front_free(a->front);
	free(a);
}
