/* quality_train_folds.c -- what is foretold of samples by what was not trained on them. */
#include <math.h>

#include "base/hash.h"
#include "ctl/quality_trainer.h"

static const double strengths[STRENGTHS] = { 0.06, 0.2, 0.6, 2 };

size_t trainer_list(struct trainer *t, int64_t domain, int fold)
{
	const struct samples *s = t->samples;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (t->fold[i] != fold && (domain < 0 || s->list[i].dataset == domain))
			t->list[n++] = (uint32_t)i;
	return n;
}

bool trainer_learn(struct trainer *t, size_t n, uint32_t model, uint32_t strength,
		   struct weights *out)
{
	const struct samples *s = t->samples;
	size_t with = 0;

	for (size_t i = 0; i < n; i++) {
		const struct cell *cell = NULL;
		const struct sample *sample = &s->list[t->list[i]];

		for (uint32_t k = 0; k < sample->n_cells && !cell; k++)
			if (t->model[sample->cells[k].model] == model)
				cell = &sample->cells[k];
		if (!cell)
			continue;
		t->labels[with] = t->list[i];
		t->flags[with++] = cell->score >= 0.5;
	}
	return learn_odds(t->vectors, t->labels, t->flags, with, strengths[strength], out);
}

/* --- groups --- */

static bool foretell_groups(struct trainer *t, int fold)
{
	const struct samples *s = t->samples;
	uint32_t n_groups = t->head.n_groups;
	size_t n = trainer_list(t, -1, fold);

	for (size_t i = 0; i < n; i++)
		t->labels[i] = t->group[t->list[i]];
	if (!learn_classes(t->vectors, t->list, t->labels, n, n_groups, GROUP_STRENGTH, t->groups))
		return false;
	for (size_t i = 0; i < s->n; i++)
		for (uint32_t g = 0; t->fold[i] == fold && g < n_groups; g++)
			t->odds[i * n_groups + g] = (float)vectors_value(t->vectors, i,
									 &t->groups[g]);
	return true;
}

/* --- experts --- */

/* of the domain's samples in the fold */
static void foretell_cells(struct trainer *t, const struct quality_expert *e, uint32_t domain,
			   int fold, uint32_t strength)
{
	const struct samples *s = t->samples;

	for (size_t i = 0; i < s->n; i++) {
		if (s->list[i].dataset != domain || t->fold[i] != fold)
			continue;
		for (uint32_t k = 0; k < s->list[i].n_cells; k++)
			if (t->model[s->list[i].cells[k].model] == e->model)
				t->foretold[i][k].line[strength] =
					(float)(1 / (1 + exp(-vectors_value(t->vectors, i,
									    &t->scratch))));
	}
}

static bool foretell_expert(struct trainer *t, const struct quality_expert *e, uint32_t domain,
			    int fold)
{
	for (uint32_t strength = 0; strength < STRENGTHS; strength++) {
		size_t n = trainer_list(t, domain, fold);

		if (!trainer_learn(t, n, e->model, strength, &t->scratch))
			return false;
		foretell_cells(t, e, domain, fold, strength);
	}
	return true;
}

static bool foretell_fold(struct trainer *t, int fold)
{
	if (!foretell_groups(t, fold))
		return false;
	trainer_step(t);
	for (uint32_t d = 0; d < t->head.n_domains; d++) {
		const struct quality_domain *domain = &t->head.domains[d];

		for (uint32_t i = 0; i < domain->n_experts; i++) {
			if (!foretell_expert(t, &domain->experts[i], d, fold))
				return false;
			trainer_step(t);
		}
	}
	return true;
}

bool trainer_foretell(struct trainer *t, uint64_t seed)
{
	const struct samples *s = t->samples;

	for (size_t i = 0; i < s->n; i++)
		t->fold[i] = (uint8_t)(hash_word(seed, s->list[i].likeness) % FOLDS);
	for (int fold = 0; fold < FOLDS; fold++)
		if (!foretell_fold(t, fold))
			return false;
	return true;
}
