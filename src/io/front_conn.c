/*
 * front_conn.c -- a connection: its phases, how long each may last, and its end.
 *
 * libmicrohttpd knows one idle time for all, which a client that sends a byte now
 * and then keeps for ever, and none while a connection sleeps. These deadlines are
 * absolute, and end in shutdown(): libmicrohttpd then finds the connection closed.
 */
#include "io/front_parts.h"

#include <sys/socket.h>

#include "io/tcp_seen.h"

#define TICK_US 1000000
/* how often, within the time that a client may take nothing, one looks whether it did */
#define LOOKS 8
/* nobody has looked yet */
#define UNKNOWN UINT64_MAX

static void on_deadline(void *who);

struct conn *conn_new(struct front *f, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	*c = (struct conn){ .magic = CONN_MAGIC, .f = f, .fd = fd };
	c->deadline = (struct timer){ .fire = on_deadline, .who = c };
	c->x.c = c;
	return c;
}

void conn_free(struct conn *c)
{
	CHECK_OBJ(c, CONN_MAGIC);
	front_forget_address(c->f, c->address);
	free(c->line);
	c->magic = 0;
	free(c);
}

void conn_touch(struct conn *c)
{
	if (c->has_work)
		return;
	c->has_work = true;
	TAILQ_INSERT_TAIL(&c->f->work, c, work);
	loop_wake(c->f->l);
}

/* --- phases and their deadlines --- */

/* when a phase is to be looked at first; 0 = never */
static int64_t first_look_ms(const struct front_limits *limits, enum conn_phase phase)
{
	switch (phase) {
	case CONN_IDLE: return limits->idle_ms;
	case CONN_HEAD: return limits->header_ms;
	case CONN_BODY:
		/* a grace of nothing is not "never" */
		return limits->body_ms <= limits->body_grace_ms ? limits->body_ms
								: limits->body_grace_ms + 1;
	case CONN_REPLY: return limits->stream_stall_ms / LOOKS;
	default: return 0; /* a stream is looked at while it has bytes waiting: conn_expect() */
	}
}

void conn_enter(struct conn *c, enum conn_phase phase)
{
	struct loop *l = c->f->l;
	int64_t look_ms = first_look_ms(&c->f->limits, phase);

	c->phase = phase;
	c->since_us = loop_now_us(l);
	c->acked = UNKNOWN;
	if (look_ms > 0)
		timer_set(l, &c->deadline, c->since_us + look_ms * 1000);
	else
		timer_cancel(l, &c->deadline);
}

static void too_late(struct conn *c, const char *what)
{
	struct fault fault;

	fault_set(&fault, ERR_SLOW, "", "the request's %s did not arrive in time", what);
	refuse_raw(c->f, c->fd, &fault);
	conn_cut(c);
}

static void head_is_late(struct conn *c)
{
	/* who has said nothing is told nothing */
	if (tcp_received(c->fd) > 0)
		too_late(c, "head");
	else
		conn_cut(c);
}

/* Looked at every second once the grace is over: on average the bytes must keep up with the rate
 * that began there. */
static void body_is_late(struct conn *c)
{
	const struct front_limits *limits = &c->f->limits;
	int64_t now_us = loop_now_us(c->f->l);
	int64_t end_us = c->since_us + limits->body_ms * 1000;
	int64_t rated_us = now_us - c->since_us - limits->body_grace_ms * 1000;

	if (now_us >= end_us || (int64_t)c->x.body_n < limits->body_rate * (rated_us / 1000) / 1000)
		too_late(c, "body");
	else
		timer_set(c->f->l, &c->deadline,
			  end_us < now_us + TICK_US ? end_us : now_us + TICK_US);
}

/*
 * A client that takes its answer slowly is fine, one that takes nothing is not. The kernel's word
 * counts: it holds megabytes, so that for seconds we could write nothing to a client that reads.
 */
static void answer_is_late(struct conn *c)
{
	int64_t now_us = loop_now_us(c->f->l), stall_us = c->f->limits.stream_stall_ms * 1000;
	uint64_t acked = tcp_acked(c->fd);

	if (acked != c->acked) {
		c->acked = acked;
		c->since_us = now_us;
	} else if (now_us - c->since_us >= stall_us) {
		conn_cut(c);
		return;
	}
	timer_set(c->f->l, &c->deadline, now_us + stall_us / LOOKS);
}

void conn_expect(struct conn *c, bool something)
{
	int64_t stall_us = c->f->limits.stream_stall_ms * 1000;

	if (c->phase != CONN_STREAM || stall_us == 0 || something == timer_is_set(&c->deadline))
		return;
	c->acked = UNKNOWN;
	if (something)
		timer_set(c->f->l, &c->deadline, loop_now_us(c->f->l) + stall_us / LOOKS);
	else
		timer_cancel(c->f->l, &c->deadline);
}

static void (*const lateness[CONN_PHASES])(struct conn *c) = {
	[CONN_IDLE] = conn_cut,         [CONN_HEAD] = head_is_late,    [CONN_BODY] = body_is_late,
	[CONN_STREAM] = answer_is_late, [CONN_REPLY] = answer_is_late,
};

static void on_deadline(void *who)
{
	struct conn *c = who;

	CHECK_OBJ(c, CONN_MAGIC);
	lateness[c->phase](c);
}

/* --- the end --- */

void conn_reset(const struct conn *c)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	/* a close, even without lingering, would let libmicrohttpd say a proper end first */
	if (connect(c->fd, &nobody, sizeof(nobody)) < 0)
		shutdown(c->fd, SHUT_RDWR);
}

void conn_cut(struct conn *c)
{
	CHECK_OBJ(c, CONN_MAGIC);
	if (c->phase == CONN_CUT)
		return;
	if (c->phase == CONN_STREAM || c->phase == CONN_REPLY)
		conn_reset(c);
	else
		shutdown(c->fd, SHUT_RDWR);
	conn_enter(c, CONN_CUT);
	answer_wake(&c->x);
	exchange_leave(&c->x);
}

static void conn_opened(struct front *f, struct MHD_Connection *mhd, void **context)
{
	struct conn *c = f->arriving;

	f->arriving = NULL;
	c->mhd = mhd;
	*context = c;
	LIST_INSERT_HEAD(&c->shard->conns, c, all);
	f->n_conns++;
	c->shard->n_conns++;
	conn_enter(c, CONN_HEAD);
	if (!gone_watch(c))
		conn_cut(c);
}

static void conn_closed(struct conn *c)
{
	struct front *f = c->f;

	CHECK_OBJ(c, CONN_MAGIC);
	timer_cancel(f->l, &c->deadline);
	gone_unwatch(c);
	if (c->linger)
		linger_start(f, c->fd);
	if (c->has_work)
		TAILQ_REMOVE(&f->work, c, work);
	LIST_REMOVE(c, all);
	f->n_conns--;
	c->shard->n_conns--;
	c->mhd = NULL;
	/* the epoll of front_gone.c may have an event of it in hand */
	SLIST_INSERT_HEAD(&f->dead, c, dead);
	loop_wake(f->l);
}

void conn_notify(void *front, struct MHD_Connection *mhd, void **context,
		 enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		conn_opened(front, mhd, context);
	else
		conn_closed(*context);
}
