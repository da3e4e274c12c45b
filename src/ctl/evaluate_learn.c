/* evaluate_learn.c -- quality models for samples that they were not trained on. */
#include "ctl/evaluate_learn.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/rand.h"
#include "ctl/quality_train.h"
#include "ctl/say.h"

#define PRICES_NAME "prices.json"

/* --- samples --- */

bool learn_read(struct samples *s, size_t n, const char *const *paths)
{
	struct fault f;

	for (size_t i = 0; i < n; i++) {
		if (samples_read(s, paths[i], &f))
			continue;
		say_error("%s", f.text);
		return false;
	}
	return true;
}

bool learn_part(const struct samples *s, const bool *keep, struct samples *part_r)
{
	*part_r = *s;
	part_r->n = 0;
	part_r->list = calloc(s->n + 1, sizeof(*s->list));
	if (!part_r->list) {
		say_error("out of memory");
		return false;
	}
	for (size_t i = 0; i < s->n; i++)
		if (keep[i])
			part_r->list[part_r->n++] = s->list[i];
	return true;
}

bool learn_shuffle(struct samples *s, uint64_t seed)
{
	uint32_t *same = calloc(s->n + 1, sizeof(*same));
	struct rnd r = rnd_seed(seed);

	if (!same) {
		say_error("out of memory");
		return false;
	}
	for (uint32_t d = 0; d < s->n_datasets; d++) {
		uint32_t n = 0;

		for (size_t i = 0; i < s->n; i++)
			if (s->list[i].dataset == d)
				same[n++] = (uint32_t)i;
		for (uint32_t i = n; i > 1; i--) {
			struct sample *a = &s->list[same[i - 1]];
			struct sample *b = &s->list[same[rnd_below(&r, i)]];
			struct sample was = *a;

			a->cells = b->cells;
			a->n_cells = b->n_cells;
			b->cells = was.cells;
			b->n_cells = was.n_cells;
		}
	}
	free(same);
	return true;
}

/* --- training --- */

/* On a terminal one line that changes; else a line for each fifth. */
static void tell(uint32_t done, uint32_t all)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r  %u of %u steps%s", done, all, done == all ? "\n" : "");
	else if (done * 5 / all != (done - 1) * 5 / all)
		fprintf(stderr, "  %u of %u steps\n", done, all);
}

bool learn_file(const struct samples *s, uint64_t seed, const char *what, struct buf *out)
{
	struct fault f;

	fprintf(stderr, "training on %zu prompts%s%s\n", s->n, *what ? ": " : "", what);
	if (quality_train(s, seed, tell, out, &f))
		return true;
	say_error("%s", f.text);
	return false;
}

struct quality_model *learn_model(const struct samples *s, uint64_t seed, const char *what)
{
	struct quality_model *m = NULL;
	struct fault f;
	struct buf out;

	buf_init(&out, QUALITY_FILE_MAX);
	if (learn_file(s, seed, what, &out)) {
		m = quality_model_read(buf_str(&out), &f);
		if (!m)
			say_error("%s", f.text);
	}
	buf_release(&out);
	return m;
}

static bool learn_fold(const struct samples *s, uint64_t seed, int fold, bool *keep,
		       struct foresight *f)
{
	struct quality_model *m;
	struct samples part;
	char what[64];

	for (size_t i = 0; i < s->n; i++)
		keep[i] = sample_fold(&s->list[i]) != fold;
	if (!learn_part(s, keep, &part))
		return false;
	snprintf(what, sizeof(what), "all but fold %d of %d", fold + 1, EVALUATE_FOLDS);
	m = learn_model(&part, seed, what);
	free(part.list);
	if (m)
		foresight_fill(f, s, m, fold);
	quality_model_free(m);
	return m != NULL;
}

bool learn_across(const struct samples *s, uint64_t seed, struct foresight *f)
{
	bool *keep = calloc(s->n + 1, sizeof(*keep));
	bool fine = keep != NULL;

	for (int fold = 0; fine && fold < EVALUATE_FOLDS; fold++)
		fine = learn_fold(s, seed, fold, keep, f);
	free(keep);
	return fine;
}

/* --- what else commands are told --- */

bool learn_pair(const struct samples *s, const char *text, int pair_r[2])
{
	struct str rest = str_of(text), weak = str_cut(&rest, ',');

	pair_r[0] = samples_model(s, weak);
	pair_r[1] = samples_model(s, rest);
	if (pair_r[0] >= 0 && pair_r[1] >= 0 && pair_r[0] != pair_r[1])
		return true;
	say_error("--pair %.120s: must be two models of the tables, as in weak,strong", text);
	return false;
}

bool learn_prices(struct list_prices *p, struct arena *a, const char *path, const char *first_table)
{
	const char *slash = strrchr(first_table, '/');
	size_t n = slash ? (size_t)(slash - first_table) + 1 : 0;
	struct fault f;

	*p = (struct list_prices){ .n = 0 };
	if (!path) {
		path = arena_cstr(a, arena_printf(a, "%.*s" PRICES_NAME, (int)n, first_table));
		if (!path || access(path, R_OK) != 0)
			return true;
	}
	if (list_prices_read(p, a, path, &f))
		return true;
	say_error("%s", f.text);
	return false;
}
