/*
 * cmd_quality_model.c -- smartrouter quality-model train and test.
 *
 * test trains and scores on different prompts, several times, and tells the spread: a figure of one
 * split says little.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "ctl/command.h"
#include "ctl/evaluate_learn.h"
#include "ctl/evaluate_report.h"

#define FILES_MOST 64
#define POOLS_MOST 64
#define WORK_MOST  ((size_t)2 << 30)
#define JSON_MOST  (16u << 20)
#define TRAINED_ON 0.6 /* of the prompts, when no tables to train on are given */

struct quality_values {
	struct common common;
	struct {
		const char *items[FILES_MOST];
		size_t n;
	} train;
	const char *out, *pair, *prices;
	int64_t seed, seeds;
	bool shuffle;
};

/* --- train --- */

static int write_file(const char *path, struct str bytes)
{
	FILE *file = fopen(path, "w");
	bool fine = file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n;

	if (file && fclose(file) != 0)
		fine = false;
	if (fine)
		return EXIT_FINE;
	say_error("%s: %s", path, strerror(errno));
	return EXIT_FAILED;
}

static int train(struct session *s, void *values, int n, char **args)
{
	const struct quality_values *v = values;
	struct samples samples;
	int code = EXIT_FAILED;
	struct buf out;

	(void)s;
	if (!v->out) {
		say_error("quality-model train: --out FILE is missing");
		return EXIT_USAGE;
	}
	samples_init(&samples);
	buf_init(&out, QUALITY_FILE_MAX);
	if (learn_read(&samples, (size_t)n, (const char *const *)args) &&
	    learn_file(&samples, (uint64_t)v->seed, "", &out))
		code = write_file(v->out, buf_str(&out));
	if (!code)
		printf("%s: %zu models, %zu datasets, %zu prompts; %zu bytes\n", v->out,
		       samples.n_models, samples.n_datasets, samples.n, out.n);
	buf_release(&out);
	samples_release(&samples);
	return code;
}

/* --- test --- */

struct trial {
	const struct quality_values *values;
	struct list_prices prices;
	struct report_runs *reports; /* of each pool */
	size_t n_reports;
	struct arena arena;
};

static bool measure_pools(struct trial *t, const struct samples *s, const struct foresight *f,
			  struct arena *a)
{
	struct pools pools = { .n = 0 };
	int pair[2];
	size_t n;

	if (t->values->pair && !learn_pair(s, t->values->pair, pair))
		return false;
	if (!pools_make(&pools, s, &t->prices, t->values->pair ? pair : NULL, a)) {
		say_error("out of memory");
		return false;
	}
	n = pools.n < POOLS_MOST ? pools.n : POOLS_MOST;
	if (n == 0 || (t->n_reports && t->n_reports != n)) {
		say_error("a run has too few prompts to measure a dataset, or two models of it: "
			  "give more prompts, or --train TABLE to measure on all of these");
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		struct desk *d = desk_new(&pools.list[i], f, &t->prices);
		struct outcome o;
		bool fine = d && outcome_measure(&o, &pools.list[i], d, a);

		if (fine)
			report_add(&t->reports[i], &pools.list[i], &o);
		else
			say_error("out of memory");
		desk_free(d);
		if (!fine)
			return false;
	}
	t->n_reports = n;
	return true;
}

/* Trains on one part, measures on the other. */
static bool try_once(struct trial *t, struct samples *learned, const struct samples *tested,
		     uint64_t seed)
{
	struct quality_model *m;
	struct foresight f;
	struct arena a;
	char what[64];
	bool fine;

	snprintf(what, sizeof(what), "run with seed %llu", (unsigned long long)seed);
	if (t->values->shuffle && !learn_shuffle(learned, seed))
		return false;
	m = learn_model(learned, seed, what);
	if (!m)
		return false;
	arena_init(&a, WORK_MOST);
	fine = foresight_init(&f, tested, &a);
	if (fine) {
		foresight_fill(&f, tested, m, -1);
		fine = measure_pools(t, tested, &f, &a);
	}
	quality_model_free(m);
	arena_release(&a);
	return fine;
}

/* A part of the samples to learn from, the rest to be measured on. */
static bool try_split(struct trial *t, const struct samples *all, uint64_t seed)
{
	bool *keep = calloc(all->n + 1, sizeof(*keep)), fine = false;
	struct samples learned = { .n = 0 }, tested = { .n = 0 };

	for (size_t i = 0; keep && i < all->n; i++)
		keep[i] = (double)(hash_word(seed, all->list[i].likeness) >> 11) * 0x1p-53 <
			  TRAINED_ON;
	if (keep && learn_part(all, keep, &learned)) {
		for (size_t i = 0; i < all->n; i++)
			keep[i] = !keep[i];
		fine = learn_part(all, keep, &tested) && try_once(t, &learned, &tested, seed);
	}
	free(learned.list);
	free(tested.list);
	free(keep);
	return fine;
}

static void report_all(const struct trial *t)
{
	struct buf out;

	if (!t->values->common.json) {
		for (size_t i = 0; i < t->n_reports; i++)
			report_runs_print(&t->reports[i]);
		return;
	}
	buf_init(&out, JSON_MOST);
	for (size_t i = 0; i < t->n_reports; i++) {
		buf_adds(&out, i ? "," : "[");
		report_runs_json(&t->reports[i], &out);
	}
	buf_adds(&out, "]\n");
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
}

static bool run_trials(struct trial *t, const struct samples *all, struct samples *learned)
{
	for (int64_t i = 0; i < t->values->seeds; i++) {
		uint64_t seed = (uint64_t)(t->values->seed + i);

		if (!(learned ? try_once(t, learned, all, seed) : try_split(t, all, seed)))
			return false;
	}
	return true;
}

static int test(struct session *s, void *values, int n, char **args)
{
	const struct quality_values *v = values;
	struct samples all, learned;
	struct trial t = { .values = v };
	int code = EXIT_FAILED, pair[2];

	samples_init(&all);
	samples_init(&learned);
	t.reports = ARENA_ARRAY(&s->arena, struct report_runs, POOLS_MOST);
	if (t.reports && learn_prices(&t.prices, &s->arena, v->prices, args[0]) &&
	    learn_read(&all, (size_t)n, (const char *const *)args) &&
	    (!v->pair || learn_pair(&all, v->pair, pair)) &&
	    learn_read(&learned, v->train.n, v->train.items) &&
	    run_trials(&t, &all, v->train.n ? &learned : NULL)) {
		report_all(&t);
		code = EXIT_FINE;
	}
	samples_release(&all);
	samples_release(&learned);
	return code;
}

/* --- the command --- */

static bool read_train(const char *text, void *member, struct fault *fault_r)
{
	struct quality_values *v = CONTAINER_OF(member, struct quality_values, train);

	if (v->train.n < FILES_MOST) {
		v->train.items[v->train.n++] = text;
		return true;
	}
	fault_set(fault_r, ERR_VALUE, "", "at most %d files", FILES_MOST);
	return false;
}

static bool read_seed(const char *text, void *member, struct fault *fault_r)
{
	if (str_i64(str_of(text), member) && *(int64_t *)member >= 0)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be a whole number from 0 on");
	return false;
}

static bool read_seeds(const char *text, void *member, struct fault *fault_r)
{
	if (str_i64(str_of(text), member) && *(int64_t *)member >= 1 &&
	    *(int64_t *)member <= REPORT_RUNS_MAX)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be 1 to %d", REPORT_RUNS_MAX);
	return false;
}

static const struct option_row train_rows[] = {
	{ "out", "FILE", option_text, offsetof(struct quality_values, out),
	  "where the model goes" },
	{ "seed", "NUMBER", read_seed, offsetof(struct quality_values, seed),
	  "of the folds on which is measured what can be believed (default 1)" },
};
static const struct option_list train_options = { "Options", train_rows, COUNT_OF(train_rows) };

static const struct option_row test_rows[] = {
	{ "train", "TABLE", read_train, offsetof(struct quality_values, train),
	  "train on this table, and measure on all prompts of the others; may be given several "
	  "times. Without it six of ten prompts are trained on, others with each seed" },
	{ "seeds", "NUMBER", read_seeds, offsetof(struct quality_values, seeds),
	  "how many runs (default 5)" },
	{ "seed", "NUMBER", read_seed, offsetof(struct quality_values, seed),
	  "that of the first run (default 1)" },
	{ "pair", "WEAK,STRONG", option_text, offsetof(struct quality_values, pair),
	  "choose between these two models only" },
	{ "prices", "FILE", option_text, offsetof(struct quality_values, prices),
	  "what models cost (default: prices.json beside the first table)" },
	{ "shuffle", NULL, NULL, offsetof(struct quality_values, shuffle),
	  "a control: train on answers of other prompts, so that there is nothing to learn" },
};
static const struct option_list test_options = { "Options", test_rows, COUNT_OF(test_rows) };

int cmd_quality_model(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verbs[] = {
		{ "train", "TABLE...", 1, FILES_MOST, NEEDS_NOTHING, train,
		  "make a quality model of tables of prompts that several models have answered",
		  { &train_options } },
		{ "test", "TABLE...", 1, FILES_MOST, NEEDS_NOTHING, test,
		  "train and measure on different prompts, several times, and tell what routing by the "
		  "model would cost and achieve",
		  { &test_options } },
	};
	/* clang-format on */
	static const struct command command = {
		.name = "quality-model",
		.text = "How good each model's answer to a prompt will be, learned from tables.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct quality_values values = { .seed = 1, .seeds = 5 };

	return command_run(&command, &values, argc, argv);
}
