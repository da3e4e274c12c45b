/*
 * relay.c -- the vendor's answer becomes the client's.
 *
 * A stream's head and first frames are held back until there is content, because
 * until then another vendor can still take over. After that frames go out as they
 * come; a slow client pauses the vendor.
 */
#include "gate/reply.h"
#include "gate/request.h"

static struct answer_head head_of(struct request *r)
{
	const struct attempt *a = r->attempt;

	if (str_absent(r->answer_id))
		r->answer_id = ARENA_JOIN(&r->arena, STR("chatcmpl-"), str_of(r->rid));
	return (struct answer_head){
		.id = r->answer_id,
		.model = a->candidate->target->model->id,
		.created = a->began_wall_s,
		.include_usage = r->chat.include_usage,
	};
}

/* The client has enough for now when it does not take it all. */
static void write_out(struct request *r, struct str bytes)
{
	struct attempt *a = r->attempt;

	if (exchange_write(r->x, bytes) || !a->up)
		return;
	a->held_up = true;
	up_pause(a->up);
}

static void send_out(struct request *r)
{
	if (r->x && r->out.n)
		write_out(r, buf_str(&r->out));
	buf_reset(&r->out);
}

static bool lost_bytes(struct request *r)
{
	struct fault f;

	attempt_stop(r);
	fault_set(&f, ERR_VENDOR_GARBAGE, "", "The answer is larger than the gateway takes.");
	request_fail(r, &f);
	return false;
}

bool relay_increment(struct request *r, const struct answer *increment, bool content)
{
	struct attempt *a = r->attempt;
	struct answer_head head = head_of(r);

	if (r->gone)
		return true;
	if (!r->chat.stream)
		return (a->gather && gather_add(a->gather, increment)) || lost_bytes(r);
	r->client->write_chunk(&r->out, &a->chunks, &head, increment);
	if (!buf_ok(&r->out))
		return lost_bytes(r);
	if (r->step == STEP_relay)
		send_out(r);
	else if (content)
		request_go(r, STEP_relay);
	return true;
}

void relay_comment(struct request *r)
{
	if (r->step == STEP_relay && r->x)
		write_out(r, STR(": keep-alive\n\n"));
}

void relay_flush(struct request *r)
{
	if (r->x && r->head_sent)
		exchange_flush(r->x);
}

void relay_drained(struct request *r)
{
	CHECK_OBJ(r, REQUEST_MAGIC);
	if (r->attempt && r->attempt->up)
		up_resume(r->attempt->up);
}

/* the first content of a stream: from here on this vendor it is */
static void begin_stream(struct request *r)
{
	struct headers h = { 0 };

	headers_of_answer(&h, r);
	headers_add(&h, "content-type", STR("text/event-stream; charset=utf-8"));
	headers_add(&h, "cache-control", STR("no-cache"));
	headers_add(&h, "x-accel-buffering", STR("no"));
	exchange_stream(r->x, 200, h.list, h.n);
	r->head_sent = true;
	request_pack(r);
	send_out(r);
}

static void write_whole(struct request *r)
{
	struct answer_head head = head_of(r);

	if (!r->gone)
		r->client->write_reply(&r->out, &head, &r->attempt->answer);
	if (!buf_ok(&r->out))
		fault_set(&r->fault, ERR_VENDOR_GARBAGE, "",
			  "The answer is larger than the gateway takes.");
}

void step_relay(struct request *r)
{
	struct attempt *a = r->attempt;

	if (!r->chat.stream) {
		write_whole(r);
		request_go(r, STEP_settle);
		return;
	}
	if (!a->streams &&
	    !r->gone) { /* a vendor that answered whole all the same: one increment */
		struct answer_head head = head_of(r);

		r->client->write_chunk(&r->out, &a->chunks, &head, &a->answer);
	}
	if (!r->gone)
		begin_stream(r);
	if (a->over)
		request_go(r, STEP_settle);
}
