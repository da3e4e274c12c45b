/*
 * quality_train_weigh.c -- how much of what was foretold came true.
 *
 * The scores of a domain's models are regressed on what their lines and groups foretold. A slope is
 * taken for less the less sure it is, and never below 0: labels that say nothing leave the mean.
 */
#include <math.h>

#include "ctl/quality_trainer.h"

#define SHRINK 10.0 /* answers that a model's own mean counts for in a group */
/* variance that what is foretold has in any case: the mean of four folds differs a little from
 * that of the fifth, and always to the wrong side */
#define RIDGE 2e-4

/* --- groups --- */

/* log-odds times sharpness as probabilities of the groups of a domain (-1: of all) */
static void group_odds(const struct trainer *t, size_t sample, int64_t domain, double sharpness,
		       double *p_r)
{
	const struct quality_head *h = &t->head;
	const float *odds = t->odds + sample * h->n_groups;
	double most = -INFINITY, sum = 0;

	for (uint32_t g = 0; g < h->n_groups; g++)
		if (domain < 0 || h->groups[g].domain == domain)
			most = fmax(most, odds[g]);
	for (uint32_t g = 0; g < h->n_groups; g++) {
		bool in = domain < 0 || h->groups[g].domain == domain;

		p_r[g] = in ? exp(sharpness * (odds[g] - most)) : 0;
		sum += p_r[g];
	}
	for (uint32_t g = 0; g < h->n_groups; g++)
		p_r[g] /= sum;
}

/* under which the samples' own groups are likeliest */
static double best_sharpness(const struct trainer *t)
{
	double best = 1, least = INFINITY, p[QUALITY_GROUPS_MAX];

	for (double sharpness = 1; sharpness <= 32; sharpness *= sqrt(2)) {
		double loss = 0;

		for (size_t i = 0; i < t->samples->n; i++) {
			group_odds(t, i, -1, sharpness, p);
			loss -= log(p[t->group[i]] + 1e-9);
		}
		if (loss < least) {
			least = loss;
			best = sharpness;
		}
	}
	return best;
}

static const struct cell *cell_of(const struct trainer *t, const struct sample *s, uint32_t model,
				  uint32_t *at_r)
{
	for (uint32_t k = 0; k < s->n_cells; k++) {
		if (t->model[s->cells[k].model] != model)
			continue;
		*at_r = k;
		return &s->cells[k];
	}
	return NULL;
}

/* the model's mean in each group over all samples outside of the fold (-1: over all) */
static void group_means(const struct trainer *t, const struct quality_expert *e, uint32_t domain,
			int fold, double *means_r)
{
	double n[QUALITY_GROUPS_MAX] = { 0 }, sum[QUALITY_GROUPS_MAX] = { 0 }, all = 0, good = 0;
	uint32_t at;

	for (size_t i = 0; i < t->samples->n; i++) {
		const struct sample *s = &t->samples->list[i];
		const struct cell *cell;

		if (s->dataset != domain || t->fold[i] == fold)
			continue;
		cell = cell_of(t, s, e->model, &at);
		if (!cell)
			continue;
		n[t->group[i]]++;
		sum[t->group[i]] += cell->score;
		all++;
		good += cell->score;
	}
	for (uint32_t g = 0; g < t->head.n_groups; g++)
		means_r[g] = (sum[g] + SHRINK * good / fmax(all, 1)) / (n[g] + SHRINK);
}

static void foretell_by_groups(struct trainer *t, const struct quality_expert *e, uint32_t domain)
{
	double p[QUALITY_GROUPS_MAX], means[QUALITY_GROUPS_MAX];
	uint32_t at;

	for (int fold = 0; fold < FOLDS; fold++) {
		group_means(t, e, domain, fold, means);
		for (size_t i = 0; i < t->samples->n; i++) {
			const struct sample *s = &t->samples->list[i];
			double sum = 0;

			if (s->dataset != domain || t->fold[i] != fold ||
			    !cell_of(t, s, e->model, &at))
				continue;
			group_odds(t, i, domain, t->head.sharpness, p);
			for (uint32_t g = 0; g < t->head.n_groups; g++)
				sum += p[g] * means[g];
			t->foretold[i][at].group = (float)sum;
		}
	}
}

/* --- slopes --- */

/* sums over the answers of one model, of line (x), group (z) and score (y); or of several models,
 * once each is centred */
struct sums {
	double n, x, z, y, xx, zz, xz, xy, zy, yy;
};

static void sums_add(struct sums *s, double x, double z, double y)
{
	s->n++;
	s->x += x;
	s->z += z;
	s->y += y;
	s->xx += x * x;
	s->zz += z * z;
	s->xz += x * z;
	s->xy += x * y;
	s->zy += z * y;
	s->yy += y * y;
}

static void sums_join(struct sums *all, const struct sums *s)
{
	all->n += s->n;
	all->xx += s->xx - s->x * s->x / s->n;
	all->zz += s->zz - s->z * s->z / s->n;
	all->xz += s->xz - s->x * s->z / s->n;
	all->xy += s->xy - s->x * s->y / s->n;
	all->zy += s->zy - s->z * s->y / s->n;
	all->yy += s->yy - s->y * s->y / s->n;
}

/* for less the less sure it is */
static double sure(double slope, double variance)
{
	return slope > 0 ? slope * slope * slope / (slope * slope + variance) : 0;
}

/* A negative slope is no knowledge: then the other part stays alone, if there is any. */
static void keep_one(const struct sums *s, double *line_r, double *group_r)
{
	double by_line = fmax(0, s->xy) / s->xx, by_group = fmax(0, s->zy) / s->zz;
	bool line = by_line * s->xy > by_group * s->zy;

	*line_r = line ? by_line : 0;
	*group_r = line ? 0 : by_group;
}

/* The slopes are those of the whole domain: what is rare and noisy for one model alone is not for
 * all of them. */
static void fit(struct sums *s, struct quality_domain *d)
{
	double det, rest, line, group;

	s->xx += RIDGE * s->n;
	s->zz += RIDGE * s->n;
	det = s->xx * s->zz - s->xz * s->xz;
	line = (s->xy * s->zz - s->zy * s->xz) / det;
	group = (s->zy * s->xx - s->xy * s->xz) / det;
	if (line < 0 || group < 0)
		keep_one(s, &line, &group);
	rest = fmax(0, s->yy - line * s->xy - group * s->zy) / s->n;
	d->line_slope = sure(line, rest * s->zz / det);
	d->group_slope = sure(group, rest * s->xx / det);
}

static struct sums sums_of_expert(const struct trainer *t, struct quality_expert *e,
				  uint32_t domain, uint32_t strength)
{
	struct sums sums = { 0 };
	uint32_t at;

	for (size_t i = 0; i < t->samples->n; i++) {
		const struct sample *s = &t->samples->list[i];
		const struct cell *cell = s->dataset == domain ? cell_of(t, s, e->model, &at)
							       : NULL;

		if (cell)
			sums_add(&sums, t->foretold[i][at].line[strength], t->foretold[i][at].group,
				 cell->score);
	}
	e->line_mean = sums.x / sums.n;
	e->group_mean = sums.z / sums.n;
	e->mean = sums.y / sums.n;
	return sums;
}

/* --- strengths --- */

static double foretold_by(const struct trainer *t, const struct quality_domain *d, size_t sample,
			  uint32_t at, uint32_t strength)
{
	const struct foretold *f = &t->foretold[sample][at];
	uint32_t model = t->model[t->samples->list[sample].cells[at].model];
	const struct quality_expert *e = d->experts;

	while (e->model != model)
		e++;
	return e->mean + d->line_slope * (f->line[strength] - e->line_mean) +
	       d->group_slope * (f->group - e->group_mean);
}

/* How far off the differences between models are, of one sample. What all models have in common is
 * no reason to choose one of them. */
static double miss(const struct trainer *t, const struct quality_domain *d, size_t sample,
		   uint32_t strength)
{
	const struct sample *s = &t->samples->list[sample];
	double sum = 0, squares = 0;

	for (uint32_t k = 0; k < s->n_cells; k++) {
		double off = s->cells[k].score - foretold_by(t, d, sample, k, strength);

		sum += off;
		squares += off * off;
	}
	return squares - sum * sum / s->n_cells;
}

static double fit_domain(const struct trainer *t, uint32_t domain, uint32_t strength)
{
	struct quality_domain *d = &t->head.domains[domain];
	struct sums all = { 0 };
	double sum = 0;

	for (uint32_t i = 0; i < d->n_experts; i++) {
		struct sums one = sums_of_expert(t, &d->experts[i], domain, strength);

		sums_join(&all, &one);
	}
	fit(&all, d);
	for (size_t i = 0; i < t->samples->n; i++)
		if (t->samples->list[i].dataset == domain)
			sum += miss(t, d, i, strength);
	return sum;
}

static uint32_t best_strength(const struct trainer *t, uint32_t domain)
{
	double least = INFINITY;
	uint32_t best = 0;

	for (uint32_t strength = 0; strength < STRENGTHS; strength++) {
		double sum = fit_domain(t, domain, strength);

		if (sum < least) {
			least = sum;
			best = strength;
		}
	}
	(void)fit_domain(t, domain, best);
	return best;
}

void trainer_weigh(struct trainer *t, uint32_t strength_r[QUALITY_DOMAINS_MAX])
{
	t->head.sharpness = best_sharpness(t);
	for (uint32_t d = 0; d < t->head.n_domains; d++) {
		struct quality_domain *domain = &t->head.domains[d];

		for (uint32_t i = 0; i < domain->n_experts; i++) {
			foretell_by_groups(t, &domain->experts[i], d);
			group_means(t, &domain->experts[i], d, -1, domain->experts[i].groups);
		}
		strength_r[d] = best_strength(t, d);
	}
}
