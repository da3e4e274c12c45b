/*
 * upstream_probe.c -- makes the calls that a test asks for, and tells what became of them.
 *
 * A line of standard input is a command, a line of standard output an event, in JSON.
 *
 *   start id=1 url=http://... [body=BYTES] [connect=MS] [idle=MS] [total=MS]
 *         [fresh=1]                   on no kept connection
 *         [pause=BYTES] [resume=MS]   pause each time after so many bytes, for so long
 *         [stop=BYTES]                the handler says stop
 *         [cancel=start|head|data|other]   cancels itself there; other: all calls but itself
 *         [again=N]                   starts N more from its end
 *   trust ca=FILE                     read the authorities again
 *   stats
 *
 * Options of the program: max_calls=N per_multi=N ca=FILE
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "commands.h"
#include "io/upstream.h"

#define SECRET "authorization: Bearer canary-5d2f"

static struct loop *l;
static struct upstream *u;
static struct trust *trust;
static struct upstream_limits limits = {
	.max_calls = 2000,
	.per_multi = 100,
	.buffer_bytes = 16384,
	.header_bytes = 16384,
};

struct probe {
	struct up_call *call;
	struct arena arena;
	struct rope body;
	char line[512];
	long id, pause, resume, stop, again;
	char cancel[16];
	long bytes, since_pause;
	uint32_t sum; /* FNV-1a of all bytes */
	int64_t begun_us;
	struct timer wake;
	LIST_ENTRY(probe) all;
};

static LIST_HEAD(, probe) probes = LIST_HEAD_INITIALIZER(probes);

static void begin(const char *line, long again);

/* --- commands --- */

static bool find(const char *line, const char *name, char *value, size_t cap)
{
	struct str rest = str_of(line);

	while (!str_absent(rest)) {
		struct str pair = str_cut(&rest, ' '), key = str_cut(&pair, '=');

		if (str_is(key, name))
			return str_copy(value, cap, pair);
	}
	return false;
}

static long find_long(const char *line, const char *name, long otherwise)
{
	char text[32];

	return find(line, name, text, sizeof(text)) ? strtol(text, NULL, 10) : otherwise;
}

static void probe_free(struct probe *p)
{
	timer_cancel(l, &p->wake);
	LIST_REMOVE(p, all);
	arena_release(&p->arena);
	free(p);
}

static void cancel(struct probe *p)
{
	printf("{\"id\": %ld, \"event\": \"cancelled\", \"sent\": %d}\n", p->id, up_sent(p->call));
	up_cancel(p->call);
	probe_free(p);
}

static void cancel_others(const struct probe *me)
{
	struct probe *p = LIST_FIRST(&probes), *next;

	for (; p; p = next) {
		next = LIST_NEXT(p, all);
		if (p != me)
			cancel(p);
	}
}

/* --- what the call tells --- */

static void on_head(void *who, const struct up_head *h)
{
	struct probe *p = who;

	printf("{\"id\": %ld, \"event\": \"head\", \"status\": %d, \"type\": \"%.*s\", "
	       "\"retry_after\": \"%.*s\", \"request_id\": \"%.*s\"}\n",
	       p->id, h->status, STR_ARG(h->content_type), STR_ARG(h->retry_after),
	       STR_ARG(h->request_id));
	if (strcmp(p->cancel, "head") == 0)
		cancel(p);
}

static void resume(void *who)
{
	struct probe *p = who;

	p->since_pause = 0;
	up_resume(p->call);
}

static bool on_data(void *who, struct str bytes)
{
	struct probe *p = who;

	for (size_t i = 0; i < bytes.n; i++)
		p->sum = (p->sum ^ (unsigned char)bytes.p[i]) * 16777619u;
	p->bytes += (long)bytes.n;
	p->since_pause += (long)bytes.n;
	if (strcmp(p->cancel, "data") == 0) {
		cancel(p);
		return true;
	}
	if (strcmp(p->cancel, "other") == 0)
		cancel_others(p);
	if (p->pause && p->since_pause >= p->pause) {
		up_pause(p->call);
		p->wake = (struct timer){ .fire = resume, .who = p };
		timer_set(l, &p->wake, loop_now_us(l) + p->resume * 1000);
	}
	return !p->stop || p->bytes < p->stop;
}

static void on_done(void *who, enum up_end end, const char *detail)
{
	struct probe *p = who;
	char line[sizeof(p->line)], quoted[256];
	long again = p->again;

	str_copy(quoted, sizeof(quoted), str_of(detail));
	for (char *quote = quoted; (quote = strchr(quote, '"'));)
		*quote = '\'';

	printf("{\"id\": %ld, \"event\": \"done\", \"end\": \"%s\", \"unsent\": %d, \"bytes\": "
	       "%ld, "
	       "\"sum\": %u, \"ms\": %lld, \"detail\": \"%s\"}\n",
	       p->id, up_end_text(end), up_end_unsent(end), p->bytes, p->sum,
	       (long long)(clock_mono_us() - p->begun_us) / 1000, quoted);
	strcpy(line, p->line);
	probe_free(p);
	if (again > 0)
		begin(line, again - 1);
}

static const struct up_handler handler = { .head = on_head, .data = on_data, .done = on_done };

/* --- */

/* large and small pieces, as a prompt with images */
static void fill_body(struct probe *p, long bytes)
{
	static char pattern[4096 * 251];

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i % 251);
	rope_init(&p->body, &p->arena);
	for (long n = 0; bytes > 0; bytes -= n) {
		n = bytes < (long)sizeof(pattern) ? bytes : (long)sizeof(pattern);
		rope_ref(&p->body, (struct str){ pattern, (size_t)n });
	}
}

static void begin(const char *line, long again)
{
	static const char *const headers[] = { "content-type: application/json", "x-test: 1" };
	struct probe *p = calloc(1, sizeof(*p));
	long body = find_long(line, "body", -1);
	char url[256];
	struct up_ask ask = { .url = url,
			      .headers = headers,
			      .n_headers = COUNT_OF(headers),
			      .secret_header = SECRET,
			      .connect_ms = find_long(line, "connect", 2000),
			      .idle_ms = find_long(line, "idle", 5000),
			      .total_ms = find_long(line, "total", 20000),
			      .fresh = find_long(line, "fresh", 0) != 0,
			      .handler = &handler,
			      .who = p };

	if (!p || !find(line, "url", url, sizeof(url)))
		abort();
	str_copy(p->line, sizeof(p->line), str_of(line));
	p->id = find_long(line, "id", 0);
	p->again = again;
	p->pause = find_long(line, "pause", 0);
	p->resume = find_long(line, "resume", 100);
	p->stop = find_long(line, "stop", 0);
	find(line, "cancel", p->cancel, sizeof(p->cancel));
	p->sum = 2166136261u;
	p->begun_us = clock_mono_us();
	arena_init(&p->arena, 1 << 20);
	if (body >= 0) {
		fill_body(p, body);
		ask.body = &p->body;
	}
	LIST_INSERT_HEAD(&probes, p, all);
	p->call = up_start(u, &ask);
	if (!p->call) {
		printf("{\"id\": %ld, \"event\": \"full\"}\n", p->id);
		probe_free(p);
	} else if (strcmp(p->cancel, "start") == 0) {
		cancel(p);
	}
}

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; /* ".", ".." and its own */
}

static void tell_stats(void)
{
	struct timespec t;
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	printf("{\"event\": \"stats\", \"calls\": %u, \"fds\": %d, \"rss_kb\": %ld, \"cpu_us\": "
	       "%lld}\n",
	       upstream_calls(u), count_fds(), pages * (sysconf(_SC_PAGESIZE) / 1024),
	       (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

static void trust_again(const char *line)
{
	struct fault fault;
	char ca[512];

	if (!find(line, "ca", ca, sizeof(ca)) || !trust_load_again(trust, ca, &fault))
		abort();
}

static void on_command(char *line)
{
	if (strncmp(line, "stats", 5) == 0)
		tell_stats();
	else if (strncmp(line, "trust", 5) == 0)
		trust_again(line);
	else
		begin(line, find_long(line, "again", 0));
}

static void on_end(void)
{
	while (!LIST_EMPTY(&probes))
		probe_free(LIST_FIRST(&probes));
	upstream_free(u);
	loop_stop(l);
}

int main(int argc, char **argv)
{
	char ca[512] = "";
	struct fault fault;

	for (int i = 1; i < argc; i++) {
		find(argv[i], "ca", ca, sizeof(ca));
		limits.max_calls = (uint32_t)find_long(argv[i], "max_calls", limits.max_calls);
		limits.per_multi = (uint32_t)find_long(argv[i], "per_multi", limits.per_multi);
	}
	l = loop_new();
	trust = trust_load(*ca ? ca : NULL, &fault);
	u = trust ? upstream_new(l, &limits, trust) : NULL;
	if (!u)
		return 1;
	commands_run(l, on_command, on_end);
	loop_free(l);
	trust_free(trust);
	return 0;
}
