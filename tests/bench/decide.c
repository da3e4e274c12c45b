/*
 * decide.c -- how long one decision takes: features, task, candidates, terms, strategy.
 *
 *   tests/bench/decide CONFIG TASK-MODEL|- [--limit-us N]
 *
 * The configuration's policy "bench" names the candidates. Prints the quantiles of the time of
 * choose() for prompts of several sizes, and what was taken from malloc beside the request's arena.
 * Exit status 1: that was something, or the 99th percentile for 1 KiB is above
 * the limit in each round: what the machine does beside it makes some rounds slow, not all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conf/conf.h"
#include "core/choose.h"
#include "core/dialect.h"

#define ROUNDS    15
#define TURNS     4000
#define WARM      500
#define LARGE     8192 /* bytes of a prompt beyond which a tenth of the turns will do */
#define FILE_MOST (16u << 20)

/* --- malloc, counted (the linker sends every call here) --- */

static long allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations++;
	return __real_realloc(p, n);
}

/* --- files --- */

static void die(const char *what, const char *why)
{
	fprintf(stderr, "decide: %s: %s\n", what, why);
	exit(2);
}

static bool read_file(void *who, const char *path, struct buf *text_r, struct fault *fault_r)
{
	FILE *f = fopen(path, "rb");
	char piece[65536];
	size_t n;

	(void)who;
	if (!f) {
		fault_set(fault_r, ERR_INTERNAL, "", "%s cannot be opened", path);
		return false;
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(text_r, (struct str){ piece, n });
	fclose(f);
	return true;
}

static struct catalog *load_catalog(const char *path)
{
	static struct conf_faults faults;
	struct settings *settings;
	struct catalog *c;

	if (!conf_load(path, read_file, NULL, &settings, &c, &faults))
		die(path, faults.items[0].text);
	settings_free(settings);
	return c;
}

static struct task_model *load_task_model(const char *path)
{
	struct task_model *m;
	struct fault f;
	struct buf text;

	if (strcmp(path, "-") == 0)
		return NULL;
	buf_init(&text, FILE_MOST);
	if (!read_file(NULL, path, &text, &f) || !(m = task_model_read(buf_str(&text), &f)))
		die(path, f.text);
	buf_release(&text);
	return m;
}

/* --- a request --- */

static const char *const sentences[] = {
	"Please explain why the second loop of this function never ends and how you would mend "
	"it. ",
	"The customer wrote on 12 May 2026 that order #48213 had not arrived, though it was paid. ",
	"Our team meets each Monday; the notes are kept in a shared folder that nobody reads. ",
	"Compare the two proposals by cost, risk and time, and say which of them you would "
	"choose. ",
};

/* a chat of about so many bytes */
static struct str write_chat(struct arena *a, size_t bytes)
{
	struct buf b;
	struct str text;

	buf_init(&b, FILE_MOST);
	buf_adds(&b, "{\"model\":\"auto\",\"stream\":true,\"messages\":[{\"role\":\"system\","
		     "\"content\":"
		     "\"You are a careful assistant.\"},{\"role\":\"user\",\"content\":\"");
	for (size_t i = 0; b.n < bytes; i++)
		buf_adds(&b, sentences[i % COUNT_OF(sentences)]);
	buf_adds(&b, "\"}]}");
	text = arena_str(a, buf_str(&b));
	buf_release(&b);
	return text;
}

struct bench {
	struct choose_ask ask;
	struct payer payer;
	struct arena arena, scratch; /* the request's, and the worker's */
};

static void open_bench(struct bench *b, struct catalog *c, const struct task_model *m)
{
	bool *usable = calloc(c->n_endpoints + 1, sizeof(bool));

	*b = (struct bench){ 0 };
	for (uint32_t i = 0; i < c->n_endpoints; i++)
		usable[i] = true;
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&b->payer.scope[s].limits);
	b->ask = (struct choose_ask){
		.catalog = c,
		.policy = catalog_policy(c, STR("bench")),
		.payer = &b->payer,
		.usable = usable,
		.snapshot = snapshot_new(c, FILE_MOST),
		.task_model = m,
		.now_s = 1795353255,
		.scratch = &b->scratch,
	};
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t one_turn(struct bench *b, struct facts *facts, struct plan *plan)
{
	struct fault f;
	int64_t began;
	bool good;

	arena_reset(&b->arena);
	arena_reset(&b->scratch);
	b->ask.seed++;
	began = now_ns();
	good = choose(&b->ask, &b->arena, facts, plan, &f) == ERR_OK;
	began = now_ns() - began;
	if (!good)
		die("choose", f.text);
	return began;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct result {
	double p50_us, p99_us, least_p99_us;
	long allocations;
	uint32_t candidates;
};

/* The median of several rounds: the machine has other work too. */
static struct result measure(struct bench *b, int turns)
{
	static struct facts facts;
	static struct plan plan;
	static int64_t times[TURNS], p50[ROUNDS], p99[ROUNDS];
	struct result f = { 0 };

	/* what the arena will need is in one chunk from here on */
	arena_init(&b->arena, FILE_MOST);
	arena_init(&b->scratch, FILE_MOST);
	(void)!arena_alloc(&b->arena, FILE_MOST / 4);
	(void)!arena_alloc(&b->scratch, FILE_MOST / 4);
	for (int i = 0; i < WARM; i++)
		one_turn(b, &facts, &plan);
	allocations = 0;
	for (int r = 0; r < ROUNDS; r++) {
		for (int i = 0; i < turns; i++)
			times[i] = one_turn(b, &facts, &plan);
		qsort(times, (size_t)turns, sizeof(times[0]), by_size);
		p50[r] = times[turns / 2];
		p99[r] = times[turns * 99 / 100];
	}
	f.allocations = allocations;
	qsort(p50, ROUNDS, sizeof(p50[0]), by_size);
	qsort(p99, ROUNDS, sizeof(p99[0]), by_size);
	f.p50_us = (double)p50[ROUNDS / 2] / 1000;
	f.p99_us = (double)p99[ROUNDS / 2] / 1000;
	f.least_p99_us = (double)p99[0] / 1000;
	f.candidates = plan.n;
	arena_release(&b->arena);
	arena_release(&b->scratch);
	return f;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 200, 1024, 8192, 65536, 262144 };
	static const struct json_limits limits = { 64, 100000, 64 };
	double limit_us = argc > 4 ? strtod(argv[4], NULL) : 1e9;
	struct arena texts;
	struct bench b;
	bool fine = true;

	if (argc < 3)
		die("usage", "decide CONFIG TASK-MODEL|- [--limit-us N]");
	arena_init(&texts, FILE_MOST);
	open_bench(&b, load_catalog(argv[1]), load_task_model(argv[2]));
	printf("%10s %11s %9s %9s %12s %12s\n", "prompt", "candidates", "p50 us", "p99 us",
	       "least p99 us", "allocations");
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct chat chat;
		struct fault fault;
		struct result f;

		if (dialect_openai.client->read_request(&texts, write_chat(&texts, sizes[i]),
							&limits, &chat, &fault) != ERR_OK)
			die("request", fault.text);
		b.ask.chat = &chat;
		f = measure(&b, sizes[i] > LARGE ? TURNS / 10 : TURNS);
		printf("%10zu %11u %9.1f %9.1f %12.1f %12ld\n", sizes[i], f.candidates, f.p50_us,
		       f.p99_us, f.least_p99_us, f.allocations);
		fine &= f.allocations == 0 && (sizes[i] != 1024 || f.least_p99_us <= limit_us);
	}
	return fine ? 0 : 1;
}
