/*
 * load.c -- clients of a gateway, more of them and steadier than Python can be.
 *
 * usage: load PORT KEY BODY hold N      keep N streams running until standard input ends
 *        load PORT KEY BODY probe US S  a request every US microseconds, for S seconds
 *
 * BODY is a file with the request's JSON. hold writes "ready" when each of the streams has brought
 * something, and in the end "BYTES ENDED BROKEN": what they brought, how many came to their end
 * (and were begun anew), and how many without an end mark. probe writes a line for each request:
 * the microseconds from the time at which it was due until its answer was whole, or -1. So a
 * request that waits behind another counts its wait.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CLIENTS 20000
#define ANSWER_MAX   65536
/* so many begin at a time, lest the listen queue runs over */
#define AT_ONCE 100

struct client {
	int fd; /* -1: not connected */
	bool busy;
	int64_t due_us;
	size_t n; /* bytes of this answer */
	char tail[5];
	char *answer; /* probe: what came so far */
};

static struct {
	uint16_t port;
	char *request;
	size_t request_n;
	int epoll;
	struct client clients[MOST_CLIENTS];
	size_t n_clients, waiting; /* waiting: for their first byte */
	uint64_t bytes, ended, broken;
	bool told, over;
} load;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- one client --- */

static void disconnect(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->busy = false;
}

static void dial(struct client *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(load.port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		die("epoll");
}

static void ask(struct client *c, int64_t due_us)
{
	if (c->fd < 0)
		dial(c);
	c->busy = true;
	c->due_us = due_us;
	c->n = 0;
	/* small: the kernel takes it whole */
	if (send(c->fd, load.request, load.request_n, MSG_NOSIGNAL) != (ssize_t)load.request_n)
		die("send");
}

/* --- hold --- */

static void begin_stream(struct client *c)
{
	load.waiting++;
	ask(c, 0);
}

static void keep_tail(struct client *c, const char *p, size_t n)
{
	size_t most = sizeof(c->tail);
	size_t keep = n < most ? most - n : 0;

	memmove(c->tail, c->tail + most - keep, keep);
	memcpy(c->tail + keep, p + n - (most - keep), most - keep);
}

static void stream_readable(struct client *c)
{
	char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n <= 0) {
		load.broken++;
		load.waiting -= c->n == 0;
		disconnect(c);
		begin_stream(c);
		return;
	}
	load.waiting -= c->n == 0;
	c->n += (size_t)n;
	load.bytes += (uint64_t)n;
	keep_tail(c, bytes, (size_t)n);
	if (memcmp(c->tail, "0\r\n\r\n", sizeof(c->tail)) == 0) {
		load.ended++;
		begin_stream(c);
	}
}

static void wait_and_read(int timeout_ms, void (*readable)(struct client *c))
{
	struct epoll_event events[256];
	int n = epoll_wait(load.epoll, events, 256, timeout_ms);

	for (int i = 0; i < n; i++) {
		if (!events[i].data.ptr)
			load.over = true; /* standard input has ended */
		else
			readable(events[i].data.ptr);
	}
}

static void hold(size_t n)
{
	struct epoll_event e = { .events = EPOLLIN };

	epoll_ctl(load.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &e);
	while (!load.over) {
		for (; load.n_clients < n && load.waiting < AT_ONCE; load.n_clients++) {
			load.clients[load.n_clients].fd = -1;
			begin_stream(&load.clients[load.n_clients]);
		}
		wait_and_read(100, stream_readable);
		if (!load.told && load.n_clients == n && load.waiting == 0) {
			puts("ready");
			fflush(stdout);
			load.told = true;
		}
	}
	printf("%llu %llu %llu\n", (unsigned long long)load.bytes, (unsigned long long)load.ended,
	       (unsigned long long)load.broken);
}

/* --- probe --- */

/* 0: not whole yet */
static size_t whole_size(const struct client *c)
{
	const char *body = strstr(c->answer, "\r\n\r\n");
	const char *length = strcasestr(c->answer, "\r\ncontent-length:");

	if (!body || !length || length > body)
		return 0;
	return (size_t)(body + 4 - c->answer) + strtoul(length + 17, NULL, 10);
}

static void probe_readable(struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->n, ANSWER_MAX - 1 - c->n, 0);
	size_t size;

	if (n <= 0) {
		if (c->busy)
			puts("-1");
		disconnect(c);
		return;
	}
	c->n += (size_t)n;
	c->answer[c->n] = '\0';
	size = whole_size(c);
	if (size == 0 || c->n < size)
		return;
	printf("%lld\n",
	       strncmp(c->answer, "HTTP/1.1 200", 12) ? -1LL : (long long)(now_us() - c->due_us));
	c->busy = false;
}

static struct client *idle_client(void)
{
	struct client *c;

	for (size_t i = 0; i < load.n_clients; i++)
		if (!load.clients[i].busy)
			return &load.clients[i];
	if (load.n_clients == MOST_CLIENTS)
		die("clients");
	c = &load.clients[load.n_clients++];
	c->fd = -1;
	c->answer = malloc(ANSWER_MAX);
	if (!c->answer)
		die("malloc");
	return c;
}

static bool any_busy(void)
{
	for (size_t i = 0; i < load.n_clients; i++)
		if (load.clients[i].busy)
			return true;
	return false;
}

static void probe(int64_t every_us, int64_t seconds)
{
	int64_t due = now_us(), end = due + seconds * 1000000;

	while (due < end || any_busy()) {
		int64_t wait = due < end ? (due - now_us()) / 1000 : 100;

		if (due < end && now_us() >= due) {
			ask(idle_client(), due);
			due += every_us;
			wait = 0;
		}
		wait_and_read(wait > 0 ? (int)wait : 0, probe_readable);
	}
}

/* --- the command --- */

static void write_request(const char *key, const char *path)
{
	static char body[1u << 20];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(body, 1, sizeof(body), f) : 0;

	if (n == 0)
		die(path);
	fclose(f);
	load.request = malloc(n + 1024);
	if (!load.request)
		die("malloc");
	load.request_n = (size_t)snprintf(
		load.request, 1024,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n"
		"Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		key, n);
	memcpy(load.request + load.request_n, body, n);
	load.request_n += n;
}

int main(int argc, char **argv)
{
	struct rlimit files;

	if (argc < 6)
		return 2;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	load.port = (uint16_t)atoi(argv[1]);
	load.epoll = epoll_create1(0);
	write_request(argv[2], argv[3]);
	if (strcmp(argv[4], "hold") == 0)
		hold((size_t)atoi(argv[5]));
	else if (argc > 6)
		probe(atoll(argv[5]), atoll(argv[6]));
	return 0;
}
