/*
 * receive.c -- the body becomes a chat.
 *
 * A large body is scanned on the thread pool, because the loop has other clients;
 * the arena is then that thread's alone until it is done.
 */
#include "base/clock.h"
#include "core/apikey.h"
#include "gate/reply.h"
#include "gate/request.h"

#include <sodium.h>

static bool take_key(struct request *r)
{
	struct apikey key;

	if (!apikey_parse(bearer_key(r->x), &key))
		return false;
	memcpy(r->org, key.org, sizeof(r->org));
	memcpy(r->key, key.id, sizeof(r->key));
	r->secret = arena_str(&r->arena, key.secret);
	return !str_absent(r->secret);
}

/* the client may shorten the time that its request may take */
static int64_t time_wanted_ms(const struct request *r, int64_t most_ms)
{
	int64_t ms;

	if (str_i64(exchange_header(r->x, "x-request-timeout-ms"), &ms) && ms > 0 && ms < most_ms)
		return ms;
	return most_ms;
}

/* runs on any thread: touches nothing but the request's own memory */
static void parse(void *who)
{
	struct request *r = who;

	r->fault.code = r->client->read_request(&r->arena, (struct str){ r->body, r->body_n },
						&r->json_limits, &r->chat, &r->fault);
}

static void parsed(struct request *r)
{
	if (r->fault.code == ERR_OK)
		request_go(r, STEP_identify);
	else
		request_go(r, STEP_reply);
}

static void parsed_elsewhere(void *who)
{
	struct request *r = who;

	if (request_woken(r))
		parsed(r);
}

static void parse_on_pool(struct request *r)
{
	struct fault f;

	request_wait(r);
	r->arena.stock = NULL; /* the stock is the loop's */
	if (loop_work(r->worker->loop, parse, parsed_elsewhere, r))
		return;
	r->busy = false;
	fault_set(&f, ERR_OVERLOAD, "", "No thread is left to read a large body.");
	request_fail(r, &f);
}

static void deadline_passed(void *who)
{
	struct request *r = who;
	struct fault f;

	CHECK_OBJ(r, REQUEST_MAGIC);
	if (r->busy) { /* Redis' answer has a deadline of its own; look again when it came */
		timer_set(r->worker->loop, &r->deadline, loop_now_us(r->worker->loop) + 10000);
		return;
	}
	attempt_stop(r);
	if (r->worker->hurrying)
		fault_set(&f, ERR_DRAINING, "",
			  "The gateway had to stop before the answer was complete.");
	else
		fault_set(&f, ERR_VENDOR_TIMEOUT, "",
			  "No answer within the time that the request may take.");
	request_fail(r, &f);
}

void step_receive(struct request *r)
{
	const struct settings *s = r->settings;
	struct fault f;

	if (!take_key(r)) {
		fault_set(&f, ERR_KEY_WRONG, "", "That is not an API key of this gateway.");
		request_fail(r, &f);
		return;
	}
	if (r->answer) { /* nothing to read */
		request_go(r, STEP_identify);
		return;
	}
	r->deadline_us = r->arrived_us + time_wanted_ms(r, s->gateway_request_timeout_ms) * 1000;
	r->deadline.fire = deadline_passed;
	r->deadline.who = r;
	timer_set(r->worker->loop, &r->deadline, r->deadline_us);
	r->explain = s->decisions_explain &&
		     str_is(exchange_header(r->x, "x-smartrouter-explain"), "1");
	r->body = exchange_take_body(r->x, &r->body_n);
	r->json_limits = (struct json_limits){
		.max_depth = (uint32_t)s->gateway_json_depth,
		.max_values = (uint32_t)s->gateway_json_values,
		.max_number = (uint32_t)s->gateway_json_number,
	};
	if (r->body_n > (size_t)s->gateway_inline_body_bytes) {
		parse_on_pool(r);
		return;
	}
	parse(r);
	parsed(r);
}
