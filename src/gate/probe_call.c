/*
 * probe_call.c -- a probe of our own making: one short question, one token of an answer.
 *
 * It belongs to no client, so nobody is charged: it is bounded instead. There is one at a time of a
 * breaker in the whole fleet, at growing intervals, and the counter probe_nanos tells what they
 * cost. The vendor sees it by an x-client-request-id that begins with "probe-".
 */
#include "base/clock.h"
#include "core/fault_rules.h"
#include "core/price.h"
#include "gate/observe.h"
#include "gate/probe.h"
#include "gate/request.h"
#include "gate/secrets.h"

#define MEMORY_MAX   (1u << 20) /* of one call */
#define ANSWER_MAX   (256u << 10)
#define MOST_HEADERS 16

struct probe_call {
	struct probe *probe;
	const struct target *target;
	struct arena arena;
	struct chat chat;
	struct call call;
	struct buf body;
	struct vendor_head head;
	struct up_call *up;
	struct timer timeout;
	int64_t began_us;
};

static struct loop *loop_of(const struct probe_call *c)
{
	return probe_worker(c->probe)->loop;
}

void probe_call_cancel(struct probe_call *c)
{
	if (!c)
		return;
	timer_cancel(loop_of(c), &c->timeout);
	up_cancel(c->up);
	buf_release(&c->body);
	arena_release(&c->arena);
	free(c);
}

static void end(struct probe_call *c, struct probe_result result)
{
	probe_end(c->probe, result); /* frees the call */
}

static void end_gone(struct probe_call *c)
{
	end(c, (struct probe_result){ PROBE_GONE, CAUSE_failed });
}

/* nobody answered, or nobody answers such a thing */
static void end_broken(struct probe_call *c)
{
	const struct vendor_fault f = { .health = true };

	end(c, probe_of_fault(c->probe->kind, &f, 0));
}

/* --- the answer --- */

/* against what such a short answer usually takes there */
static bool was_slow(const struct probe_call *c)
{
	const struct worker *w = probe_worker(c->probe);
	const struct snapshot *s = w->snapshot;
	struct terms usual = { 0 };
	const struct slow_ask ask = { .terms = &usual,
				      .stream = true, /* of the first content alone */
				      .factor = w->settings->breakers_slow_factor,
				      .floor_ms = w->settings->breakers_slow_floor_ms };
	const struct latency *l;
	int64_t most_ms;

	if (s->catalog != c->probe->catalog->catalog)
		return false; /* a new catalog counts its targets anew: there is nothing to look up
			       */
	l = &s->targets[c->target - s->catalog->targets].latency[0];
	usual.first_high_ms = l->first_p95_ms;
	usual.known = l->n > 0 ? KNOWN_LATENCY : 0;
	most_ms = slow_after_ms(&ask);
	return most_ms > 0 && clock_mono_us() - c->began_us > most_ms * 1000;
}

static void count_cost(const struct probe_call *c, const struct usage *u)
{
	const struct price *p = c->target->model->price;

	if (p && u->seen)
		stats_add(&probe_worker(c->probe)->stats, COUNT_probe_nanos,
			  price_cost(p, u, clock_wall_us() / 1000000, 1000));
}

static void judge_fault(struct probe_call *c, const struct vendor_fault *f)
{
	const struct probe *p = c->probe;

	observe_refusal(probe_worker(p), p->catalog, c->target, f, c->head.status);
	end(c, probe_of_fault(p->kind, f, c->head.status));
}

static void judge(struct probe_call *c)
{
	const struct dialect *d = dialect_of(c->target->endpoint->dialect);
	struct answer answer = { 0 };
	struct vendor_fault f = { .retry_after_ms = -1 };

	if (c->head.status != 200) {
		d->read_fault(&c->arena, &c->head, buf_str(&c->body), &f);
		judge_fault(c, &f);
		return;
	}
	if (d->read_reply(&c->arena, c->target, buf_str(&c->body), &answer, &f) != ERR_OK) {
		judge_fault(c, &f);
		return;
	}
	count_cost(c, &answer.usage);
	end(c, probe_of_answer(c->probe->kind, was_slow(c)));
}

static void on_head(void *who, const struct up_head *head)
{
	struct probe_call *c = who;

	c->head = (struct vendor_head){
		.status = head->status,
		.content_type = arena_str(&c->arena, head->content_type),
		.retry_after = arena_str(&c->arena, head->retry_after),
		.retry_after_ms = arena_str(&c->arena, head->retry_after_ms),
		.now_s = clock_wall_us() / 1000000,
	};
}

static bool on_data(void *who, struct str bytes)
{
	struct probe_call *c = who;

	buf_add(&c->body, bytes);
	return buf_ok(&c->body);
}

static void on_done(void *who, enum up_end how, const char *detail)
{
	struct probe_call *c = who;

	(void)detail;
	c->up = NULL;
	if (how == UP_DONE)
		judge(c);
	else
		end_broken(c);
}

static void on_timeout(void *who)
{
	end_broken(who);
}

/* --- the question --- */

/* An endpoint is asked for its first model that can be had of the vendor at all. */
static const struct target *target_of(const struct probe *p)
{
	const struct catalog *c = p->catalog->catalog;

	if (p->target)
		return p->target;
	for (uint32_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].endpoint == p->endpoint)
			return &c->targets[i];
	return NULL;
}

static bool write_question(struct probe_call *c)
{
	static const char question[] = "{\"model\":\"probe\",\"max_tokens\":1,"
				       "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
	const struct call_ask ask = { .chat = &c->chat,
				      .target = c->target,
				      .max_tokens = 1,
				      .unsupported = UNSUPPORTED_ADAPT };
	const struct dialect *d = dialect_of(c->target->endpoint->dialect);
	struct fault f;

	return dialect_openai.client->read_request(&c->arena, STR(question), &json_limits_default,
						   &c->chat, &f) == ERR_OK &&
	       d->write_call(&ask, &c->arena, &c->call, &f) == ERR_OK && rope_ok(&c->call.body);
}

static size_t write_headers(struct probe_call *c, const char **list)
{
	const struct endpoint *e = c->target->endpoint;
	size_t n = 0;

	list[n++] = "content-type: application/json";
	list[n++] = "accept: application/json";
	list[n++] = arena_printf(&c->arena, "x-client-request-id: probe-%lld",
				 (long long)c->probe->token)
			    .p;
	for (uint32_t i = 0; i < c->call.n_headers && n < MOST_HEADERS; i++)
		list[n++] = arena_printf(&c->arena, "%.*s: %.*s", STR_ARG(c->call.headers[i].name),
					 STR_ARG(c->call.headers[i].value))
				    .p;
	for (uint32_t i = 0; i < e->n_headers && n < MOST_HEADERS; i++)
		list[n++] = arena_printf(&c->arena, "%.*s: %.*s", STR_ARG(e->headers[i].name),
					 STR_ARG(e->headers[i].value))
				    .p;
	return n;
}

static bool call_vendor(struct probe_call *c)
{
	static const struct up_handler handler = { on_head, on_data, on_done };
	struct worker *w = probe_worker(c->probe);
	const struct endpoint *e = c->target->endpoint;
	int64_t left_ms = (c->probe->until_us - loop_now_us(w->loop)) / 1000;
	const char *headers[MOST_HEADERS];
	const struct up_ask ask = {
		.url = arena_printf(&c->arena, "%.*s%.*s", STR_ARG(e->base_url),
				    STR_ARG(c->call.path))
			       .p,
		.headers = headers,
		.n_headers = write_headers(c, headers),
		.secret_header = secrets_header(c->probe->catalog->secrets, e->index),
		.body = &c->call.body,
		.connect_ms = left_ms,
		.idle_ms = left_ms,
		.total_ms = left_ms,
		.fresh = true,
		.handler = &handler,
		.who = c,
	};

	if (c->arena.full || left_ms <= 0)
		return false;
	c->began_us = clock_mono_us();
	c->up = up_start(w->upstream, &ask);
	return c->up != NULL;
}

void probe_call_start(struct probe *p)
{
	struct probe_call *c = calloc(1, sizeof(*c));

	if (!c) {
		probe_end(p, (struct probe_result){ PROBE_GONE, CAUSE_failed });
		return;
	}
	p->call = c;
	c->probe = p;
	c->target = target_of(p);
	c->timeout = (struct timer){ .fire = on_timeout, .who = c };
	arena_init(&c->arena, MEMORY_MAX);
	buf_init(&c->body, ANSWER_MAX);
	if (!c->target || !write_question(c) || !call_vendor(c)) {
		end_gone(c);
		return;
	}
	timer_set(loop_of(c), &c->timeout, p->until_us);
}
