/*
 * attempt.c -- one call to one target: bytes from the vendor become increments of
 * an answer, or a fault.
 *
 * Nothing is decided here: what to do about a fault is call.c's business, what to
 * do with an increment relay.c's.
 */
#include "base/clock.h"
#include "core/fault_rules.h"
#include "gate/probe.h"
#include "gate/request.h"
#include "gate/secrets.h"

/* a vendor that has said all is not waited for longer, though its connection stays open */
#define LINGER_US 1000000

static void fail(struct request *r, enum err code, int answers)
{
	struct attempt *a = r->attempt;

	fault_plain(&a->fault, code, answers);
	attempt_failed(r);
}

/* --- the vendor's answer --- */

static void note_choice(struct attempt *a, const struct delta *d)
{
	uint64_t bit = 1ull << (d->choice % 64);

	a->seen[d->choice / 64] |= bit;
	if (d->finish != FINISH_NONE)
		a->ended[d->choice / 64] |= bit;
}

/* There is an answer, and every choice of it has its finish reason, or the vendor said that this
 * was all. */
bool attempt_is_whole(const struct attempt *a)
{
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(a->seen); i++) {
		if (a->seen[i] & ~a->ended[i])
			return a->end_mark;
		any |= a->seen[i] != 0;
	}
	return any;
}

/* a JSON string of plain characters, as tiers are */
static struct str without_quotes(struct str raw)
{
	return raw.n >= 2 && raw.p[0] == '"' ? str_sub(raw, 1, raw.n - 1) : STR_NONE;
}

static void note_usage(struct attempt *a, const struct answer *answer)
{
	if (answer->usage.seen)
		a->usage = answer->usage;
}

/* A vendor that fails before any content bills nothing, unless it says that it does. */
static void note_fault(struct attempt *a, const struct answer *answer)
{
	note_usage(a, answer);
	a->refused = a->first_content_us == 0 && !answer->usage.seen &&
		     a->fault.code != ERR_VENDOR_GARBAGE;
}

/* What an answer or an increment adds to what we know of the attempt. True: it holds content. */
static bool take_note(struct request *r, const struct answer *answer)
{
	struct attempt *a = r->attempt;
	bool content = answer_has_content(answer);

	note_usage(a, answer);
	if (!str_absent(answer->service_tier) && str_absent(a->tier))
		a->tier = arena_str(&r->arena, without_quotes(answer->service_tier));
	a->end_mark |= answer->ended;
	for (uint32_t i = 0; i < answer->n_deltas; i++) {
		const struct delta *d = &answer->deltas[i];

		note_choice(a, d);
		a->text_bytes += (int64_t)(d->text.n + d->reasoning.n + d->refusal.n);
		a->shows_thinking |= d->reasoning.n > 0;
		for (uint32_t t = 0; t < d->n_tools; t++)
			a->text_bytes += (int64_t)(d->tools[t].name.n + d->tools[t].arguments.n);
	}
	if (content)
		a->last_content_us = loop_now_us(r->worker->loop);
	if (content && !a->first_content_us) {
		a->first_content_us = clock_mono_us();
		timer_cancel(r->worker->loop, &r->wait);
		probe_answered(r, a);
	}
	return content;
}

static void on_head(void *who, const struct up_head *head)
{
	struct request *r = who;
	struct attempt *a = r->attempt;

	a->head = (struct vendor_head){
		.status = head->status,
		.content_type = arena_str(&r->arena, head->content_type),
		.retry_after = arena_str(&r->arena, head->retry_after),
		.retry_after_ms = arena_str(&r->arena, head->retry_after_ms),
		.now_s = clock_wall_us() / 1000000,
	};
	a->limit_ms = head->limit_ms;
	a->streams = head->status == 200 && str_ihas(head->content_type, "text/event-stream");
	if (a->streams && !r->chat.stream)
		a->gather = gather_new((size_t)r->settings->gateway_max_answer_bytes);
}

static void no_last_byte(void *who)
{
	struct request *r = who;

	attempt_stop(r);
	attempt_finished(r);
}

static void wait_for_last_byte(struct request *r)
{
	struct loop *l = r->worker->loop;

	timer_cancel(l, &r->wait);
	r->wait = (struct timer){ .fire = no_last_byte, .who = r };
	timer_set(l, &r->wait, loop_now_us(l) + LINGER_US);
}

/* False: the event ended the attempt, and with it perhaps the request. */
static bool take_event(struct request *r, const struct sse_event *event)
{
	struct attempt *a = r->attempt;
	const struct target *t = a->candidate->target;
	const struct dialect *d = dialect_of(t->endpoint->dialect);
	struct answer increment = { 0 };

	arena_reset(&a->scratch);
	if (d->read_event(a->stream, &a->scratch, t, event, &increment, &a->fault) != ERR_OK) {
		attempt_stop(r);
		note_fault(a, &increment);
		attempt_failed(r);
		return false;
	}
	if (!relay_increment(r, &increment, take_note(r, &increment)))
		return false;
	if (increment.ended && a->up)
		wait_for_last_byte(r);
	return true;
}

static bool take_bytes(struct request *r, struct str bytes)
{
	struct attempt *a = r->attempt;
	struct sse_event event;

	for (;;) {
		switch (sse_feed(&a->sse, &bytes, &event)) {
		case SSE_MORE: return true;
		case SSE_COMMENT: relay_comment(r); break;
		case SSE_EVENT:
			if (!take_event(r, &event))
				return false;
			break;
		case SSE_TOO_LARGE:
			attempt_stop(r);
			fail(r, ERR_VENDOR_GARBAGE, FAILOVER | HEALTH);
			return false;
		}
	}
}

static bool on_data(void *who, struct str bytes)
{
	struct request *r = who;
	struct attempt *a = r->attempt;

	if (a->streams) {
		if (!take_bytes(r, bytes))
			return false;
		/* a stream waits most of its time: others need the memory more */
		arena_release(&a->scratch);
		relay_flush(r);
		return true;
	}
	buf_add(&a->body, bytes);
	if (buf_ok(&a->body))
		return true;
	attempt_stop(r);
	fail(r, ERR_VENDOR_GARBAGE, FAILOVER | HEALTH);
	return false;
}

/* --- its end --- */

static void end_of_stream(struct request *r)
{
	struct attempt *a = r->attempt;
	struct sse_event event;

	if (sse_finish(&a->sse, &event) == SSE_EVENT && !take_event(r, &event))
		return;
	if (attempt_is_whole(a))
		attempt_finished(r);
	else
		fail(r, ERR_VENDOR_CUT, RETRY | FAILOVER | HEALTH);
}

static void end_of_body(struct request *r)
{
	struct attempt *a = r->attempt;
	const struct target *t = a->candidate->target;
	const struct dialect *d = dialect_of(t->endpoint->dialect);

	arena_reset(&a->scratch);
	if (a->head.status != 200) {
		d->read_fault(&a->scratch, &a->head, buf_str(&a->body), &a->fault);
		a->refused = true;
		attempt_failed(r);
		return;
	}
	if (d->read_reply(&a->scratch, t, buf_str(&a->body), &a->answer, &a->fault) != ERR_OK) {
		note_fault(a, &a->answer);
		attempt_failed(r);
		return;
	}
	take_note(r, &a->answer);
	a->end_mark = true;
	attempt_finished(r);
}

/* how a call can end without a whole answer, and what that means */
static const struct {
	enum err code;
	int answers;
} breaks[] = {
	[UP_REFUSED] = { ERR_VENDOR_UNREACHABLE, RETRY | FAILOVER | HEALTH },
	[UP_TLS] = { ERR_VENDOR_UNREACHABLE, RETRY | FAILOVER | HEALTH },
	[UP_CONNECT_TIMEOUT] = { ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH },
	[UP_IDLE_TIMEOUT] = { ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH },
	[UP_TOTAL_TIMEOUT] = { ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH },
	[UP_BROKEN] = { ERR_VENDOR_CUT, RETRY | FAILOVER | HEALTH },
	[UP_TOO_LARGE] = { ERR_VENDOR_GARBAGE, FAILOVER | HEALTH },
	[UP_STOPPED] = { ERR_VENDOR_CUT, RETRY | FAILOVER | HEALTH },
};

/* Has the vendor said all that matters, though the call did not end well? Behind the end mark
 * nothing follows, and an error's status tells without its words. */
static bool said_enough(const struct attempt *a)
{
	return a->streams ? a->end_mark : a->head.status != 0 && a->head.status != 200;
}

static void on_done(void *who, enum up_end end, const char *detail)
{
	struct request *r = who;
	struct attempt *a = r->attempt;

	(void)detail;
	CHECK_OBJ(r, REQUEST_MAGIC);
	a->up = NULL;
	a->unsent = up_end_unsent(end);
	timer_cancel(r->worker->loop, &r->wait);
	if (end != UP_DONE && !said_enough(a))
		fail(r, breaks[end].code, breaks[end].answers);
	else if (a->streams)
		end_of_stream(r);
	else
		end_of_body(r);
}

static const struct up_handler handler = { on_head, on_data, on_done };

static void no_first_byte(void *who)
{
	struct request *r = who;

	attempt_stop(r);
	fail(r, ERR_VENDOR_TIMEOUT, RETRY | FAILOVER | HEALTH);
}

static void wait_for_first_byte(struct request *r, const struct attempt *a)
{
	r->wait = (struct timer){ .fire = no_first_byte, .who = r };
	timer_set(r->worker->loop, &r->wait, a->first_byte_us);
}

/* The fleet is told before the answer is there: it would come too late for the others. */
static void is_slow(void *who)
{
	struct request *r = who;
	struct attempt *a = r->attempt;

	a->slow = true;
	observe_slow(r, a);
	probe_answered(r, a);
	wait_for_first_byte(r, a);
}

static void watch_first_byte(struct request *r, struct attempt *a)
{
	const struct settings *s = r->settings;
	const struct slow_ask ask = { .terms = &a->candidate->terms,
				      .stream = a->call.stream,
				      .factor = s->breakers_slow_factor,
				      .floor_ms = s->breakers_slow_floor_ms };
	int64_t slow_us = a->began_us + slow_after_ms(&ask) * 1000;

	a->first_byte_us = a->began_us + r->policy->first_byte_ms * 1000;
	wait_for_first_byte(r, a);
	if (!s->breakers_keep || slow_us == a->began_us || slow_us >= a->first_byte_us)
		return;
	r->wait.fire = is_slow;
	timer_set(r->worker->loop, &r->wait, slow_us);
}

/* --- beginning and stopping --- */

static struct attempt *attempt_new(struct request *r, uint32_t candidate, int32_t number)
{
	const struct settings *s = r->settings;
	struct attempt *a = ARENA_NEW(&r->arena, struct attempt);
	const struct candidate *c = &r->plan->candidates[candidate];
	size_t size = dialect_of(c->target->endpoint->dialect)->stream_size;

	if (!a || !(a->stream = arena_alloc(&r->arena, size ? size : 1)))
		return NULL;
	a->candidate = c;
	a->index = candidate;
	a->number = number;
	a->unsent = true;
	a->began_us = clock_mono_us();
	/* prices have windows: the fleet goes by Redis' clock, for this machine's may be wrong */
	a->began_wall_s = store_now_us(&r->worker->store) / 1000000;
	a->chunks.a = &r->arena;
	arena_init_from(&a->scratch, (size_t)s->gateway_request_memory_bytes, r->arena.stock);
	sse_init(&a->sse, (size_t)s->gateway_max_event_bytes);
	buf_init(&a->body, (size_t)s->gateway_max_answer_bytes);
	return a;
}

void attempt_release(struct attempt *a)
{
	if (!a)
		return;
	up_cancel(a->up);
	a->up = NULL;
	sse_release(&a->sse);
	buf_release(&a->body);
	gather_free(a->gather);
	a->gather = NULL;
	arena_release(&a->scratch);
}

static bool write_call(struct request *r, struct attempt *a)
{
	const struct call_ask ask = {
		.chat = &r->chat,
		.target = a->candidate->target,
		.max_tokens = a->max_tokens,
		.unsupported = r->policy->unsupported,
	};
	const struct dialect *d = dialect_of(a->candidate->target->endpoint->dialect);
	struct fault f;

	if (d->write_call(&ask, &r->arena, &a->call, &f) == ERR_OK && rope_ok(&a->call.body))
		return true;
	fault_plain(&a->fault, r->arena.full ? ERR_OVERLOAD : f.code, FAILOVER);
	a->fault.message = arena_str(&r->arena, str_of(f.text));
	return false;
}

#define MOST_HEADERS 16

static const char *call_id(struct request *r, int32_t number)
{
	char digits[I64_DIGITS];

	return ARENA_JOIN(&r->arena, STR("x-client-request-id: "), str_of(r->rid), STR("-"),
			  (struct str){ digits, i64_digits(digits, number) })
		.p;
}

static size_t write_headers(struct request *r, struct attempt *a, const char **list)
{
	const struct endpoint *e = a->candidate->target->endpoint;
	size_t n = 0;

	list[n++] = "content-type: application/json";
	list[n++] = a->call.stream ? "accept: text/event-stream" : "accept: application/json";
	list[n++] = call_id(r, a->number);
	for (uint32_t i = 0; i < a->call.n_headers && n < MOST_HEADERS; i++)
		list[n++] = ARENA_JOIN(&r->arena, a->call.headers[i].name, STR(": "),
				       a->call.headers[i].value)
				    .p;
	for (uint32_t i = 0; i < e->n_headers && n < MOST_HEADERS; i++)
		list[n++] =
			ARENA_JOIN(&r->arena, e->headers[i].name, STR(": "), e->headers[i].value).p;
	return n;
}

static bool start(struct request *r, struct attempt *a)
{
	const struct endpoint *e = a->candidate->target->endpoint;
	const char *headers[MOST_HEADERS];
	struct str url = ARENA_JOIN(&r->arena, e->base_url, a->call.path);
	int64_t left_ms = request_left_ms(r);
	struct up_ask ask = {
		.url = url.p,
		.headers = headers,
		.n_headers = write_headers(r, a, headers),
		.secret_header = secrets_header(r->catalog->secrets, e->index),
		.body = &a->call.body,
		.connect_ms = r->policy->connect_ms,
		.total_ms = r->policy->total_ms < left_ms ? r->policy->total_ms : left_ms,
		.trickles = a->call.stream,
		.fresh = r->attempts_here > 1,
		.handler = &handler,
		.who = r,
	};

	/* a whole answer may take its time to begin; a stream is watched byte by byte */
	ask.idle_ms = a->call.stream ? r->policy->idle_ms : ask.total_ms;
	if (r->arena.full)
		return false;
	a->up = up_start(r->worker->upstream, &ask);
	return a->up != NULL;
}

void attempt_begin(struct request *r, uint32_t candidate, int32_t number)
{
	struct worker *w = r->worker;
	struct attempt *a = attempt_new(r, candidate, number);
	struct fault f;

	attempt_release(r->attempt);
	if (!a) {
		fault_set(&f, ERR_OVERLOAD, "", "The request needs more memory than it may have.");
		request_fail(r, &f);
		return;
	}
	r->attempt = a;
	probe_begins(r, a);
	r->unbegun = 0;
	r->attempts++;
	a->max_tokens = r->verdict.max_tokens;
	a->reserved_nanos = r->verdict.reserved_nanos;
	memcpy(a->escrow, r->verdict.escrow, sizeof(a->escrow));
	stats_count(&w->stats, COUNT_attempts);
	if (!write_call(r, a)) {
		attempt_failed(r);
		return;
	}
	if (!journal_dispatch(w->journal, r->rid, number, r->verdict.reserved_nanos) ||
	    !start(r, a)) {
		fail(r, ERR_OVERLOAD, FAILOVER);
		return;
	}
	a->unsent = false;
	watch_first_byte(r, a);
}

void attempt_stop(struct request *r)
{
	struct attempt *a = r->attempt;

	timer_cancel(r->worker->loop, &r->wait);
	if (!a || !a->up)
		return;
	a->unsent = !up_sent(a->up);
	up_cancel(a->up);
	a->up = NULL;
}
