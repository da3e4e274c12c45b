/*
 * upstream_socket.c -- libcurl's sockets and timers on our loop.
 *
 * libcurl forgets a socket after each call and asks for it again with the next,
 * which would cost four system calls. So a connected socket stays watched until
 * libcurl closes it; if it says something while nobody wants to hear, it is muted.
 *
 * libcurl 7.88 tells of sockets that it closes, but not of those that were still
 * connecting, and takes a new one with the same number for the old.
 */
#include "io/upstream_parts.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void collect(struct up_multi *m)
{
	const CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(m->curl, &left))) {
		struct up_call *c;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c) != CURLE_OK)
			continue;
		CHECK_OBJ(c, CALL_MAGIC);
		/* one that is cancelled is released at the end of the turn */
		if (c->state == CALL_RUNNING)
			call_finish(c, easy_end(c, code), c->error);
	}
}

static void act(struct up_multi *m, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(m->curl, fd, events, &running);
	collect(m);
}

void multi_run(struct up_multi *m)
{
	m->kicked = false;
	act(m, CURL_SOCKET_TIMEOUT, 0);
}

/* --- sockets --- */

static void on_ready(void *who, int events)
{
	struct up_socket *s = who;

	if (s->wanted == 0)
		watch_set(s->watch, 0);
	else
		act(s->m, s->fd,
		    (events & WATCH_READ ? CURL_CSELECT_IN : 0) |
			    (events & WATCH_WRITE ? CURL_CSELECT_OUT : 0));
}

/* the slot of a descriptor; NULL: no memory */
static struct up_socket **slot(struct upstream *u, int fd)
{
	size_t n = u->n_sockets ? u->n_sockets : 64;
	struct up_socket **sockets;

	if ((size_t)fd < u->n_sockets)
		return &u->sockets[fd];
	while (n <= (size_t)fd)
		n *= 2;
	sockets = realloc(u->sockets, n * sizeof(*sockets));
	if (!sockets)
		return NULL;
	memset(sockets + u->n_sockets, 0, (n - u->n_sockets) * sizeof(*sockets));
	u->sockets = sockets;
	u->n_sockets = n;
	return &sockets[fd];
}

static void socket_drop(struct up_socket *s)
{
	watch_close(s->watch);
	s->m->u->sockets[s->fd] = NULL;
	free(s);
}

static void want(struct up_socket *s, int events)
{
	s->wanted = events;
	if (events & WATCH_READ)
		s->connected = true;
	if (events == 0 && !s->connected) {
		watch_close(s->watch);
		s->watch = NULL;
	} else if (!s->watch) {
		s->watch = watch_open(s->m->u->l, s->fd, events, on_ready, s);
	} else {
		watch_set(s->watch, events ? events : WATCH_READ);
	}
}

static struct up_socket *socket_add(struct up_multi *m, int fd, bool ours)
{
	struct up_socket **at = slot(m->u, fd);
	struct up_socket *s = at ? calloc(1, sizeof(*s)) : NULL;
	int inherited = 0;

	if (!s)
		return NULL;
	if (*at) {
		/* closed without a word, and libcurl will not ask again for what it asked */
		inherited = (*at)->wanted;
		socket_drop(*at);
	}
	*s = (struct up_socket){ .m = m, .fd = fd, .ours = ours };
	*at = s;
	if (inherited)
		want(s, inherited);
	return s;
}

static struct up_socket *socket_find(const struct upstream *u, int fd)
{
	return (size_t)fd < u->n_sockets ? u->sockets[fd] : NULL;
}

/* CURLMOPT_SOCKETFUNCTION */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *multi, void *unused)
{
	static const int events[] = { [CURL_POLL_NONE] = 0,
				      [CURL_POLL_IN] = WATCH_READ,
				      [CURL_POLL_OUT] = WATCH_WRITE,
				      [CURL_POLL_INOUT] = WATCH_READ | WATCH_WRITE,
				      [CURL_POLL_REMOVE] = 0 };
	struct up_multi *m = multi;
	struct up_socket *s = socket_find(m->u, fd);

	(void)easy;
	(void)unused;
	if (!s && what != CURL_POLL_REMOVE)
		s = socket_add(m, fd, false);
	if (!s)
		return 0;
	/* the resolver's are closed without a word */
	if (!s->ours && what == CURL_POLL_REMOVE)
		socket_drop(s);
	else
		want(s, events[what]);
	return 0;
}

/* where a vendor never is, but a cloud's metadata service may be (RFC 3927, RFC 4291) */
static bool is_link_local(const struct sockaddr *address)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	const unsigned char *four;

	if (address->sa_family == AF_INET)
		four = (const unsigned char *)&((const struct sockaddr_in *)address)->sin_addr;
	else if (address->sa_family != AF_INET6)
		return true;
	else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		four = &six->sin6_addr.s6_addr[12];
	else
		return IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) ||
		       IN6_IS_ADDR_MULTICAST(&six->sin6_addr);
	return (four[0] == 169 && four[1] == 254) || four[0] >= 224;
}

/* CURLOPT_OPENSOCKETFUNCTION: after the name was resolved, so that no name leads there either */
curl_socket_t socket_open(void *multi, curlsocktype purpose, struct curl_sockaddr *address)
{
	int fd;

	(void)purpose;
	if (is_link_local(&address->addr))
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    address->protocol);
	if (fd >= 0 && !socket_add(multi, fd, true)) {
		close(fd);
		fd = -1;
	}
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION */
int socket_close(void *multi, curl_socket_t fd)
{
	struct up_multi *m = multi;
	struct up_socket *s = socket_find(m->u, fd);

	if (s)
		socket_drop(s);
	return close(fd);
}

/* --- timers --- */

static void kick(struct up_multi *m)
{
	m->kicked = m->u->kicked = true;
	loop_wake(m->u->l);
}

static void on_due(void *who)
{
	kick(who);
}

/* CURLMOPT_TIMERFUNCTION: 0 means soon, but not from here; -1 never */
static int on_timer(CURLM *curl, long ms, void *multi)
{
	struct up_multi *m = multi;

	(void)curl;
	timer_cancel(m->u->l, &m->timer);
	if (ms == 0)
		kick(m);
	else if (ms > 0)
		timer_set(m->u->l, &m->timer, loop_now_us(m->u->l) + ms * 1000);
	return 0;
}

/* --- multis --- */

struct up_multi *multi_new(struct upstream *u)
{
	struct up_multi *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	*m = (struct up_multi){ .u = u, .curl = curl_multi_init() };
	if (!m->curl) {
		free(m);
		return NULL;
	}
	m->timer = (struct timer){ .fire = on_due, .who = m };
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)u->limits.per_multi);
	return m;
}

void multi_free(struct up_multi *m)
{
	curl_multi_cleanup(m->curl);
	timer_cancel(m->u->l, &m->timer);
	free(m);
}

void sockets_free(struct upstream *u)
{
	for (size_t i = 0; i < u->n_sockets; i++) {
		if (!u->sockets[i])
			continue;
		watch_close(u->sockets[i]->watch);
		free(u->sockets[i]);
	}
	free(u->sockets);
}
