/*
 * task_time.c -- measure recognition with the caches as cold as a list of different prompts
 * leaves them. Each prompt is measured three times and the least counts: what else the machine did
 * in between is not ours.
 */
#include "ctl/task_time.h"

#include <stdlib.h>
#include <time.h>

#define TRIES   3
#define PROMPTS 400 /* of a given size */
#define MEMORY  (8u << 20)

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double measure(struct str text, const struct task_model *m, struct arena *a)
{
	struct questions questions;
	struct features features;
	double start;

	arena_reset(a);
	start = now_us();
	if (!features_of_text(text, a, &features, &questions))
		return 0;
	(void)task_recognise(m, &questions);
	return now_us() - start;
}

/* rows one after the other, until there are enough bytes; cut between characters */
static struct str text_of_size(const struct task_rows *rows, size_t *at, size_t bytes,
			       struct arena *a)
{
	char *text = arena_chars(a, bytes);
	size_t n = 0;

	while (text && n < bytes) {
		struct str piece = rows->list[(*at)++ % rows->n].text;
		size_t most = piece.n < bytes - n ? piece.n : bytes - n;

		memcpy(text + n, piece.p, most);
		n += most;
		if (n < bytes)
			text[n++] = '\n';
	}
	while (text && n > 0 && ((unsigned char)text[n - 1] & 0x80))
		text[--n] = ' ';
	return (struct str){ text, text ? bytes : 0 };
}

struct timing task_time(const struct task_rows *rows, const struct task_model *m, size_t bytes)
{
	size_t n = bytes ? PROMPTS : rows->n, at = 0;
	struct timing t = { .bytes = bytes };
	double *times = calloc(n + 1, sizeof(*times));
	struct str *texts = calloc(n + 1, sizeof(*texts));
	struct arena work, made;

	arena_init(&work, MEMORY);
	arena_init(&made, MEMORY);
	for (size_t i = 0; texts && i < n; i++)
		texts[i] = bytes ? text_of_size(rows, &at, bytes, &made) : rows->list[i].text;
	for (int pass = 0; texts && times && pass < TRIES; pass++) {
		for (size_t i = 0; i < n; i++) {
			double us = measure(texts[i], m, &work);

			times[i] = pass == 0 || us < times[i] ? us : times[i];
		}
	}
	if (times && n) {
		qsort(times, n, sizeof(*times), by_value);
		t.median_us = times[n / 2];
		t.p99_us = times[n * 99 / 100];
	}
	arena_release(&work);
	arena_release(&made);
	free(texts);
	free(times);
	return t;
}
