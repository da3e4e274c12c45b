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

#include "core/dialect.h"

#include "request.h"

#define ROUNDS 15
#define TURNS  4000
#define WARM   500
#define LARGE  8192 /* bytes of a prompt beyond which a tenth of the turns will do */

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

/* --- a request --- */

struct bench {
	struct choose_ask ask;
	struct payer payer;
	struct arena arena, scratch; /* the request's, and the worker's */
};

static void open_bench(struct bench *b, struct catalog *c, const struct task_model *m)
{
	*b = (struct bench){ 0 };
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&b->payer.scope[s].limits);
	b->ask = make_ask(c, m, &b->payer, &b->scratch);
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
