/*
 * quality_train.c -- a quality model from samples.
 *
 * Names, rarities; five folds that show what can be believed; then everything again from
 * all samples, rounded to bytes, written.
 */
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "ctl/quality_trainer.h"

#define MEMORY_MAX ((size_t)2 << 30)

void trainer_step(struct trainer *t)
{
	t->done++;
	if (t->progress)
		t->progress(t->done, t->steps);
}

/* --- columns --- */

struct rows {
	uint8_t *bytes; /* rows * stride */
	size_t stride;
	uint32_t *gram; /* of each row */
	uint32_t n;
};

static bool rows_init(const struct trainer *t, struct rows *r)
{
	r->n = 0;
	r->stride = t->head.columns + 3;
	r->bytes = calloc(t->head.rows + 1, r->stride);
	r->gram = calloc(t->head.rows + 1, sizeof(*r->gram));
	if (!r->bytes || !r->gram)
		return false;
	for (uint32_t g = 0; g < 1u << GRAM_BITS; g++) {
		uint8_t *row = r->bytes + r->n * r->stride;

		if (!t->rarity[g])
			continue;
		row[0] = (uint8_t)(g & 0xFF);
		row[1] = (uint8_t)(g >> 8);
		row[2] = t->rarity[g];
		r->gram[r->n++] = g;
	}
	return true;
}

static void rows_release(struct rows *r)
{
	free(r->bytes);
	free(r->gram);
}

static double row_rarity(const struct rows *r, uint32_t row)
{
	return r->bytes[row * r->stride + 2];
}

/* A column of weights, times the rarities of their n-grams, as signed bytes; returns what one of
 * them is worth. */
static double set_column(struct rows *r, uint32_t column, const float *w)
{
	double most = 1e-9;

	for (uint32_t i = 0; i < r->n; i++)
		most = fmax(most, fabs((double)w[r->gram[i]] * row_rarity(r, i)));
	for (uint32_t i = 0; i < r->n; i++)
		r->bytes[i * r->stride + 3 + column] = (uint8_t)(int8_t)lround(
			(double)w[r->gram[i]] * row_rarity(r, i) / most * 127);
	return most / 127;
}

static void set_line(struct rows *r, uint32_t column, const struct weights *w,
		     struct quality_line *line)
{
	line->scale = set_column(r, column, w->w);
	line->bias = w->bias;
	for (uint32_t i = 0; i < QUALITY_COUNTS; i++)
		line->counts[i] = LEARN_COUNTS * (double)w->w[(1u << GRAM_BITS) + i];
}

/* --- domains: what their mean prompt is like --- */

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double length_of(const float *w)
{
	double squares = 0;

	for (uint32_t i = 0; i < 1u << GRAM_BITS; i++)
		squares += (double)w[i] * (double)w[i];
	return sqrt(squares);
}

/* The mean over the domain's samples as a column; and how near its own samples come to it,
 * each counted without itself. */
static bool set_domain(struct trainer *t, struct rows *r, uint32_t domain)
{
	struct quality_domain *d = &t->head.domains[domain];
	size_t n = trainer_list(t, domain, -1);
	double *kinship = calloc(n + 1, sizeof(*kinship)), length;

	if (!kinship)
		return false;
	memset(t->scratch.w, 0, LEARN_COLUMNS * sizeof(*t->scratch.w));
	for (size_t i = 0; i < n; i++)
		vectors_add(t->vectors, t->list[i], 1.0 / (double)n, t->scratch.w);
	length = length_of(t->scratch.w);
	for (uint32_t i = 0; i < 1u << GRAM_BITS && length > 0; i++)
		t->scratch.w[i] /= (float)length;
	for (size_t i = 0; i < n; i++)
		kinship[i] = vectors_dot(t->vectors, t->list[i], t->scratch.w) -
			     1 / ((double)n * fmax(length, 1e-9));
	qsort(kinship, n, sizeof(*kinship), by_number);
	d->usual = fmax(0, kinship[n / 2]);
	d->strange = fmax(0, kinship[n / 20]);
	d->scale = set_column(r, t->head.n_groups + domain, t->scratch.w);
	free(kinship);
	return true;
}

/* --- everything from all samples --- */

static bool set_groups(struct trainer *t, struct rows *r)
{
	size_t n = trainer_list(t, -1, -1);

	for (size_t i = 0; i < n; i++)
		t->labels[i] = t->group[t->list[i]];
	if (!learn_classes(t->vectors, t->list, t->labels, n, t->head.n_groups, GROUP_STRENGTH,
			   t->groups))
		return false;
	for (uint32_t g = 0; g < t->head.n_groups; g++)
		set_line(r, g, &t->groups[g], &t->head.groups[g].line);
	trainer_step(t);
	return true;
}

static bool learn_whole(struct trainer *t, const uint32_t *strength, struct rows *r)
{
	uint32_t column = t->head.n_groups + t->head.n_domains;

	if (!set_groups(t, r))
		return false;
	for (uint32_t d = 0; d < t->head.n_domains; d++) {
		struct quality_domain *domain = &t->head.domains[d];

		if (!set_domain(t, r, d))
			return false;
		for (uint32_t i = 0; i < domain->n_experts; i++) {
			struct quality_expert *e = &domain->experts[i];
			size_t n = trainer_list(t, d, -1);

			if (!trainer_learn(t, n, e->model, strength[d], &t->scratch))
				return false;
			set_line(r, column++, &t->scratch, &e->line);
			trainer_step(t);
		}
	}
	return true;
}

/* --- memory --- */

static bool make_room(struct trainer *t)
{
	const struct samples *s = t->samples;
	size_t n = s->n + 1;

	t->group = ARENA_ARRAY(t->arena, uint32_t, n);
	t->fold = ARENA_ARRAY(t->arena, uint8_t, n);
	t->list = ARENA_ARRAY(t->arena, uint32_t, n);
	t->labels = ARENA_ARRAY(t->arena, uint32_t, n);
	t->flags = ARENA_ARRAY(t->arena, bool, n);
	t->foretold = ARENA_ARRAY(t->arena, struct foretold *, n);
	t->model = ARENA_ARRAY(t->arena, uint32_t, s->n_models + 1);
	for (size_t i = 0; t->foretold && i < s->n; i++)
		t->foretold[i] = ARENA_ARRAY(t->arena, struct foretold, s->list[i].n_cells);
	t->scratch.w = ARENA_ARRAY(t->arena, float, LEARN_COLUMNS);
	return !t->arena->full;
}

/* what can be had once the names are known */
static bool make_more_room(struct trainer *t)
{
	uint32_t n_groups = t->head.n_groups;

	t->odds = ARENA_ARRAY(t->arena, float, t->samples->n *n_groups + 1);
	t->groups = ARENA_ARRAY(t->arena, struct weights, n_groups);
	for (uint32_t g = 0; t->groups && g < n_groups; g++)
		t->groups[g].w = ARENA_ARRAY(t->arena, float, LEARN_COLUMNS);
	t->vectors = vectors_new(t->samples, &t->head, t->rarity);
	return t->vectors && !t->arena->full;
}

/* --- the whole --- */

static bool train_all(struct trainer *t, uint64_t seed, struct buf *out)
{
	uint32_t strength[QUALITY_DOMAINS_MAX];
	struct rows rows = { 0 };
	bool fine;

	t->steps = (FOLDS + 1) * (t->head.columns - t->head.n_groups - t->head.n_domains + 1);
	fine = trainer_foretell(t, seed) && rows_init(t, &rows);
	if (fine) {
		trainer_weigh(t, strength);
		fine = learn_whole(t, strength, &rows);
	}
	if (fine)
		quality_file_write(&t->head,
				   (struct str){ (const char *)rows.bytes, rows.n * rows.stride },
				   out);
	rows_release(&rows);
	return fine;
}

bool quality_train(const struct samples *s, uint64_t seed, train_progress_f *progress,
		   struct buf *out, struct fault *fault_r)
{
	struct trainer *t = calloc(1, sizeof(*t));
	struct arena a;
	bool fine = false;

	arena_init(&a, MEMORY_MAX);
	if (t) {
		t->samples = s;
		t->arena = &a;
		t->progress = progress;
	}
	if (!t || !make_room(t)) {
		fault_set(fault_r, ERR_VALUE, "", "no memory for the model");
	} else if (trainer_name_all(t, fault_r)) {
		trainer_survey(t);
		fine = make_more_room(t) && train_all(t, seed, out) && buf_ok(out);
		if (!fine)
			fault_set(fault_r, ERR_VALUE, "", "no memory for the model");
		vectors_free(t->vectors);
	}
	free(t);
	arena_release(&a);
	return fine;
}
