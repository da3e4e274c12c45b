/*
 * load.c -- clients of a gateway, more of them and steadier than Python can be.
 *
 * usage: load PORT KEY BODY hold N      keep N streams running until standard input ends
 *        load PORT KEY BODY probe US S  a request every US microseconds, for S seconds
 *        load PORT KEY BODY closed N S  N clients that ask again when answered, for S seconds
 *        load PORT KEY BODY chunks N S  N streams, begun anew at their end, for S seconds
 *
 * BODY is a file with the request's JSON. hold writes "ready" when each of the streams has brought
 * something, and in the end "BYTES ENDED BROKEN": what they brought, how many came to their end
 * (and were begun anew), and how many without an end mark. probe writes a line for each request:
 * the microseconds from the time at which it was due until its answer was whole, or -1. So a
 * request that waits behind another counts its wait. closed writes "REQUESTS FAILED P50 P99", the
 * quantiles in microseconds; chunks the same of chunks, and behind it the streams that came to
 * their end: how long each chunk was on its way from bench/vendor, which writes the time into it.
 * KEY may go on with further lines of headers, parted by CRLF; or it is @FILE, whose lines are keys
 * of one length that take turns.
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
#define AT_ONCE         100
#define HEAD_MAX        1024
#define BODY_MAX        (1u << 20)
#define KEYS_MAX        (4u << 20)
#define LAST_ANSWERS_US 30000000
#define MOST_TIMES      (1u << 23)

struct client {
	int fd; /* -1: not connected */
	bool busy;
	int64_t due_us;
	size_t n; /* bytes of this answer */
	char tail[5];
	char *answer; /* probe, closed: what came so far */
};

static struct {
	uint16_t port;
	char *request;
	size_t request_n;
	char *keys, *key_at; /* keys that take turns, and their place in the request; or NULL */
	size_t n_keys, key_n, turn;
	int epoll;
	struct client clients[MOST_CLIENTS];
	size_t n_clients, waiting; /* waiting: for their first byte */
	uint64_t bytes, ended, broken;
	uint32_t *times; /* closed, chunks: microseconds */
	size_t n_times;
	int64_t end_us; /* closed, chunks: nothing is begun behind it */
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

static void take_turn(void)
{
	if (!load.keys)
		return;
	memcpy(load.key_at, load.keys + load.turn * (load.key_n + 1), load.key_n);
	load.turn = (load.turn + 1) % load.n_keys;
}

static void ask(struct client *c, int64_t due_us)
{
	take_turn();
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

static bool chunked(const struct client *c, const char *body)
{
	const char *coding = strcasestr(c->answer, "\r\ntransfer-encoding: chunked");

	return coding && coding < body;
}

/* 0: not whole yet */
static size_t whole_size(const struct client *c)
{
	const char *body = strstr(c->answer, "\r\n\r\n");
	const char *length = strcasestr(c->answer, "\r\ncontent-length:");

	if (body && chunked(c, body))
		return memcmp(c->answer + c->n - 5, "0\r\n\r\n", 5) == 0 ? c->n : 0;
	if (!body || !length || length > body)
		return 0;
	return (size_t)(body + 4 - c->answer) + strtoul(length + 17, NULL, 10);
}

enum asked { ASKED_WAITING, ASKED_GOOD, ASKED_BAD, ASKED_CLOSED };

static enum asked read_answer(struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->n, ANSWER_MAX - 1 - c->n, 0);
	size_t size;

	if (n <= 0) {
		enum asked state = c->busy ? ASKED_BAD : ASKED_CLOSED;

		disconnect(c);
		return state;
	}
	c->n += (size_t)n;
	c->answer[c->n] = '\0';
	size = whole_size(c);
	if (size == 0 || c->n < size)
		return ASKED_WAITING;
	c->busy = false;
	return strncmp(c->answer, "HTTP/1.1 200", 12) ? ASKED_BAD : ASKED_GOOD;
}

static void probe_readable(struct client *c)
{
	enum asked state = read_answer(c);

	if (state == ASKED_GOOD)
		printf("%lld\n", (long long)(now_us() - c->due_us));
	else if (state == ASKED_BAD)
		puts("-1");
}

static void new_client(struct client *c)
{
	c->fd = -1;
	c->answer = malloc(ANSWER_MAX);
	if (!c->answer)
		die("malloc");
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
	new_client(c);
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

/* --- closed, chunks --- */

static void note_time(int64_t us)
{
	if (load.n_times == MOST_TIMES)
		die("times");
	load.times[load.n_times++] = (uint32_t)us;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void tell_times(void)
{
	size_t n = load.n_times;

	qsort(load.times, n, sizeof(load.times[0]), by_size);
	printf("%zu %llu %u %u %llu\n", n, (unsigned long long)load.broken,
	       n ? load.times[n / 2] : 0, n ? load.times[n * 99 / 100] : 0,
	       (unsigned long long)load.ended);
}

static void ask_again(struct client *c)
{
	int64_t now = now_us();

	if (now < load.end_us)
		ask(c, now);
}

static void closed_readable(struct client *c)
{
	enum asked state = read_answer(c);

	if (state == ASKED_WAITING)
		return;
	if (state == ASKED_GOOD)
		note_time(now_us() - c->due_us);
	else if (state == ASKED_BAD)
		load.broken++;
	ask_again(c);
}

/* the times that bench/vendor wrote into what came */
static void note_chunks(const char *p, size_t n)
{
	int64_t now = now_us();
	const char *end = p + n;

	while ((p = memmem(p, (size_t)(end - p), "\"t=", 3)) && end - p >= 19) {
		note_time(now - strtoll(p + 3, NULL, 10));
		p += 19;
	}
}

static void chunks_readable(struct client *c)
{
	char bytes[16384 + 1];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes) - 1, 0);

	if (n <= 0 || (c->n == 0 && strncmp(bytes, "HTTP/1.1 200", 12) != 0)) {
		load.broken += c->busy;
		disconnect(c);
		ask_again(c);
		return;
	}
	bytes[n] = '\0';
	c->n += (size_t)n;
	note_chunks(bytes, (size_t)n);
	keep_tail(c, bytes, (size_t)n);
	if (memcmp(c->tail, "0\r\n\r\n", sizeof(c->tail)) != 0)
		return;
	load.ended++;
	c->busy = false;
	ask_again(c);
}

/* closed: what has begun is waited for, so that what a target does is done for answers that count
 */
static bool goes_on(bool closed)
{
	int64_t now = now_us();

	return now < load.end_us || (closed && any_busy() && now < load.end_us + LAST_ANSWERS_US);
}

static void run(bool closed, size_t n, int64_t seconds)
{
	void (*readable)(struct client *) = closed ? closed_readable : chunks_readable;
	int64_t spread_us = closed ? 0 : 1000; /* streams that begin together would stay together */

	load.times = malloc(MOST_TIMES * sizeof(load.times[0]));
	if (!load.times || n > MOST_CLIENTS)
		die("clients");
	load.end_us = now_us() + seconds * 1000000;
	for (; load.n_clients < n; load.n_clients++) {
		new_client(&load.clients[load.n_clients]);
		ask(&load.clients[load.n_clients], now_us());
		for (int64_t next = now_us() + spread_us; now_us() < next;)
			wait_and_read(0, readable);
	}
	while (goes_on(closed))
		wait_and_read(100, readable);
	tell_times();
}

/* --- the command --- */

/* at most `most` bytes of a file, and a NUL */
static char *read_file(const char *path, size_t most, size_t *n_r)
{
	FILE *f = fopen(path, "r");
	char *text = malloc(most + 1);

	if (!f || !text)
		die(path);
	*n_r = fread(text, 1, most, f);
	text[*n_r] = '\0';
	fclose(f);
	if (*n_r == 0)
		die(path);
	return text;
}

/* the first key */
static const char *read_keys(const char *path)
{
	size_t n;

	load.keys = read_file(path, KEYS_MAX, &n);
	load.key_n = strcspn(load.keys, "\n");
	load.n_keys = n / (load.key_n + 1);
	load.keys[load.key_n] = '\0';
	return load.keys;
}

static void write_request(const char *key, const char *path)
{
	size_t n;
	char *body = read_file(path, BODY_MAX, &n);

	if (key[0] == '@')
		key = read_keys(key + 1);
	load.request = malloc(n + HEAD_MAX);
	if (!load.request)
		die("malloc");
	load.request_n = (size_t)snprintf(load.request, HEAD_MAX,
					  "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n"
					  "Authorization: Bearer %s\r\n"
					  "Content-Type: application/json\r\n"
					  "Content-Length: %zu\r\n\r\n",
					  key, n);
	load.key_at = strstr(load.request, "Bearer ") + 7;
	memcpy(load.request + load.request_n, body, n);
	load.request_n += n;
	free(body);
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
	else if (argc > 6 && strcmp(argv[4], "probe") == 0)
		probe(atoll(argv[5]), atoll(argv[6]));
	else if (argc > 6 && strcmp(argv[4], "closed") == 0)
		run(true, (size_t)atoi(argv[5]), atoll(argv[6]));
	else if (argc > 6)
		run(false, (size_t)atoi(argv[5]), atoll(argv[6]));
	return 0;
}
