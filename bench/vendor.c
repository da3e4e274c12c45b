/*
 * vendor.c -- the upstream of the bench: it answers at once, and so cheaply that it is never what
 * is measured.
 *
 * usage: vendor PORT GAP_US SLOW_GAP_US
 *
 * A POST with "stream":true gets as many chunks as it allows tokens, the first at once and then
 * one each GAP_US, or
 * SLOW_GAP_US when the word "slowly" is in it. Each carries the microsecond of the monotonic clock
 * at which it was sent ("t=" and 16 digits): so a client on the same machine sees what lies
 * between. Any other POST gets one answer of 0.6 KB. It is no mock of a vendor beyond that
 * (smartrouter mock-vendor is), and trusts whoever calls.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
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

/* bytes of a request that are looked at; what is longer is read and forgotten, and never streams */
#define KEPT  65536
#define PIECE 65536

struct conn {
	int fd;
	size_t kept, length; /* bytes kept; the request's size, 0: head is not whole */
	size_t came;
	char *request;    /* NULL between two requests, so that open streams cost little */
	long chunks_left; /* of a stream */
	int64_t due_us;
	struct conn *next; /* in the queue of streams */
	bool streams, gone;
};

/* Streams of one pace: as all have the same gap, the order in which they come is that in which
 * they are due. */
struct queue {
	int64_t gap_us;
	struct conn *first, **last;
};

static struct {
	int epoll, listener;
	struct queue fast, slow;
} vendor;

static const char answer_body[] =
	"{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1760000000,"
	"\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
	"\"assistant\",\"content\":\"The order had been packed, but the label was printed for the "
	"wrong depot, and the parcel waited there until somebody asked for it.\",\"refusal\":null},"
	"\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":210,"
	"\"completion_tokens\":28,\"total_tokens\":238,\"prompt_tokens_details\":{\"cached_"
	"tokens\":"
	"0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
	"\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\"}";

static char answer[1024];
static size_t answer_n;

#define EVENT_HEAD                                                                           \
	"data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":" \
	"1760000000,\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":["
static const char stream_head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
				  "Transfer-Encoding: chunked\r\n\r\n";
static const char stream_tail[] = EVENT_HEAD
	"{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" EVENT_HEAD
	"],\"usage\":{\"prompt_tokens\":210,\"completion_tokens\":100,"
	"\"total_tokens\":310}}\n\ndata: [DONE]\n\n";

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

/* What a client does not take at once it never gets: clients of a bench keep up. */
static void send_all(struct conn *c, const char *bytes, size_t n)
{
	if (send(c->fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		c->gone = true;
}

/* --- streams --- */

static void send_event(struct conn *c, const char *event, const char *more)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "%zx\r\n%s\r\n%s", strlen(event), event, more);

	send_all(c, text, (size_t)n);
}

static void send_chunk(struct conn *c)
{
	char event[512];

	if (c->chunks_left-- == 0) {
		send_event(c, stream_tail, "0\r\n\r\n");
		c->streams = false;
		return;
	}
	snprintf(event, sizeof(event),
		 EVENT_HEAD "{\"index\":0,\"delta\":{\"content\":\"t=%016lld \"},"
			    "\"finish_reason\":null}]}\n\n",
		 (long long)now_us());
	send_event(c, event, "");
}

static void queue_init(struct queue *q, int64_t gap_us)
{
	q->gap_us = gap_us;
	q->last = &q->first;
}

static void queue_add(struct queue *q, struct conn *c, int64_t due_us)
{
	c->due_us = due_us;
	c->next = NULL;
	*q->last = c;
	q->last = &c->next;
}

static void end(struct conn *c)
{
	close(c->fd);
	free(c->request);
	free(c);
}

static void send_due(struct queue *q)
{
	int64_t now = now_us();

	while (q->first && q->first->due_us <= now) {
		struct conn *c = q->first;

		q->first = c->next;
		if (!q->first)
			q->last = &q->first;
		if (!c->gone)
			send_chunk(c);
		if (c->gone)
			end(c);
		else if (c->streams)
			queue_add(q, c, c->due_us + q->gap_us);
	}
}

/* -1: nothing is due, ever */
static int wait_ms(void)
{
	const struct conn *a = vendor.fast.first, *b = vendor.slow.first;
	int64_t due, left;

	if (!a && !b)
		return -1;
	due = !b || (a && a->due_us < b->due_us) ? a->due_us : b->due_us;
	left = due - now_us();
	return left > 0 ? (int)((left + 999) / 1000) : 0;
}

/* --- requests --- */

static long asked_tokens(const char *request)
{
	static const char *const names[] = { "\"max_completion_tokens\":", "\"max_tokens\":" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *p = strstr(request, names[i]);

		if (p)
			return strtol(p + strlen(names[i]), NULL, 10);
	}
	return 100;
}

static bool asks_for_stream(const struct conn *c)
{
	return c->length <= KEPT &&
	       (strstr(c->request, "\"stream\":true") || strstr(c->request, "\"stream\": true"));
}

static void answer_request(struct conn *c)
{
	if (asks_for_stream(c)) {
		struct queue *q = strstr(c->request, "slowly") ? &vendor.slow : &vendor.fast;

		c->streams = true;
		c->chunks_left = asked_tokens(c->request);
		send_all(c, stream_head, sizeof(stream_head) - 1);
		send_chunk(c);
		queue_add(q, c, now_us() + q->gap_us);
	} else {
		send_all(c, answer, answer_n);
	}
	free(c->request);
	c->request = NULL;
	c->kept = c->came = c->length = 0;
}

static void read_head(struct conn *c)
{
	const char *body = strstr(c->request, "\r\n\r\n");
	const char *length = strcasestr(c->request, "\r\ncontent-length:");

	if (!body)
		return;
	c->length = (size_t)(body + 4 - c->request);
	if (length && length < body)
		c->length += strtoul(length + 17, NULL, 10);
	if (strcasestr(c->request, "\r\nexpect: 100-continue"))
		send_all(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

static void keep(struct conn *c, const char *bytes, size_t n)
{
	if (!c->request && !(c->request = malloc(KEPT + 1)))
		die("malloc");
	c->came += n;
	if (n > KEPT - c->kept)
		n = KEPT - c->kept;
	memcpy(c->request + c->kept, bytes, n);
	c->kept += n;
	c->request[c->kept] = '\0';
}

static void readable(struct conn *c)
{
	static char bytes[PIECE];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		c->gone = true;
	} else {
		keep(c, bytes, (size_t)n);
		if (c->length == 0)
			read_head(c);
		if (c->length > 0 && c->came >= c->length)
			answer_request(c);
	}
	if (!c->gone)
		return;
	epoll_ctl(vendor.epoll, EPOLL_CTL_DEL, c->fd, NULL);
	if (!c->streams) /* else it is in the queue, and ends there */
		end(c);
}

static void accept_one(void)
{
	struct conn *c;
	int fd = accept4(vendor.listener, NULL, NULL, SOCK_NONBLOCK), on = 1;

	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (!c)
		die("malloc");
	c->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	epoll_ctl(vendor.epoll, EPOLL_CTL_ADD, fd,
		  &(struct epoll_event){ .events = EPOLLIN, .data.ptr = c });
}

/* --- the program --- */

static void open_listener(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int on = 1;

	vendor.epoll = epoll_create1(0);
	vendor.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(vendor.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(vendor.listener, (struct sockaddr *)&at, n) != 0 ||
	    listen(vendor.listener, 4096) != 0 ||
	    getsockname(vendor.listener, (struct sockaddr *)&at, &n) != 0)
		die("listen");
	epoll_ctl(vendor.epoll, EPOLL_CTL_ADD, vendor.listener,
		  &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
	printf("http://127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct rlimit files;

	if (argc < 4)
		return 2;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	queue_init(&vendor.fast, strtoll(argv[2], NULL, 10));
	queue_init(&vendor.slow, strtoll(argv[3], NULL, 10));
	answer_n = (size_t)snprintf(answer, sizeof(answer),
				    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				    "Content-Length: %zu\r\n\r\n%s",
				    sizeof(answer_body) - 1, answer_body);
	open_listener((uint16_t)strtoul(argv[1], NULL, 10));
	for (;;) {
		struct epoll_event events[256];
		int n = epoll_wait(vendor.epoll, events, 256, wait_ms());

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				readable(events[i].data.ptr);
			else
				accept_one();
		}
		send_due(&vendor.fast);
		send_due(&vendor.slow);
	}
}
