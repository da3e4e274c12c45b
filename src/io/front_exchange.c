/*
 * front_exchange.c -- a request: its head judged, its body collected, its parts told.
 *
 * libmicrohttpd calls exchange_line() with the request line, then exchange_step()
 * with the head, with each piece of the body and once more at the end. There it
 * either gets an answer at once or is put to sleep until answer_work() has one.
 */
#include "io/front_parts.h"

#include "base/clock.h"

#define CHUNKED_FIRST 16384

/* --- the request line --- */

static bool keep_target(struct conn *c, struct str target)
{
	size_t need = target.n * 2;

	if (need > c->line_cap) {
		char *line = realloc(c->line, need);

		if (!line)
			return false;
		c->line = line;
		c->line_cap = need;
	}
	/* the target, and behind it room for its path */
	memcpy(c->line, target.p, target.n);
	c->x.target = (struct str){ c->line, target.n };
	return true;
}

/*
 * What follows '?' would now be split into parts that nobody asks for. libmicrohttpd 0.9 does so
 * in place, in memory of its own, and when that is too little it forgets that it has refused the
 * request. So it is shown an empty query; ours is in the copy.
 */
static void hide_query(const char *target)
{
	char *mark = strchr((char *)(uintptr_t)target, '?');

	if (mark && mark[1])
		mark[1] = '\0';
}

void *exchange_line(void *front, const char *target, struct MHD_Connection *mhd)
{
	struct conn *c =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

	(void)front;
	CHECK_OBJ(c, CONN_MAGIC);
	c->raw_target = target;
	if (c->phase == CONN_IDLE)
		conn_enter(c, CONN_HEAD);
	if (!keep_target(c, str_of(target)))
		conn_cut(c);
	if (c->f->is_old)
		hide_query(target);
	return c;
}

/* --- the head --- */

struct fields {
	struct http_field at[FIELDS_MAX];
	size_t n;
	bool too_many;
};

static enum MHD_Result add_field(void *who, enum MHD_ValueKind kind, const char *name,
				 size_t name_n, const char *value, size_t value_n)
{
	struct fields *fields = who;

	(void)kind;
	fields->too_many = fields->n == FIELDS_MAX;
	if (fields->too_many)
		return MHD_NO;
	fields->at[fields->n++] = (struct http_field){ { name, name_n },
						       { value ? value : "", value_n } };
	return MHD_YES;
}

static size_t head_bytes(const struct conn *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info ? info->header_size : 0;
}

static bool layout_is_good(const struct conn *c, const struct http_head *head)
{
	struct http_head raw = *head;

	/* its bytes have been changed by now, but not its place */
	raw.target.p = c->raw_target;
	return http_layout(&raw, (struct str){ head->method.p, head_bytes(c) });
}

static bool judge_head(struct conn *c, const char *method, const char *version, struct fault *fault)
{
	struct fields fields = { .n = 0 };
	struct http_head head = { str_of(method), c->x.target, str_of(version), fields.at, 0 };

	MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, add_field, &fields);
	head.n = fields.n;
	if (fields.too_many || head_bytes(c) > c->f->limits.header_bytes) {
		fault_set(fault, ERR_HEADER_SIZE, "",
			  "the request's head is larger than %zu bytes or %d headers",
			  c->f->limits.header_bytes, FIELDS_MAX);
		return false;
	}
	if (!http_strict(&head, &c->x.framing, fault))
		return false;
	if (c->f->is_old && !layout_is_good(c, &head)) {
		fault_set(fault, ERR_HTTP, "",
			  "a line of the request's head does not end in CR LF");
		return false;
	}
	c->x.method = head.method;
	c->x.is_http10 = str_is(head.version, "HTTP/1.0");
	return true;
}

static bool body_fits(const struct exchange *x, size_t bytes, struct fault *fault)
{
	size_t most = x->c->f->limits.body_bytes;

	if (bytes > most)
		fault_set(fault, ERR_BODY_SIZE, "", "the body is larger than %zu bytes", most);
	return bytes <= most;
}

/* counted before it comes, so that bodies that were begun can end */
static bool hold(struct exchange *x, size_t bytes, struct fault *fault)
{
	struct front *f = x->c->f;

	if (!body_fits(x, bytes, fault))
		return false;
	if (bytes - x->body_held > f->limits.bodies_bytes - f->bodies_held) {
		fault_set(fault, ERR_OVERLOAD, "",
			  "the gateway holds as many bytes of requests as it may");
		fault->retry_after_s = 1;
		return false;
	}
	f->bodies_held += bytes - x->body_held;
	x->body_held = bytes;
	return true;
}

static bool resize_body(struct exchange *x, size_t cap, struct fault *fault)
{
	char *body;

	if (!hold(x, cap, fault))
		return false;
	body = realloc(x->body, cap);
	if (!body) {
		fault_set(fault, ERR_OVERLOAD, "", "the gateway is out of memory");
		return false;
	}
	x->body = body;
	x->body_cap = cap;
	return true;
}

static bool make_room(struct exchange *x, struct fault *fault)
{
	uint64_t length = x->framing.length;

	if (length > SIZE_MAX / 2)
		length = SIZE_MAX / 2;
	return length == 0 || resize_body(x, (size_t)length, fault);
}

static void resolve_path(struct conn *c)
{
	struct exchange *x = &c->x;
	char *dst = c->line + x->target.n;

	x->path = (struct str){ dst, http_decode(http_path(x->target), dst) };
}

/* The head was answered: libmicrohttpd reads no more of this connection. */
static enum MHD_Result refuse_head(struct conn *c)
{
	c->linger = true;
	return answer_queue(&c->x) ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse_with(struct conn *c, const struct fault *fault)
{
	c->x.status = err_info(fault->code)->http;
	c->x.response = refuse_response(c->f, fault);
	return refuse_head(c);
}

static enum MHD_Result take_head(struct conn *c, const char *method, const char *version)
{
	struct front *f = c->f;
	struct exchange *x = &c->x;
	struct fault fault;
	bool wanted;

	if (!judge_head(c, method, version, &fault) || !make_room(x, &fault))
		return refuse_with(c, &fault);
	resolve_path(c);
	x->counted = true;
	f->n_exchanges++;
	conn_enter(c, CONN_BODY);
	x->in_call = true;
	wanted = f->handler.headers(f->who, x);
	x->in_call = false;
	if (wanted && !x->ended)
		return MHD_YES;
	/* whether a chunked request is well formed shows with its last byte */
	return x->framing.chunked && x->response ? MHD_YES : refuse_head(c);
}

/* --- the body --- */

/* Nothing can be queued in the middle of a body. */
static enum MHD_Result refuse_body(struct conn *c, const struct fault *fault)
{
	refuse_raw(c->f, c->fd, fault);
	c->linger = true;
	conn_enter(c, CONN_CUT);
	exchange_leave(&c->x);
	return MHD_NO;
}

/* doubling, but never beyond what is allowed */
static size_t grown(const struct exchange *x, size_t need)
{
	size_t cap = x->body_cap ? x->body_cap : CHUNKED_FIRST, most = x->c->f->limits.body_bytes;

	while (cap < need)
		cap *= 2;
	return cap > most && need <= most ? most : cap;
}

static bool keep_data(struct exchange *x, const char *data, size_t n, struct fault *fault)
{
	size_t need = x->body_n + n;

	if (need > x->body_cap && !resize_body(x, grown(x, need), fault))
		return false;
	memcpy(x->body + x->body_n, data, n);
	return true;
}

static enum MHD_Result take_data(struct conn *c, const char *data, size_t *n)
{
	struct exchange *x = &c->x;
	struct fault fault;

	/* of one that is refused already, nothing is kept */
	if (x->response ? !body_fits(x, x->body_n + *n, &fault) : !keep_data(x, data, *n, &fault))
		return refuse_body(c, &fault);
	x->body_n += *n;
	*n = 0;
	return MHD_YES;
}

static enum MHD_Result take_end(struct conn *c)
{
	struct front *f = c->f;
	struct exchange *x = &c->x;

	if (x->response)
		return answer_queue(x) ? MHD_YES : MHD_NO;
	x->arrived_us = clock_mono_us();
	conn_enter(c, CONN_WAIT);
	x->in_call = true;
	f->handler.request(f->who, x);
	x->in_call = false;
	if (c->phase == CONN_CUT)
		return MHD_NO;
	if (x->response)
		return answer_queue(x) ? MHD_YES : MHD_NO;
	MHD_suspend_connection(c->mhd);
	x->asleep = true;
	/* it had hung up before we looked away; those that are answered at once are answered */
	if (c->hung_up)
		conn_cut(c);
	return MHD_YES;
}

enum MHD_Result exchange_step(void *front, struct MHD_Connection *mhd, const char *url,
			      const char *method, const char *version, const char *data, size_t *n,
			      void **context)
{
	struct conn *c = *context;

	(void)front;
	(void)mhd;
	(void)url;
	CHECK_OBJ(c, CONN_MAGIC);
	if (c->phase == CONN_HEAD)
		return take_head(c, method, version);
	if (c->phase != CONN_BODY)
		return MHD_NO; /* cut */
	return *n ? take_data(c, data, n) : take_end(c);
}

/* --- the end --- */

void exchange_leave(struct exchange *x)
{
	void *attached = x->attached;

	x->attached = NULL;
	if (attached && x->c->f->handler.gone)
		x->c->f->handler.gone(attached);
}

void exchange_completed(void *front, struct MHD_Connection *mhd, void **context,
			enum MHD_RequestTerminationCode code)
{
	struct front *f = front;
	struct conn *c = *context;
	struct exchange *x = &c->x;

	(void)mhd;
	(void)code;
	CHECK_OBJ(c, CONN_MAGIC);
	exchange_leave(x);
	if (x->response)
		MHD_destroy_response(x->response);
	buf_release(&x->out);
	free(x->body);
	f->bodies_held -= x->body_held;
	if (x->counted)
		f->n_exchanges--;
	*x = (struct exchange){ .c = c };
	if (c->phase != CONN_CUT)
		conn_enter(c, CONN_IDLE);
	/* the head of its answer was sent before it was known that it is the last */
	if (f->quiesced && c->phase == CONN_IDLE)
		conn_cut(c);
}

/* --- what the handler asks --- */

struct str exchange_method(const struct exchange *x)
{
	return x->method;
}

struct str exchange_path(const struct exchange *x)
{
	return x->path;
}

struct str exchange_query(const struct exchange *x)
{
	return http_query(x->target);
}

struct str exchange_header(const struct exchange *x, const char *name)
{
	struct str value = STR_NONE;

	MHD_lookup_connection_value_n(x->c->mhd, MHD_HEADER_KIND, name, strlen(name), &value.p,
				      &value.n);
	return value;
}

struct str exchange_body(const struct exchange *x)
{
	return (struct str){ x->body ? x->body : "", x->body_n };
}

struct str exchange_peer(const struct exchange *x)
{
	return str_of(x->c->peer);
}

int64_t exchange_arrived_us(const struct exchange *x)
{
	return x->arrived_us;
}

char *exchange_take_body(struct exchange *x, size_t *n_r)
{
	char *body = x->body;

	*n_r = x->body_n;
	x->body = NULL;
	x->body_n = 0;
	return body;
}

void exchange_attach(struct exchange *x, void *attached)
{
	x->attached = attached;
}
