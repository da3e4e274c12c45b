/*
 * front_gone.c -- clients that leave while libmicrohttpd looks away.
 *
 * A suspended connection is not polled, so nobody would learn that its client has
 * hung up. One edge-triggered epoll for all connections does: each is added once
 * and never changed. Data do not wake it. It also tells when the socket of a direct
 * stream (front_answer.c) can take more.
 */
#include "io/front_parts.h"

#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS 256

static void on_event(struct conn *c, uint32_t events)
{
	CHECK_OBJ(c, CONN_MAGIC);
	if (events & EPOLLOUT && c->x.direct && answer_pending(&c->x) > 0)
		conn_touch(c);
	if (!(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
		return;
	/* told once: a request that is not wholly read yet asks later */
	c->hung_up = true;
	if (c->phase == CONN_WAIT || c->phase == CONN_STREAM)
		conn_cut(c);
}

static void on_events(void *who, int unused)
{
	struct front *f = who;
	struct epoll_event events[EVENTS];
	int n;

	(void)unused;
	do {
		n = epoll_wait(f->gone_fd, events, EVENTS, 0);
		for (int i = 0; i < n; i++)
			on_event(events[i].data.ptr, events[i].events);
	} while (n == EVENTS);
}

bool gone_open(struct front *f)
{
	f->gone_fd = epoll_create1(EPOLL_CLOEXEC);
	f->gone = f->gone_fd < 0 ? NULL : watch_open(f->l, f->gone_fd, WATCH_READ, on_events, f);
	return f->gone != NULL;
}

void gone_close(struct front *f)
{
	watch_close(f->gone);
	if (f->gone_fd >= 0)
		close(f->gone_fd);
}

bool gone_watch(struct conn *c)
{
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLOUT | EPOLLET, .data.ptr = c };

	return epoll_ctl(c->f->gone_fd, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

void gone_unwatch(struct conn *c)
{
	epoll_ctl(c->f->gone_fd, EPOLL_CTL_DEL, c->fd, NULL);
}
