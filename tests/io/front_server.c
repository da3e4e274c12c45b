/*
 * front_server.c -- a server that does with its clients what a test asks for.
 *
 *   front_server [name=value ...]     workers=2 shards=4 header_ms=500 ...
 *
 * Prints its port, serves until its standard input ends, and then says how it ended.
 *
 *   /healthz /v1/models     200 at once
 *   /echo                   the body comes back
 *   /later?ms=N             200 after N ms
 *   /never                  no answer
 *   /refuse                 401 before the body is read
 *   /stream?n=N&bytes=B&ms=M&end=clean|broken    N chunks of B bytes, M ms apart
 *   /flood?mb=N             N MB as fast as the client takes them
 *   /hold                   a stream that is silent until somebody asks for
 *   /push?bytes=B&flush=F&busy_ms=M  one chunk of B bytes on each stream held by this worker; F: at
 *                           once, not at the end of the turn, in which M ms are spent
 *   /stats                  counters, as JSON
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "io/front.h"

#define WORKERS_MAX 8
#define PIECE       16384

static struct {
	atomic_int gone, drained, requests, waits;
} counts;

struct worker {
	pthread_t thread;
	struct loop *l;
	struct front *f;
	LIST_HEAD(, job) held;
};

/* a request that is not answered yet */
struct job {
	struct worker *w;
	struct exchange *x;
	struct timer timer;
	long n, bytes, ms;
	bool clean, floods;
	LIST_ENTRY(job) held;
	bool is_held;
};

static struct front_limits limits = {
	.shards = 4,
	.max_connections = 20000,
	.header_bytes = 16384,
	.body_bytes = 32 << 20,
	.bodies_bytes = 128 << 20,
	.header_ms = 10000,
	.body_ms = 60000,
	.body_grace_ms = 5000,
	.body_rate = 1024,
	.idle_ms = 60000,
	.stream_high_bytes = 65536,
	.stream_low_bytes = 32768,
	.stream_stall_ms = 60000,
};
static long n_workers = 1;

/* --- answers --- */

static void reply(struct exchange *x, int status, struct str text)
{
	static const struct reply_header headers[] = { { "Content-Type", "text/plain" },
						       { "X-Split", "a\r\nX-Injected: b" } };
	struct buf body;

	buf_init(&body, 64 << 20);
	buf_add(&body, text);
	exchange_reply(x, status, headers, COUNT_OF(headers), &body);
}

static long query_long(struct exchange *x, const char *name, long otherwise)
{
	struct str rest = exchange_query(x);

	while (!str_absent(rest)) {
		struct str pair = str_cut(&rest, '&'), key = str_cut(&pair, '=');
		int64_t value;

		if (str_is(key, name) && str_i64(pair, &value))
			return (long)value;
	}
	return otherwise;
}

static void job_free(struct job *j)
{
	timer_cancel(j->w->l, &j->timer);
	if (j->is_held)
		LIST_REMOVE(j, held);
	free(j);
}

static struct job *job_new(struct worker *w, struct exchange *x)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	*j = (struct job){ .w = w,
			   .x = x,
			   .n = query_long(x, "n", 1),
			   .bytes = query_long(x, "bytes", 10),
			   .ms = query_long(x, "ms", 0),
			   .clean = !str_has(exchange_query(x), "end=broken") };
	exchange_attach(x, j);
	return j;
}

static void set_timer(struct job *j, void (*fire)(void *who))
{
	j->timer = (struct timer){ .fire = fire, .who = j };
	timer_set(j->w->l, &j->timer, loop_now_us(j->w->l) + j->ms * 1000);
}

static void later(void *who)
{
	struct job *j = who;

	reply(j->x, 200, STR("later\n"));
	job_free(j);
}

static bool write_piece(struct job *j, long bytes)
{
	static const char piece[PIECE] = { [0 ... PIECE - 1] = 'x' };
	bool more = true;

	for (; bytes > 0; bytes -= PIECE)
		more = exchange_write(
			j->x, (struct str){ piece, (size_t)(bytes < PIECE ? bytes : PIECE) });
	return more;
}

static void end(struct job *j)
{
	exchange_end(j->x, j->clean);
	job_free(j);
}

static void stream(void *who)
{
	struct job *j = who;

	write_piece(j, j->bytes);
	if (--j->n > 0)
		set_timer(j, stream);
	else
		end(j);
}

/* as a vendor would, whom the client's pace pauses */
static void flood(struct job *j)
{
	while (j->bytes > 0) {
		j->bytes -= PIECE;
		if (!write_piece(j, PIECE)) {
			atomic_fetch_add(&counts.waits, 1);
			return;
		}
	}
	end(j);
}

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long rss_kb(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void stats(struct worker *w, struct exchange *x)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "{\"exchanges\": %u, \"connections\": %u, \"gone\": %d, \"drained\": %d, "
			 "\"requests\": %d, \"waits\": %d, \"cpu_us\": %lld, \"rss_kb\": %ld}\n",
			 front_exchanges(w->f), front_connections(w->f), counts.gone,
			 counts.drained, counts.requests, counts.waits, (long long)cpu_us(),
			 rss_kb());

	reply(x, 200, (struct str){ text, (size_t)n });
}

/* --- paths --- */

static void on_hold(struct worker *w, struct exchange *x)
{
	struct job *j = job_new(w, x);

	exchange_stream(x, 200, NULL, 0);
	exchange_write(x, STR("held\n"));
	j->is_held = true;
	LIST_INSERT_HEAD(&w->held, j, held);
}

static void on_push(struct worker *w, struct exchange *x)
{
	long bytes = query_long(x, "bytes", 100);
	struct job *j;

	LIST_FOREACH (j, &w->held, held) {
		write_piece(j, bytes);
		if (query_long(x, "flush", 0))
			exchange_flush(j->x);
	}
	/* a turn with much else to do */
	usleep((useconds_t)query_long(x, "busy_ms", 0) * 1000);
	reply(x, 200, STR("pushed\n"));
}

static void on_stream(struct worker *w, struct exchange *x)
{
	struct job *j = job_new(w, x);

	exchange_stream(x, 200, &(struct reply_header){ "Content-Type", "text/event-stream" }, 1);
	set_timer(j, stream);
}

static void on_flood(struct worker *w, struct exchange *x)
{
	struct job *j = job_new(w, x);

	j->bytes = query_long(x, "mb", 1) << 20;
	j->floods = true;
	exchange_stream(x, 200, NULL, 0);
	flood(j);
}

static void on_later(struct worker *w, struct exchange *x)
{
	set_timer(job_new(w, x), later);
}

static void on_never(struct worker *w, struct exchange *x)
{
	job_new(w, x);
}

static void on_echo(struct worker *w, struct exchange *x)
{
	size_t n;
	char *body = exchange_take_body(x, &n);

	(void)w;
	reply(x, 200, (struct str){ body ? body : "", n });
	free(body);
}

static void on_ok(struct worker *w, struct exchange *x)
{
	(void)w;
	reply(x, 200, STR("ok\n"));
}

static const struct {
	const char *path;
	void (*answer)(struct worker *w, struct exchange *x);
} paths[] = {
	{ "/healthz", on_ok },  { "/v1/models", on_ok }, { "/echo", on_echo },
	{ "/later", on_later }, { "/never", on_never },  { "/stream", on_stream },
	{ "/flood", on_flood }, { "/hold", on_hold },    { "/push", on_push },
	{ "/stats", stats },
};

/* --- the front's callbacks --- */

static bool on_headers(void *who, struct exchange *x)
{
	(void)who;
	if (!str_is(exchange_path(x), "/refuse"))
		return true;
	reply(x, 401, STR("not you\n"));
	return false;
}

static void on_request(void *who, struct exchange *x)
{
	atomic_fetch_add(&counts.requests, 1);
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		if (!str_is(exchange_path(x), paths[i].path))
			continue;
		if (str_is(exchange_method(x), "DELETE"))
			break;
		paths[i].answer(who, x);
		return;
	}
	reply(x, 404, STR("no such path\n"));
}

static void on_gone(void *attached)
{
	atomic_fetch_add(&counts.gone, 1);
	job_free(attached);
}

static void on_drained(void *attached)
{
	struct job *j = attached;

	atomic_fetch_add(&counts.drained, 1);
	if (j->floods)
		flood(j);
}

static void on_refuse(void *who, const struct fault *fault, struct headers *h, struct buf *body)
{
	(void)who;
	headers_add(h, "Content-Type", STR("application/json"));
	if (fault->retry_after_s)
		headers_addi(h, "Retry-After", fault->retry_after_s);
	buf_printf(body, "{\"error\": \"%s\"}\n", fault->text);
}

static const struct front_handler handler = {
	.headers = on_headers,
	.request = on_request,
	.gone = on_gone,
	.drained = on_drained,
	.refuse = on_refuse,
};

/* --- start and stop --- */

static const struct {
	const char *name;
	size_t bytes;
	void *at;
} options[] = {
#define OPTION(name)                                     \
	{                                                \
#name, sizeof(limits.name), &limits.name \
	}
	OPTION(shards),
	OPTION(max_connections),
	OPTION(max_per_ip),
	OPTION(header_bytes),
	OPTION(body_bytes),
	OPTION(bodies_bytes),
	OPTION(header_ms),
	OPTION(body_ms),
	OPTION(body_grace_ms),
	OPTION(body_rate),
	OPTION(idle_ms),
	OPTION(stream_high_bytes),
	OPTION(stream_low_bytes),
	OPTION(stream_stall_ms),
#undef OPTION
	{ "workers", sizeof(n_workers), &n_workers },
};

static bool set_option(struct str arg)
{
	struct str name = str_cut(&arg, '=');
	int64_t value;

	for (size_t i = 0; i < COUNT_OF(options); i++) {
		if (!str_is(name, options[i].name) || !str_i64(arg, &value))
			continue;
		/* little-endian: the low bytes come first */
		memcpy(options[i].at, &value, options[i].bytes);
		return true;
	}
	return false;
}

static void *run(void *who)
{
	struct worker *w = who;

	loop_run(w->l);
	return NULL;
}

static void open_front(struct worker *w, const char *address)
{
	struct fault fault;

	w->l = loop_new();
	LIST_INIT(&w->held);
	w->f = front_new(w->l, address, true, &limits, &handler, w, &fault);
	if (!w->f) {
		fprintf(stderr, "%s\n", fault.text);
		exit(1);
	}
}

static void quiesce(void *who)
{
	struct worker *w = who;

	front_quiesce(w->f);
}

static void stop(void *who)
{
	struct worker *w = who;

	front_free(w->f);
	loop_stop(w->l);
}

int main(int argc, char **argv)
{
	static struct worker workers[WORKERS_MAX];
	char address[64], line[64];

	for (int i = 1; i < argc; i++) {
		if (!set_option(str_of(argv[i]))) {
			fprintf(stderr, "what is \"%s\"?\n", argv[i]);
			return 2;
		}
	}
	log_setup(getenv("FRONT_SERVER_LOG") ? LOG_DEBUG : LOG_ERROR, STDERR_FILENO);
	open_front(&workers[0], "127.0.0.1:0");
	snprintf(address, sizeof(address), "127.0.0.1:%u", front_port(workers[0].f));
	for (long i = 1; i < n_workers; i++)
		open_front(&workers[i], address);
	for (long i = 0; i < n_workers; i++)
		pthread_create(&workers[i].thread, NULL, run, &workers[i]);
	printf("%u\n", front_port(workers[0].f));
	fflush(stdout);
	/* one line: no new connections; the end: stop */
	while (fgets(line, sizeof(line), stdin))
		for (long i = 0; i < n_workers; i++)
			loop_post(workers[i].l, quiesce, &workers[i]);
	for (long i = 0; i < n_workers; i++)
		loop_post(workers[i].l, stop, &workers[i]);
	for (long i = 0; i < n_workers; i++) {
		pthread_join(workers[i].thread, NULL);
		loop_free(workers[i].l);
	}
	printf("gone %d\n", counts.gone);
	return 0;
}
