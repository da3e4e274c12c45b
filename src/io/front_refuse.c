/*
 * front_refuse.c -- answers that the front gives by itself: to what never became a
 * request, was too large or too slow, or came when the house was full.
 */
#include "io/front_parts.h"

#include <sys/socket.h>

#define BODY_MAX 4096

static void write_answer(struct front *f, const struct fault *fault, struct headers *h,
			 struct buf *body)
{
	*h = (struct headers){ .n = 0 };
	buf_init(body, BODY_MAX);
	if (f->handler.refuse)
		f->handler.refuse(f->who, fault, h, body);
	if (body->n && buf_ok(body))
		return;
	buf_reset(body);
	buf_printf(body, "%s\n", fault->text);
	*h = (struct headers){ .n = 0 };
	headers_add(h, "Content-Type", STR("text/plain"));
}

struct MHD_Response *refuse_response(struct front *f, const struct fault *fault)
{
	struct MHD_Response *r;
	struct headers h;
	struct buf body;
	size_t n;
	char *p;

	write_answer(f, fault, &h, &body);
	p = buf_take(&body, &n);
	r = MHD_create_response_from_buffer(n, p, MHD_RESPMEM_MUST_FREE);
	if (!r) {
		free(p);
		return NULL;
	}
	for (size_t i = 0; i < h.n; i++)
		MHD_add_response_header(r, h.list[i].name, h.list[i].value);
	return r;
}

void refuse_raw(struct front *f, int fd, const struct fault *fault)
{
	int status = err_info(fault->code)->http;
	struct headers h;
	struct buf body, all;

	write_answer(f, fault, &h, &body);
	buf_init(&all, 2 * BODY_MAX);
	buf_printf(&all, "HTTP/1.1 %d %s\r\nConnection: close\r\n", status,
		   MHD_get_reason_phrase_for((unsigned int)status));
	for (size_t i = 0; i < h.n; i++)
		buf_printf(&all, "%s: %s\r\n", h.list[i].name, h.list[i].value);
	buf_printf(&all, "Content-Length: %zu\r\n\r\n", body.n);
	buf_add(&all, buf_str(&body));
	/* a client whose window is closed even to this hears nothing */
	if (buf_ok(&all))
		(void)!send(fd, all.p, all.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	buf_release(&all);
	buf_release(&body);
}

/* the headers of one connection alone are read and not with us yet */
static bool is_being_refused(const struct conn *c)
{
	const union MHD_ConnectionInfo *info;

	if (c->phase != CONN_HEAD || c->refused)
		return false;
	info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	return info && info->header_size > 0;
}

/*
 * libmicrohttpd 0.9.75 writes the head of its answer twice when it is the headers as a whole
 * that it refuses, such as for a Content-Length that is no number. So it is answered for, and
 * finds the connection closed.
 */
void refuse_unparsed(struct shard *s)
{
	struct fault fault;
	struct conn *c;

	LIST_FOREACH (c, &s->conns, all) {
		if (!is_being_refused(c))
			continue;
		fault_set(&fault, ERR_HTTP, "", "the request's headers are malformed");
		refuse_raw(s->f, c->fd, &fault);
		shutdown(c->fd, SHUT_WR);
		c->refused = c->linger = true;
	}
}
