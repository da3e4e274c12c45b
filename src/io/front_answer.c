/*
 * front_answer.c -- an answer, whole or as a stream.
 *
 * A stream begins with libmicrohttpd's reader: it copies what is pending, and when
 * nothing is, puts the connection to sleep. From then on libmicrohttpd has nothing
 * under way, and the socket is ours ("direct"): chunks are framed here and sent
 * past it, because waking it up for each of them walks all connections that sleep.
 * The end goes through the reader again, so that libmicrohttpd writes the last
 * chunk and goes on with the connection. tests/io/test_front.py compares both.
 * HTTP/1.0 has no chunks, so there the reader does it all.
 */
#include "io/front_parts.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

/* how far above its mark a handler that was told to wait may go */
#define OUT_BYTES(high) ((high)*4 + (1u << 20))
/* memory of a stream that has nothing to say is given back above this */
#define KEEP_BYTES 4096
/* libmicrohttpd's own buffer of a response, used for HTTP/1.0 alone */
#define BLOCK_1_0 8192
#define BLOCK_1_1 1

static ssize_t read_stream(void *who, uint64_t position, char *dst, size_t max);

/* --- whole --- */

/* a line end in a value would begin a header of somebody else's choice */
static bool is_one_line(const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			return false;
	return true;
}

static void add_headers(struct exchange *x, const struct reply_header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_one_line(headers[i].value))
			MHD_add_response_header(x->response, headers[i].name, headers[i].value);
	/* Where chunks end, parsers may disagree (doc/http-edge.md), so nothing follows them. And
	 * who is about to stop takes no more. */
	if (x->framing.chunked || x->c->f->leaving)
		MHD_add_response_header(x->response, "Connection", "close");
}

/* takes effect when the handler returns, or at the end of the turn */
static void set_answer(struct exchange *x, int status, struct MHD_Response *response,
		       const struct reply_header *headers, size_t n)
{
	CHECK_OBJ(x->c, CONN_MAGIC);
	assert(!x->response);
	x->status = status;
	x->response = response;
	if (response)
		add_headers(x, headers, n);
	else
		conn_cut(x->c);
	if (!x->in_call)
		conn_touch(x->c);
}

void exchange_reply(struct exchange *x, int status, const struct reply_header *headers, size_t n,
		    struct buf *body)
{
	size_t bytes;
	char *p = buf_take(body, &bytes);
	struct MHD_Response *response = MHD_create_response_from_buffer(bytes, p,
									MHD_RESPMEM_MUST_FREE);

	if (!response)
		free(p);
	x->attached = NULL;
	x->ended = true;
	set_answer(x, status, response, headers, n);
}

bool answer_queue(struct exchange *x)
{
	struct MHD_Response *response = x->response;
	bool good;

	x->response = NULL;
	if (!response)
		return false;
	conn_enter(x->c, x->streaming && !x->ended ? CONN_STREAM : CONN_REPLY);
	good = MHD_queue_response(x->c->mhd, (unsigned int)x->status, response) == MHD_YES;
	MHD_destroy_response(response);
	return good;
}

void answer_wake(struct exchange *x)
{
	struct conn *c = x->c;

	if (!x->asleep)
		return;
	x->asleep = false;
	MHD_resume_connection(c->mhd);
	c->shard->dirty = true;
	loop_wake(c->f->l);
}

/* --- as a stream --- */

/* n bytes of what is pending are with the kernel or with libmicrohttpd */
static void consume(struct exchange *x, size_t n)
{
	struct front *f = x->c->f;

	x->out_from += n;
	if (answer_pending(x) == 0) {
		x->out_from = 0;
		conn_expect(x->c, false);
		if (x->out.cap > KEEP_BYTES && !x->behind)
			buf_release(&x->out);
		else
			buf_reset(&x->out);
	} else if (x->out_from > x->out.n / 2) {
		buf_drop(&x->out, x->out_from);
		x->out_from = 0;
	}
	if (x->behind && answer_pending(x) < f->limits.stream_low_bytes)
		conn_touch(x->c);
}

static ssize_t send_waiting(struct exchange *x)
{
	return send(x->c->fd, x->out.p + x->out_from, answer_pending(x),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

void exchange_stream(struct exchange *x, int status, const struct reply_header *headers, size_t n)
{
	buf_init(&x->out, OUT_BYTES(x->c->f->limits.stream_high_bytes));
	x->streaming = true;
	set_answer(x, status,
		   MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
						     x->is_http10 ? BLOCK_1_0 : BLOCK_1_1,
						     read_stream, x, NULL),
		   headers, n);
}

static void add_chunk_size(struct buf *b, size_t n)
{
	char digits[2 * sizeof(n)];
	char *end = digits + sizeof(digits), *p = end;

	do {
		*--p = "0123456789abcdef"[n % 16];
	} while (n /= 16);
	buf_add(b, (struct str){ p, (size_t)(end - p) });
	buf_add(b, STR("\r\n"));
}

bool exchange_write(struct exchange *x, struct str bytes)
{
	if (bytes.n == 0)
		return !x->behind;
	if (x->direct) {
		add_chunk_size(&x->out, bytes.n);
		buf_add(&x->out, bytes);
		buf_add(&x->out, STR("\r\n"));
	} else {
		buf_add(&x->out, bytes);
	}
	if (answer_pending(x) > x->c->f->limits.stream_high_bytes)
		x->behind = true;
	conn_touch(x->c);
	return !x->behind;
}

/* An error is left to the end of the turn, where the connection may be cut. */
void exchange_flush(struct exchange *x)
{
	ssize_t n = 0;

	if (x->direct && x->c->phase == CONN_STREAM && buf_ok(&x->out) && answer_pending(x) > 0)
		n = send_waiting(x);
	if (n > 0)
		consume(x, (size_t)n);
}

size_t exchange_pending(const struct exchange *x)
{
	return answer_pending(x);
}

void exchange_end(struct exchange *x, bool clean)
{
	x->attached = NULL;
	x->ended = true;
	x->clean = clean;
	if (x->streaming)
		conn_touch(x->c);
	else
		conn_cut(x->c); /* broken off before it began */
}

static void send_direct(struct exchange *x)
{
	ssize_t n = send_waiting(x);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		conn_cut(x->c);
		return;
	}
	if (n > 0)
		consume(x, (size_t)n);
}

/* Called by libmicrohttpd when everything it had of us is with the kernel. */
static ssize_t read_stream(void *who, uint64_t position, char *dst, size_t max)
{
	struct exchange *x = who;
	size_t n = answer_pending(x);

	(void)position;
	if (x->c->phase == CONN_CUT)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n > 0) {
		n = n < max ? n : max;
		memcpy(dst, x->out.p + x->out_from, n);
		consume(x, n);
		return (ssize_t)n;
	}
	if (x->ended && x->clean)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (x->ended) {
		/* without chunks a plain close would look like the good end */
		if (x->is_http10)
			conn_reset(x->c);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	MHD_suspend_connection(x->c->mhd);
	x->asleep = true;
	x->direct = !x->is_http10;
	return 0;
}

static void tell_drained(struct exchange *x)
{
	struct front *f = x->c->f;

	x->behind = false;
	if (x->attached && f->handler.drained)
		f->handler.drained(x->attached);
}

static void stream_work(struct exchange *x)
{
	if (!buf_ok(&x->out)) {
		conn_cut(x->c); /* it was told to wait and did not */
		return;
	}
	if (x->direct && answer_pending(x) > 0)
		send_direct(x);
	if (x->c->phase == CONN_CUT)
		return;
	if (x->behind && answer_pending(x) < x->c->f->limits.stream_low_bytes)
		tell_drained(x);
	if (x->ended && answer_pending(x) == 0 && x->c->phase == CONN_STREAM)
		conn_enter(x->c, CONN_REPLY);
	if (x->direct ? x->ended && answer_pending(x) == 0 : x->ended || answer_pending(x) > 0)
		answer_wake(x);
	conn_expect(x->c, answer_pending(x) > 0);
}

void answer_work(struct exchange *x)
{
	if (x->c->phase == CONN_CUT)
		return;
	if (x->response) {
		if (!answer_queue(x)) {
			conn_cut(x->c);
			return;
		}
		answer_wake(x);
	}
	if (x->streaming)
		stream_work(x);
}
