/*
 * front_linger.c -- closing without destroying what was just said.
 *
 * When a socket is closed while the client still sends, the kernel answers with a
 * reset, and the client loses the refusal that it has not read yet. So a copy of
 * the socket stays open and what comes is thrown away, within bounds.
 */
#include "io/front_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* as nginx: this long for all of it, unless the client stops before */
#define LINGER_US 10000000
/* sockets at once; then a reset must do */
#define LINGER_MAX 256
#define PIECE      16384

struct lingering {
	struct front *f;
	int fd;
	struct watch *watch;
	struct timer deadline;
	LIST_ENTRY(lingering) all;
};

static void linger_stop(struct lingering *g)
{
	struct front *f = g->f;

	timer_cancel(f->l, &g->deadline);
	watch_close(g->watch);
	close(g->fd);
	LIST_REMOVE(g, all);
	f->n_lingerings--;
	free(g);
}

static void on_deadline(void *who)
{
	linger_stop(who);
}

static void on_data(void *who, int events)
{
	struct lingering *g = who;
	char waste[PIECE];
	ssize_t n = recv(g->fd, waste, sizeof(waste), MSG_DONTWAIT);

	(void)events;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		linger_stop(g);
}

void linger_start(struct front *f, int fd)
{
	struct lingering *g;

	if (f->n_lingerings >= LINGER_MAX || !(g = calloc(1, sizeof(*g))))
		return;
	*g = (struct lingering){ .f = f, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0) };
	g->watch = g->fd < 0 ? NULL : watch_open(f->l, g->fd, WATCH_READ, on_data, g);
	if (!g->watch) {
		if (g->fd >= 0)
			close(g->fd);
		free(g);
		return;
	}
	g->deadline = (struct timer){ .fire = on_deadline, .who = g };
	timer_set(f->l, &g->deadline, loop_now_us(f->l) + LINGER_US);
	LIST_INSERT_HEAD(&f->lingerings, g, all);
	f->n_lingerings++;
}

void linger_stop_all(struct front *f)
{
	struct lingering *g;

	while ((g = LIST_FIRST(&f->lingerings)))
		linger_stop(g);
}
