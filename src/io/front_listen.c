/*
 * front_listen.c -- the listening socket, and who may come in.
 *
 * The front accepts by itself and gives each connection to the daemon that has the
 * fewest: libmicrohttpd's own limits are per daemon, and it could only hang up.
 */
#include "io/front_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#define BACKLOG        4096
#define ACCEPTS_A_TURN 64
/* out of descriptors or memory: let some be freed before the next try */
#define RETRY_US 100000

/* --- the address --- */

/* "HOST:PORT", "[HOST]:PORT", ":PORT" */
static bool split(const char *address, char host[static NI_MAXHOST], const char **port_r)
{
	struct str s = str_of(address);
	const char *colon = strrchr(address, ':');

	if (!colon || !colon[1])
		return false;
	*port_r = colon + 1;
	s = str_sub(s, 0, (size_t)(colon - address));
	if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
		s = str_sub(s, 1, s.n - 1);
	else if (str_chr(s, ':') >= 0)
		return false;
	return str_copy(host, NI_MAXHOST, s);
}

static int open_one(const struct addrinfo *ai, bool reuse_port)
{
	int on = 1, off = 0;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (reuse_port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	/* "[::]" is everybody */
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

static int open_address(const char *host, const char *port, bool reuse_port, struct fault *fault_r)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int fd = -1, failed = getaddrinfo(host, port, &hints, &found);

	if (failed) {
		fault_set(fault_r, ERR_VALUE, "listen", "%s:%s: %s", host, port,
			  gai_strerror(failed));
		return -1;
	}
	for (struct addrinfo *ai = found; ai && fd < 0; ai = ai->ai_next)
		fd = open_one(ai, reuse_port);
	if (fd < 0)
		fault_set(fault_r, ERR_VALUE, "listen", "%s:%s: %s", host, port, strerror(errno));
	freeaddrinfo(found);
	return fd;
}

/* --- who may come in --- */

static struct in6_addr as_in6(const struct sockaddr_storage *addr)
{
	struct in6_addr in6 = { .s6_addr = { [10] = 0xFF, [11] = 0xFF } };

	if (addr->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *)addr)->sin6_addr;
	memcpy(&in6.s6_addr[12], &((const struct sockaddr_in *)addr)->sin_addr, 4);
	return in6;
}

static void write_peer(char peer[static INET6_ADDRSTRLEN], const struct in6_addr *in6)
{
	if (IN6_IS_ADDR_V4MAPPED(in6))
		inet_ntop(AF_INET, &in6->s6_addr[12], peer, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, in6, peer, INET6_ADDRSTRLEN);
}

static struct address_count *count_address(struct front *f, const struct in6_addr *in6)
{
	struct address_count *a;

	HASH_FIND(hh, f->addresses, in6, sizeof(*in6), a);
	if (!a) {
		a = calloc(1, sizeof(*a));
		if (!a)
			return NULL;
		a->address = *in6;
		HASH_ADD(hh, f->addresses, address, sizeof(a->address), a);
	}
	a->n++;
	return a;
}

void front_forget_address(struct front *f, struct address_count *a)
{
	if (!a || --a->n > 0)
		return;
	HASH_DEL(f->addresses, a);
	free(a);
}

static struct shard *least_busy(struct front *f)
{
	struct shard *best = &f->shards[0];

	for (uint32_t i = 1; i < f->n_shards; i++)
		if (f->shards[i].n_conns < best->n_conns)
			best = &f->shards[i];
	return best;
}

static void turn_away(struct front *f, int fd, const char *why)
{
	struct fault fault;

	fault_set(&fault, ERR_OVERLOAD, "", "%s", why);
	fault.retry_after_s = 1;
	refuse_raw(f, fd, &fault);
	shutdown(fd, SHUT_WR);
	linger_start(f, fd);
	close(fd);
}

/* libmicrohttpd closes the socket, also when it cannot take it; conn_notify() hears of both */
static void hand_over(struct conn *c, const struct sockaddr_storage *addr, socklen_t len)
{
	struct front *f = c->f;

	f->arriving = c;
	MHD_add_connection(c->shard->mhd, c->fd, (const struct sockaddr *)addr, len);
	if (f->arriving)
		conn_free(c);
	f->arriving = NULL;
}

static void come_in(struct front *f, int fd, const struct sockaddr_storage *addr, socklen_t len)
{
	struct in6_addr in6 = as_in6(addr);
	struct address_count *a;
	struct conn *c;

	if (f->n_conns >= f->limits.max_connections) {
		turn_away(f, fd, "the gateway has as many connections as it may hold");
		return;
	}
	a = count_address(f, &in6);
	if (a && f->limits.max_per_ip && a->n > f->limits.max_per_ip) {
		front_forget_address(f, a);
		turn_away(f, fd, "too many connections from this address");
		return;
	}
	c = a ? conn_new(f, fd) : NULL;
	if (!c) {
		front_forget_address(f, a);
		close(fd);
		return;
	}
	c->address = a;
	c->shard = least_busy(f);
	write_peer(c->peer, &in6);
	hand_over(c, addr, len);
}

/* --- the socket --- */

static void listen_again(void *who)
{
	struct front *f = who;

	watch_set(f->listen, WATCH_READ);
}

static void accept_failed(struct front *f)
{
	/* a client that was faster gone than we here, or nobody is waiting */
	if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
		return;
	log_say(LOG_WARN, "accept_failed", "%s", strerror(errno));
	watch_set(f->listen, 0);
	timer_set(f->l, &f->listen_again, loop_now_us(f->l) + RETRY_US);
}

/* false: nobody is waiting, or nobody can be taken now */
static bool take_some(struct front *f)
{
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage addr;
		socklen_t len = sizeof(addr);
		int fd = accept4(f->listen_fd, (struct sockaddr *)&addr, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			accept_failed(f);
			return false;
		}
		come_in(f, fd, &addr, len);
	}
	return true;
}

static void on_listen(void *who, int events)
{
	struct front *f = who;

	(void)events;
	take_some(f);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return 0;
	return ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
						: ((struct sockaddr_in *)&addr)->sin_port);
}

/* "fd:N" */
static bool is_inherited(const char *address, int64_t *fd_r)
{
	struct str number = str_of(address), word = str_cut(&number, ':');

	return str_is(word, "fd") && str_i64(number, fd_r);
}

static int share_socket(int64_t fd, struct fault *fault_r)
{
	int listens = 0, copy;
	socklen_t len = sizeof(listens);

	if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens) {
		fault_set(fault_r, ERR_VALUE, "listen", "descriptor %lld is no listening socket",
			  (long long)fd);
		return -1;
	}
	copy = fcntl((int)fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0 || fcntl(copy, F_SETFL, O_NONBLOCK) < 0)
		fault_set(fault_r, ERR_INTERNAL, "listen", "descriptor %lld: %s", (long long)fd,
			  strerror(errno));
	return copy;
}

static int open_listener(const char *address, bool reuse_port, struct fault *fault_r)
{
	char host[NI_MAXHOST];
	const char *port;
	int fd;

	if (!split(address, host, &port)) {
		fault_set(fault_r, ERR_VALUE, "listen", "\"%s\" is not HOST:PORT", address);
		return -1;
	}
	fd = open_address(*host ? host : "::", port, reuse_port, fault_r);
	if (fd < 0 && !*host)
		fd = open_address("0.0.0.0", port, reuse_port, fault_r);
	return fd;
}

bool front_address_is_free(const char *address, struct fault *fault_r)
{
	int fd = open_listener(address, false, fault_r);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool front_listen(struct front *f, const char *address, bool reuse_port, struct fault *fault_r)
{
	int64_t fd;

	f->inherited = is_inherited(address, &fd);
	f->listen_fd = f->inherited ? share_socket(fd, fault_r)
				    : open_listener(address, reuse_port, fault_r);
	if (f->listen_fd < 0)
		return false;
	f->port = port_of(f->listen_fd);
	f->listen_again = (struct timer){ .fire = listen_again, .who = f };
	f->listen = watch_open(f->l, f->listen_fd, WATCH_READ, on_listen, f);
	return f->listen != NULL;
}

void front_close_listener(struct front *f)
{
	timer_cancel(f->l, &f->listen_again);
	watch_close(f->listen);
	f->listen = NULL;
	if (f->listen_fd >= 0)
		close(f->listen_fd);
	f->listen_fd = -1;
}

static void cut_if_idle(struct conn *c)
{
	if (c->phase == CONN_IDLE)
		conn_cut(c);
}

void front_hold(struct front *f)
{
	watch_set(f->listen, 0);
}

void front_accept(struct front *f)
{
	if (f->listen)
		watch_set(f->listen, WATCH_READ);
}

void front_leave(struct front *f)
{
	CHECK_OBJ(f, FRONT_MAGIC);
	f->leaving = true;
}

void front_quiesce(struct front *f)
{
	if (f->quiesced)
		return;
	front_leave(f);
	f->quiesced = true;
	/* Those that the kernel has already shaken hands with would be reset; with a socket that
	 * outlives us they wait for who comes next. */
	while (!f->inherited && take_some(f))
		;
	front_close_listener(f);
	front_each(f, cut_if_idle);
}
