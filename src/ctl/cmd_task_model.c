/*
 * cmd_task_model.c -- smartrouter task-model train, test and show.
 *
 * train measures before it makes: the card of a model says how good models made so are
 * on sources that they have never seen, not how well this one knows its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "conf/task_builtin.h"
#include "ctl/command.h"
#include "ctl/table.h"
#include "ctl/task_card.h"
#include "ctl/task_folds.h"
#include "ctl/task_time.h"
#include "io/config.h"

#define FILES_MOST 64
#define FILE_MOST  ((size_t)64 << 20)
#define CARD_MOST  (1u << 20)

struct task_values {
	struct common common;
	struct {
		const char *items[FILES_MOST];
		size_t n;
	} with;
	const char *out, *sources, *model;
	int64_t folds, rows, groups, cues;
	double cost, threshold;
};

/* --- train --- */

static struct fit_options options_of(const struct task_values *v)
{
	return (struct fit_options){ .cost = v->cost,
				     .threshold = v->threshold,
				     .groups = (uint32_t)v->groups,
				     .rows = (uint32_t)v->rows,
				     .cues = (uint32_t)v->cues };
}

static int failed(const struct fault *f)
{
	say_error("%s", f->text);
	return EXIT_FAILED;
}

static bool read_rows(struct task_rows *rows, const struct task_values *v, int n, char **args,
		      struct fault *f)
{
	for (int i = 0; i < n; i++)
		if (!task_rows_read(rows, args[i], true, f))
			return false;
	for (size_t i = 0; i < v->with.n; i++)
		if (!task_rows_read(rows, v->with.items[i], false, f))
			return false;
	return true;
}

static bool write_file(const char *path, struct str bytes, struct fault *f)
{
	FILE *file = fopen(path, "w");
	bool fine = file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n;

	if (file && fclose(file) != 0)
		fine = false;
	if (!fine)
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
	return fine;
}

/* what all rows teach, as a file; card holds what is known so far */
static bool make_file(struct task_rows *rows, const struct task_values *v, double sharpness,
		      struct buf *card, struct buf *out, struct fault *f)
{
	struct fit_options options = options_of(v);
	size_t *chosen = calloc(rows->n + 1, sizeof(*chosen)), n;
	struct task_model *m = NULL;
	struct fit fit = { .n = 0 };
	bool fine;

	for (size_t i = 0; chosen && i < rows->n; i++)
		chosen[i] = i;
	n = chosen ? task_fit_limit(rows, chosen, rows->n, options.rows) : 0;
	say_note("learning from %zu prompts", n);
	fine = task_fit(rows, chosen, n, &options, &fit, f);
	fit.sharpness = sharpness;
	if (fine)
		m = task_fit_model(&fit, rows, &options, f);
	fine = m && task_words_write(card, rows, m) && buf_ok(card) &&
	       task_fit_write(&fit, rows, &options, buf_str(card), out);
	if (m && !fine)
		fault_set(f, ERR_OVERLOAD, "", "no memory for the model");
	task_model_free(m);
	task_fit_release(&fit);
	free(chosen);
	return fine;
}

static bool train_rows(struct session *s, struct task_rows *rows, const struct task_values *v,
		       const struct licences *licences, struct buf *out, struct fault *f)
{
	struct fit_options options = options_of(v);
	struct verdicts unseen = { .n = 0 };
	double sharpness = 1;
	struct buf card;
	bool fine = true;

	buf_init(&card, CARD_MOST);
	if (v->folds)
		fine = task_folds(rows, &options, (uint32_t)v->folds, &unseen, &sharpness, f);
	if (!fine)
		say_note("--folds 0 makes a model of all prompts without measuring how good it is");
	if (fine) {
		task_card_write(&card, rows, licences, v->folds ? &unseen : NULL);
		fine = !v->out || make_file(rows, v, sharpness, &card, out, f);
	}
	if (fine && v->folds && !v->common.json) {
		printf("On prompts of sources that were not learned from, in %d folds:\n\n",
		       (int)v->folds);
		verdicts_print(&unseen, &s->arena);
	} else if (fine && v->folds) {
		buf_reset(&card);
		verdicts_json(&unseen, &card);
		printf("%s\n", buf_cstr(&card));
	}
	verdicts_release(&unseen);
	buf_release(&card);
	return fine;
}

static int train(struct session *s, void *values, int n, char **args)
{
	const struct task_values *v = values;
	struct licences licences = { .cap = 0 };
	struct task_rows rows;
	struct fault f;
	struct buf out;
	bool fine;

	if (!v->out && !v->folds) {
		say_error("task-model train: --out FILE is missing; --folds alone measures only");
		return EXIT_USAGE;
	}
	task_rows_init(&rows);
	buf_init(&out, FILE_MOST);
	fine = read_rows(&rows, v, n, args, &f) &&
	       (!v->sources || licences_read(&licences, v->sources, &rows.arena, &f));
	if (fine && v->sources)
		task_rows_keep(&rows, &licences.names);
	fine = fine && train_rows(s, &rows, v, v->sources ? &licences : NULL, &out, &f) &&
	       (!v->out || write_file(v->out, buf_str(&out), &f));
	if (fine && v->out)
		say_note("%s: %zu labels, %zu prompts, %zu bytes", v->out, rows.labels.n, rows.n,
			 out.n);
	buf_release(&out);
	task_rows_release(&rows);
	return fine ? EXIT_FINE : failed(&f);
}

/* --- test --- */

/* path NULL: the built-in one */
static struct task_model *read_model(const char *path, struct fault *f)
{
	struct task_model *m = NULL;
	struct buf text;

	if (!path)
		return task_model_read(task_model_builtin(), f);
	buf_init(&text, FILE_MOST);
	if (config_file(NULL, path, &text, f)) {
		m = task_model_read(buf_str(&text), f);
		if (!m) {
			struct fault inner = *f;

			fault_set(f, inner.code, "", "%s: %s", path, inner.text);
		}
	}
	buf_release(&text);
	return m;
}

static const size_t sizes[] = { 0, 1024, 8192 };

static void print_times(const struct task_rows *rows, const struct task_model *m, struct arena *a)
{
	static const struct column columns[] = { { "time per prompt", ALIGN_LEFT },
						 { "median", ALIGN_RIGHT },
						 { "p99", ALIGN_RIGHT } };
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct timing time = task_time(rows, m, sizes[i]);

		if (sizes[i])
			table_printf(&t, "%zu KiB", sizes[i] / 1024);
		else
			table_adds(&t, "as they are");
		table_printf(&t, "%.1f us", time.median_us);
		table_printf(&t, "%.1f us", time.p99_us);
	}
	printf("\n");
	table_print(&t);
	printf("\nmemory of the model: %zu bytes\n", task_model_bytes(m));
}

static void print_json(const struct verdicts *v, const struct task_rows *rows,
		       const struct task_model *m)
{
	struct buf out;

	buf_init(&out, CARD_MOST);
	buf_printf(&out, "{\"model\":\"%s\",\"memory_bytes\":%zu,\"times\":[", task_model_hash(m),
		   task_model_bytes(m));
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct timing time = task_time(rows, m, sizes[i]);

		buf_printf(&out, "%s{\"bytes\":%zu,\"median_us\":%.2f,\"p99_us\":%.2f}",
			   i ? "," : "", sizes[i], time.median_us, time.p99_us);
	}
	buf_adds(&out, "],\"figures\":");
	verdicts_json(v, &out);
	buf_adds(&out, "}\n");
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
}

/* the model's threshold */
static double threshold_of(const struct task_model *m)
{
	double threshold = 0;

	return json_double(json_get(task_model_head(m), "threshold"), &threshold) ? threshold : 0;
}

static bool has_label(const struct task_model *m, struct str label)
{
	for (uint32_t i = 0; i < task_model_labels(m); i++)
		if (str_eq(task_model_label(m, i), label))
			return true;
	return false;
}

/* They can only be wrong: whoever reads the figures should know how many there are. */
static void note_strange_labels(const struct task_rows *rows, const struct task_model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++)
		n += !has_label(m, rows->labels.list[rows->list[i].label]);
	if (n)
		say_note("%zu of %zu prompts have labels that the model does not have", n, rows->n);
}

static int test_rows(struct session *s, struct task_rows *rows, const struct task_values *v,
		     struct fault *f)
{
	struct task_model *m = read_model(v->model, f);
	struct verdicts verdicts;
	int code = EXIT_FINE;

	if (!m)
		return failed(f);
	note_strange_labels(rows, m);
	if (verdicts_ask(&verdicts, rows, m)) {
		verdicts.threshold = threshold_of(m);
		verdicts_sort(&verdicts);
		if (v->common.json) {
			print_json(&verdicts, rows, m);
		} else {
			verdicts_print(&verdicts, &s->arena);
			print_times(rows, m, &s->arena);
		}
	} else {
		say_error("too many labels, or no memory");
		code = EXIT_FAILED;
	}
	verdicts_release(&verdicts);
	task_model_free(m);
	return code;
}

static int test(struct session *s, void *values, int n, char **args)
{
	struct task_rows rows;
	struct fault f;
	int code;

	task_rows_init(&rows);
	code = read_rows(&rows, values, n, args, &f) ? test_rows(s, &rows, values, &f) : failed(&f);
	task_rows_release(&rows);
	return code;
}

/* --- show --- */

static void print_card(const struct task_model *m, struct arena *a)
{
	struct json head = task_model_head(m);
	struct json unseen = json_get(head, "unseen_sources");
	double accuracy, f1;

	printf("SHA-256 %s\nmemory %zu bytes\n", task_model_hash(m), task_model_bytes(m));
	if (json_double(json_get(unseen, "accuracy"), &accuracy) &&
	    json_double(json_get(unseen, "macro_f1"), &f1))
		printf("on sources that were not learned from: accuracy %.3f, macro-F1 %.3f\n",
		       accuracy, f1);
	printf("\nlabels, and the words that speak most for them:\n");
	for (uint32_t i = 0; i < task_model_labels(m); i++) {
		struct str label = task_model_label(m, i);
		struct json words = json_get(json_get(head, "words"), arena_cstr(a, label));

		printf("%.*s:", STR_ARG(label));
		JSON_EACH (it, words)
			printf(" %.*s", STR_ARG(json_text(it, a)));
		printf("\n");
	}
}

static void print_sources(const struct task_model *m, struct arena *a)
{
	static const struct column columns[] = { { "source", ALIGN_LEFT },
						 { "prompts", ALIGN_RIGHT },
						 { "licence", ALIGN_LEFT } };
	struct json head = task_model_head(m);
	int64_t n;
	struct table t;

	table_init(&t, a, columns, COUNT_OF(columns));
	JSON_EACH (it, json_get(head, "sources")) {
		table_add(&t, json_text(json_get(it, "name"), a));
		table_addi(&t, json_i64(json_get(it, "prompts"), &n) ? n : 0);
		table_add(&t, json_text(json_get(it, "licence"), a));
	}
	printf("\n");
	table_print(&t);
	if (json_i64(json_get(head, "more_prompts"), &n) && n)
		printf("and %lld prompts that were only learned from\n", (long long)n);
}

static int show(struct session *s, void *values, int n, char **args)
{
	const struct task_values *v = values;
	struct fault f;
	struct task_model *m = read_model(n ? args[0] : NULL, &f);

	if (!m)
		return failed(&f);
	if (v->common.json) {
		printf("%.*s\n", STR_ARG(json_raw(task_model_head(m))));
	} else {
		print_card(m, &s->arena);
		print_sources(m, &s->arena);
	}
	task_model_free(m);
	return EXIT_FINE;
}

/* --- the command --- */

static bool read_with(const char *text, void *member, struct fault *fault_r)
{
	struct task_values *v = CONTAINER_OF(member, struct task_values, with);

	if (v->with.n < FILES_MOST) {
		v->with.items[v->with.n++] = text;
		return true;
	}
	fault_set(fault_r, ERR_VALUE, "", "at most %d files", FILES_MOST);
	return false;
}

static bool read_count(const char *text, void *member, struct fault *fault_r)
{
	if (str_i64(str_of(text), member) && *(int64_t *)member >= 0 &&
	    *(int64_t *)member <= 1000000)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be a whole number up to a million");
	return false;
}

static bool read_number(const char *text, void *member, struct fault *fault_r)
{
	char *end;
	double value = strtod(text, &end);

	if (end != text && !*end && value >= 0 && value <= 1000) {
		*(double *)member = value;
		return true;
	}
	fault_set(fault_r, ERR_VALUE, "", "must be a number from 0 to 1000");
	return false;
}

static const struct option_row train_rows_table[] = {
	{ "out", "FILE", option_text, offsetof(struct task_values, out), "where the model goes" },
	{ "with", "FILE", read_with, offsetof(struct task_values, with),
	  "prompts that are learned from too, but that no figure is made of; may be given several "
	  "times" },
	{ "sources", "FILE", option_text, offsetof(struct task_values, sources),
	  "learn only from the sources that the file names, each on a line with its licence behind "
	  "a "
	  "tab" },
	{ "folds", "NUMBER", read_count, offsetof(struct task_values, folds),
	  "parts into which the sources are put, to measure each by what the others teach (default "
	  "8); 0 measures nothing and leaves the confidence uncalibrated" },
	{ "rows", "NUMBER", read_count, offsetof(struct task_values, rows),
	  "prompts of one source and label that are learned from at most (default 100)" },
	{ "groups", "NUMBER", read_count, offsetof(struct task_values, groups),
	  "sources that must share a cue for it to be learned (default 2)" },
	{ "cues", "NUMBER", read_count, offsetof(struct task_values, cues),
	  "cues of the model at most (default 98000, which take 2 MiB of memory)" },
	{ "cost", "NUMBER", read_number, offsetof(struct task_values, cost),
	  "what LIBLINEAR calls C (default 1)" },
	{ "threshold", "NUMBER", read_number, offsetof(struct task_values, threshold),
	  "confidence below which a task is \"other\" (default 0.35)" },
};
static const struct option_list train_options = { "Options", train_rows_table,
						  COUNT_OF(train_rows_table) };

static const struct option_row test_rows_table[] = {
	{ "model", "FILE", option_text, offsetof(struct task_values, model),
	  "the model (default: the one that is built in)" },
};
static const struct option_list test_options = { "Options", test_rows_table,
						 COUNT_OF(test_rows_table) };

int cmd_task_model(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verbs[] = {
		{ "train", "FILE...", 1, FILES_MOST, NEEDS_NOTHING, train,
		  "make a task model of labelled prompts, and measure how good such a model is",
		  { &train_options } },
		{ "test", "FILE...", 1, FILES_MOST, NEEDS_NOTHING, test,
		  "tell how good a model is at labelled prompts, and how fast",
		  { &test_options } },
		{ "show", "[MODEL]", 0, 1, NEEDS_NOTHING, show,
		  "tell what a model was made from, how good it is and which words it listens to",
		  { NULL } },
	};
	/* clang-format on */
	static const struct command command = {
		.name = "task-model",
		.text = "The model that recognises what a prompt asks for.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct task_values values = {
		.folds = 8, .rows = 100, .groups = 2, .cues = 98000, .cost = 1, .threshold = 0.35
	};

	return command_run(&command, &values, argc, argv);
}
