/*
 * cmd_evaluate.c -- smartrouter evaluate: route recorded prompts with the real engine, and tell
 * what that would have cost and achieved.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/evaluate_learn.h"
#include "ctl/evaluate_report.h"

#define FILES_MOST 64
#define WORK_MOST  ((size_t)2 << 30)
#define TEXT_MOST  (32u << 20)

struct evaluate_values {
	struct common common;
	const char *model, *pair, *prices, *plot;
	int64_t seed;
};

/* --- what is foreseen --- */

static bool read_all(const char *path, struct buf *text)
{
	FILE *file = fopen(path, "r");
	char piece[65536];
	size_t n;

	if (!file) {
		say_error("%s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(text, (struct str){ piece, n });
	fclose(file);
	if (!buf_ok(text))
		say_error("%s: is longer than %u bytes", path, QUALITY_FILE_MAX);
	return buf_ok(text);
}

static void note_strangers(const char *path, const struct samples *s, const struct quality_model *m)
{
	for (uint32_t i = 0; i < s->n_models; i++)
		if (quality_model_find(m, s->models[i]) >= 0)
			return;
	say_note("%s knows none of the models of these tables, so nothing tells one prompt from "
		 "another",
		 path);
}

static bool foresee_by_file(const char *path, const struct samples *s, struct foresight *f)
{
	struct quality_model *m = NULL;
	struct fault fault;
	struct buf text;

	buf_init(&text, QUALITY_FILE_MAX);
	if (read_all(path, &text)) {
		m = quality_model_read(buf_str(&text), &fault);
		if (!m)
			say_error("%s: %s", path, fault.text);
	}
	buf_release(&text);
	if (m) {
		note_strangers(path, s, m);
		foresight_fill(f, s, m, -1);
	}
	quality_model_free(m);
	return m != NULL;
}

/* --- the whole --- */

static bool write_plot(const char *path, const struct pool *p, const struct outcome *o)
{
	FILE *file = fopen(path, "w");
	struct buf svg;
	bool fine;

	buf_init(&svg, TEXT_MOST);
	plot_write(p, o, &svg);
	fine = file && fwrite(svg.p, 1, svg.n, file) == svg.n;
	if (file && fclose(file) != 0)
		fine = false;
	if (!fine)
		say_error("%s: %s", path, strerror(errno));
	buf_release(&svg);
	return fine;
}

/* "curve.svg" of several pools: the first is curve.svg, the others curve-2.svg, ... */
static const char *plot_path(struct arena *a, const char *path, size_t i)
{
	const char *dot = strrchr(path, '.');
	int n = dot ? (int)(dot - path) : (int)strlen(path);

	if (i == 0)
		return path;
	return arena_cstr(a, arena_printf(a, "%.*s-%zu%s", n, path, i + 1, dot ? dot : ""));
}

static bool measure(const struct evaluate_values *v, const struct pools *pools, size_t i,
		    const struct foresight *f, const struct list_prices *prices, struct arena *a,
		    struct buf *json)
{
	const struct pool *p = &pools->list[i];
	struct desk *d = desk_new(p, f, prices);
	struct outcome o;
	bool fine = d && outcome_measure(&o, p, d, a);

	if (!fine)
		say_error("out of memory");
	else if (v->common.json) {
		buf_adds(json, i ? "," : "[");
		report_json(p, d, &o, json);
	} else
		report_outcome(p, d, &o);
	if (fine && v->plot)
		fine = write_plot(plot_path(a, v->plot, i), p, &o);
	desk_free(d);
	return fine;
}

/* pair: NULL, or the only models */
static bool measure_all(const struct evaluate_values *v, const struct samples *s, const int pair[2],
			const struct foresight *f, const struct list_prices *prices,
			struct arena *a)
{
	struct pools pools = { .n = 0 };
	struct buf json;
	bool fine = true;

	if (!pools_make(&pools, s, prices, pair, a) || pools.n == 0) {
		say_error("no table has two models that answered its prompts");
		return false;
	}
	buf_init(&json, TEXT_MOST);
	for (size_t i = 0; fine && i < pools.n; i++)
		fine = measure(v, &pools, i, f, prices, a, &json);
	if (fine && v->common.json)
		printf("%s]\n", buf_cstr(&json));
	buf_release(&json);
	return fine;
}

static int run(struct session *session, void *values, int n, char **args)
{
	const struct evaluate_values *v = values;
	struct list_prices prices;
	struct foresight f;
	struct samples s;
	struct arena a;
	int pair[2];
	bool fine;

	(void)session;
	samples_init(&s);
	arena_init(&a, WORK_MOST);
	fine = learn_prices(&prices, &a, v->prices, args[0]) &&
	       learn_read(&s, (size_t)n, (const char *const *)args) &&
	       (!v->pair || learn_pair(&s, v->pair, pair)) && foresight_init(&f, &s, &a);
	if (fine)
		fine = v->model ? foresee_by_file(v->model, &s, &f)
				: learn_across(&s, (uint64_t)v->seed, &f);
	if (fine)
		fine = measure_all(v, &s, v->pair ? pair : NULL, &f, &prices, &a);
	samples_release(&s);
	arena_release(&a);
	return fine ? EXIT_FINE : EXIT_FAILED;
}

static const struct option_row rows[] = {
	{ "model", "FILE", option_text, offsetof(struct evaluate_values, model),
	  "the quality model to ask; without it each fifth of the prompts is routed by a model "
	  "that "
	  "was trained on the others" },
	{ "prices", "FILE", option_text, offsetof(struct evaluate_values, prices),
	  "what models cost where a table does not say (default: prices.json beside the first "
	  "table)" },
	{ "pair", "WEAK,STRONG", option_text, offsetof(struct evaluate_values, pair),
	  "choose between these two models only" },
	{ "plot", "FILE.svg", option_text, offsetof(struct evaluate_values, plot),
	  "draw quality over cost; further pools get FILE-2.svg and so on" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_evaluate(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "TABLE...", 1, FILES_MOST, NEEDS_NOTHING, run,
		"route recorded prompts, which several models have answered, with the engine of the "
		"gateway, and tell what that would have cost and achieved, beside always the same model, "
		"calls by lot, by the prompt's length, and an oracle",
		{ &options },
	};
	/* clang-format on */
	struct evaluate_values values = { .seed = 1 };

	return command_run_only("evaluate", &verb, &values, argc, argv);
}
