/* quality_train_names.c -- what a quality model is about: its models, domains and groups. */
#include <math.h>
#include <stdlib.h>

#include "ctl/quality_trainer.h"

#define GROUP_LEAST 20 /* samples that make a group of their own */
#define OFTEN       2  /* an n-gram that fewer samples have is not kept */
#define RARITY_UNIT 64.0

/* --- groups --- */

static size_t *count_groups(struct trainer *t)
{
	size_t *n = ARENA_ARRAY(t->arena, size_t, t->samples->n_groups + 1);

	for (size_t i = 0; n && i < t->samples->n; i++)
		n[t->samples->list[i].group]++;
	return n;
}

/* so many samples make a group, so that there are no more groups than may be */
static size_t least_of(const struct samples *s, const size_t *n)
{
	for (size_t least = GROUP_LEAST;; least += least / 4) {
		size_t groups = s->n_datasets;

		for (size_t i = 0; i < s->n_groups; i++)
			groups += n[i] >= least;
		if (groups <= QUALITY_GROUPS_MAX)
			return least;
	}
}

static uint32_t add_group(struct trainer *t, struct str name, uint32_t domain)
{
	t->head.groups[t->head.n_groups] = (struct quality_group){ .name = name, .domain = domain };
	return t->head.n_groups++;
}

/* Groups of their own; what is too small is together the rest of its domain. */
static bool name_groups(struct trainer *t)
{
	const struct samples *s = t->samples;
	size_t *n = count_groups(t);
	uint32_t *number = ARENA_ARRAY(t->arena, uint32_t, s->n_groups + 1);
	uint32_t rest[QUALITY_DOMAINS_MAX];
	size_t least;

	t->head.groups = ARENA_ARRAY(t->arena, struct quality_group, QUALITY_GROUPS_MAX);
	if (!n || !number || !t->head.groups)
		return false;
	least = least_of(s, n);
	memset(rest, 0xFF, sizeof(rest));
	for (size_t i = 0; i < s->n_groups; i++) {
		uint32_t d = s->groups[i].dataset;

		if (n[i] >= least)
			number[i] = add_group(t, s->groups[i].name, d);
		else if (rest[d] == UINT32_MAX)
			number[i] = rest[d] = add_group(t, s->datasets[d], d);
		else
			number[i] = rest[d];
	}
	for (size_t i = 0; i < s->n; i++) {
		t->group[i] = number[s->list[i].group];
		t->head.groups[t->group[i]].n++;
	}
	return true;
}

/* --- models --- */

static int by_name(const void *a, const void *b)
{
	const struct quality_name *p = a, *q = b;

	return str_cmp(p->name, q->name);
}

static bool name_models(struct trainer *t)
{
	const struct samples *s = t->samples;
	struct quality_head *h = &t->head;

	h->models = ARENA_ARRAY(t->arena, struct quality_name, s->n_models + 1);
	if (!h->models)
		return false;
	for (size_t i = 0; i < s->n_models; i++)
		h->models[h->n_models++].name = s->models[i];
	qsort(h->models, h->n_models, sizeof(*h->models), by_name);
	for (uint32_t i = 0; i < h->n_models; i++)
		t->model[samples_model(s, h->models[i].name)] = i;
	for (size_t i = 0; i < s->n; i++)
		for (uint32_t k = 0; k < s->list[i].n_cells; k++) {
			struct quality_name *m = &h->models[t->model[s->list[i].cells[k].model]];

			m->mass++;
			m->mean += (s->list[i].cells[k].score - m->mean) / m->mass;
		}
	return true;
}

/* --- domains and their experts --- */

static struct quality_expert *expert_of(struct quality_domain *d, uint32_t model)
{
	for (uint32_t i = 0; i < d->n_experts; i++)
		if (d->experts[i].model == model)
			return &d->experts[i];
	d->experts[d->n_experts].model = model;
	return &d->experts[d->n_experts++];
}

static bool make_domain(struct trainer *t, struct quality_domain *d, struct str name)
{
	d->name = name;
	d->experts = ARENA_ARRAY(t->arena, struct quality_expert, t->head.n_models);
	for (uint32_t i = 0; d->experts && i < t->head.n_models; i++) {
		d->experts[i].groups = ARENA_ARRAY(t->arena, double, t->head.n_groups);
		if (!d->experts[i].groups)
			return false;
	}
	return d->experts != NULL;
}

static bool name_domains(struct trainer *t)
{
	const struct samples *s = t->samples;
	struct quality_head *h = &t->head;

	h->domains = ARENA_ARRAY(t->arena, struct quality_domain, s->n_datasets);
	if (!h->domains)
		return false;
	h->n_domains = (uint32_t)s->n_datasets;
	for (uint32_t d = 0; d < h->n_domains; d++)
		if (!make_domain(t, &h->domains[d], s->datasets[d]))
			return false;
	for (size_t i = 0; i < s->n; i++) {
		struct quality_domain *d = &h->domains[s->list[i].dataset];

		d->n++;
		for (uint32_t k = 0; k < s->list[i].n_cells; k++)
			(void)expert_of(d, t->model[s->list[i].cells[k].model]);
	}
	h->columns = h->n_groups + h->n_domains;
	for (uint32_t d = 0; d < h->n_domains; d++)
		h->columns += h->domains[d].n_experts;
	return true;
}

bool trainer_name_all(struct trainer *t, struct fault *fault_r)
{
	const struct samples *s = t->samples;

	if (s->n_models > QUALITY_MODELS_MAX || s->n_datasets > QUALITY_DOMAINS_MAX) {
		fault_set(fault_r, ERR_VALUE, "",
			  "%zu models in %zu datasets are too many: at most %d and %d", s->n_models,
			  s->n_datasets, QUALITY_MODELS_MAX, QUALITY_DOMAINS_MAX);
		return false;
	}
	if (!name_groups(t) || !name_models(t) || !name_domains(t)) {
		fault_set(fault_r, ERR_VALUE, "", "no memory for the model");
		return false;
	}
	for (uint32_t d = 0; d < t->head.n_domains; d++) {
		if (t->head.domains[d].n_experts)
			continue;
		fault_set(fault_r, ERR_VALUE, "", "%.*s: too few samples to learn from",
			  STR_ARG(t->head.domains[d].name));
		return false;
	}
	return true;
}

/* --- how often, and how many --- */

static double rarity_of(size_t samples, uint32_t with)
{
	return RARITY_UNIT * sqrt(log(((double)samples + 1) / (with + 1.0)));
}

static void survey_grams(struct trainer *t)
{
	const struct samples *s = t->samples;
	static uint32_t with[1 << GRAM_BITS];

	memset(with, 0, sizeof(with));
	for (size_t i = 0; i < s->n; i++)
		for (uint32_t k = 0; k < s->list[i].question.n; k++)
			with[s->list[i].question.at[k]]++;
	t->head.unseen = rarity_of(s->n, OFTEN - 1);
	for (uint32_t g = 0; g < COUNT_OF(with); g++) {
		double r = rarity_of(s->n, with[g]);

		t->rarity[g] = with[g] < OFTEN ? 0 : r < 1 ? 1 : r > 255 ? 255 : (uint8_t)(r + 0.5);
		t->head.rows += t->rarity[g] > 0;
	}
}

static void survey_counts(struct trainer *t)
{
	const struct samples *s = t->samples;
	struct quality_head *h = &t->head;

	for (uint32_t k = 0; k < QUALITY_COUNTS; k++) {
		double sum = 0, squares = 0;

		for (size_t i = 0; i < s->n; i++)
			sum += s->list[i].counts[k];
		h->mean[k] = sum / (double)s->n;
		for (size_t i = 0; i < s->n; i++)
			squares += pow(s->list[i].counts[k] - h->mean[k], 2);
		h->spread[k] = fmax(0.05, sqrt(squares / (double)s->n));
	}
}

void trainer_survey(struct trainer *t)
{
	survey_grams(t);
	survey_counts(t);
}
