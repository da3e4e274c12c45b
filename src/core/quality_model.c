/*
 * quality_model.c -- weigh the n-grams of a prompt by a quality model.
 *
 * A prompt is a vector: for each n-gram its rarity, divided by the length of all of them. One row
 * of signed bytes per n-gram gives, by one addition per column, the prompt's kinship with each
 * domain, the log-odds of its groups and those of a good answer by each expert.
 */
#include "core/quality_model.h"

#include <math.h>
#include <stdlib.h>

#define NO_ROW    UINT32_MAX
#define HEAD_MAX  (16u << 20) /* bytes of a header in memory */
#define MASS_MOST 200.0       /* judged answers that a guess is worth at most */
#define LANES     16 /* columns are padded to a multiple of it, and added so many at once */
#define COLUMNS \
	(QUALITY_GROUPS_MAX + QUALITY_DOMAINS_MAX + QUALITY_DOMAINS_MAX * QUALITY_MODELS_MAX)

struct quality_model {
	struct arena arena;
	struct quality_head head;
	char hash[65];
	uint32_t row_of[1 << GRAM_BITS];
	uint8_t *rarity; /* of each row */
	int8_t *weights; /* rows * stride */
	uint32_t stride; /* columns, padded */
};

/* --- reading --- */

static bool take_rows(struct quality_model *m, struct str rows, struct fault *f)
{
	uint32_t columns = m->head.columns;
	const unsigned char *p = (const unsigned char *)rows.p;

	m->stride = (columns + LANES - 1) / LANES * LANES;
	m->rarity = calloc(m->head.rows + 1, 1);
	m->weights = calloc(m->head.rows + 1, m->stride);
	if (!m->rarity || !m->weights) {
		fault_set(f, ERR_VALUE, "rows", "quality model: no memory for its rows");
		return false;
	}
	memset(m->row_of, 0xFF, sizeof(m->row_of));
	for (uint32_t i = 0; i < m->head.rows; i++, p += columns + 3) {
		uint32_t gram = p[0] | (uint32_t)p[1] << 8;

		m->row_of[gram] = i;
		m->rarity[i] = p[2];
		memcpy(m->weights + (size_t)i * m->stride, p + 3, columns);
	}
	return true;
}

struct quality_model *quality_model_read(struct str bytes, struct fault *fault_r)
{
	struct quality_model *m = calloc(1, sizeof(*m));
	struct str rows;

	if (!m) {
		fault_set(fault_r, ERR_VALUE, "file", "quality model: no memory for it");
		return NULL;
	}
	arena_init(&m->arena, HEAD_MAX);
	if (quality_file_read(bytes, &m->arena, &m->head, &rows, m->hash, fault_r) != ERR_OK ||
	    !take_rows(m, rows, fault_r)) {
		quality_model_free(m);
		return NULL;
	}
	return m;
}

void quality_model_free(struct quality_model *m)
{
	if (!m)
		return;
	arena_release(&m->arena);
	free(m->rarity);
	free(m->weights);
	free(m);
}

const struct quality_head *quality_model_head(const struct quality_model *m)
{
	return &m->head;
}

const char *quality_model_hash(const struct quality_model *m)
{
	return m->hash;
}

int quality_model_find(const struct quality_model *m, struct str name)
{
	uint32_t from = 0, to = m->head.n_models;

	while (from < to) {
		uint32_t middle = (from + to) / 2;
		int order = str_cmp(name, m->head.models[middle].name);

		if (order == 0)
			return (int)middle;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return -1;
}

/* --- a prompt --- */

void quality_counts(const struct features *features, const struct grams *question,
		    double counts_r[QUALITY_COUNTS])
{
	const int64_t *c = features->counts;
	double letters = (double)(c[TEXT_word] + c[TEXT_cjk] + c[TEXT_kana] + c[TEXT_hangul] + 1);
	double all[QUALITY_COUNTS] = {
		log1p((double)features->text_bytes), log1p(letters),
		log1p((double)c[TEXT_digit]),        log1p((double)c[TEXT_digit_run]),
		log1p((double)c[TEXT_punct]),        log1p((double)c[TEXT_punct_run]),
		log1p((double)c[TEXT_newline_run]),  10 * (double)c[TEXT_long_letter] / letters,
		10 * (double)c[TEXT_cjk] / letters,  log1p((double)question->n),
		question->marks & MARK_CODE ? 1 : 0, question->marks & MARK_MATHS ? 1 : 0,
	};

	memcpy(counts_r, all, sizeof(all));
}

struct scan {
	int32_t sums[COLUMNS];
	double length; /* of the vector of rarities */
	double counts[QUALITY_COUNTS];
};

static void scan_grams(const struct quality_model *m, const struct grams *question, struct scan *s)
{
	double squares = 0;

	memset(s->sums, 0, m->stride * sizeof(s->sums[0]));
	for (uint32_t i = 0; i < question->n; i++) {
		uint32_t row = m->row_of[question->at[i]];
		const int8_t *w = m->weights + (size_t)row * m->stride;
		int32_t rarity;

		if (row == NO_ROW) {
			squares += m->head.unseen * m->head.unseen;
			continue;
		}
		rarity = m->rarity[row];
		squares += (double)rarity * rarity;
		for (uint32_t k = 0; k < m->stride; k += LANES)
			for (uint32_t i16 = 0; i16 < LANES; i16++)
				s->sums[k + i16] += rarity * w[k + i16];
	}
	s->length = squares > 0 ? sqrt(squares) : 1;
}

static double line_of(const struct scan *s, const struct quality_line *line, uint32_t column)
{
	double sum = line->bias + line->scale * s->sums[column] / s->length;

	for (uint32_t i = 0; i < QUALITY_COUNTS; i++)
		sum += line->counts[i] * s->counts[i];
	return sum;
}

/* the probability of each group */
static void weigh_groups(const struct quality_head *h, const struct scan *s, double *p_r)
{
	double most = -INFINITY, sum = 0;

	for (uint32_t g = 0; g < h->n_groups; g++) {
		p_r[g] = h->sharpness * line_of(s, &h->groups[g].line, g);
		most = fmax(most, p_r[g]);
	}
	for (uint32_t g = 0; g < h->n_groups; g++)
		sum += p_r[g] = exp(p_r[g] - most);
	for (uint32_t g = 0; g < h->n_groups; g++)
		p_r[g] /= sum;
}

/* the domain whose groups are likeliest together; of the others nothing is left in p */
static uint32_t choose_domain(const struct quality_head *h, double *p)
{
	double sums[QUALITY_DOMAINS_MAX] = { 0 };
	uint32_t best = 0;

	for (uint32_t g = 0; g < h->n_groups; g++)
		sums[h->groups[g].domain] += p[g];
	for (uint32_t d = 1; d < h->n_domains; d++)
		if (sums[d] > sums[best])
			best = d;
	for (uint32_t g = 0; g < h->n_groups; g++)
		p[g] = h->groups[g].domain == best ? p[g] / sums[best] : 0;
	return best;
}

/* One for prompts that are as much like the domain's as nineteen of twenty of its own; none for
 * those that are as far below these as these are below the middle one. */
static double known_of(const struct quality_domain *d, double kinship)
{
	double span = d->usual - d->strange;

	if (kinship >= d->strange)
		return 1;
	if (span <= 0 || kinship <= d->strange - span)
		return 0;
	return (kinship - d->strange + span) / span;
}

static double within(double x, double least, double most)
{
	return x < least ? least : x > most ? most : x;
}

static double guess_quality(const struct quality_head *h, const struct quality_domain *d,
			    const struct quality_expert *e, const struct scan *s, uint32_t column,
			    const double *p)
{
	double line = 1 / (1 + exp(-line_of(s, &e->line, column))), group = 0;

	for (uint32_t g = 0; g < h->n_groups; g++)
		group += p[g] * e->groups[g];
	return within(e->mean + d->line_slope * (line - e->line_mean) +
			      d->group_slope * (group - e->group_mean),
		      0, 1);
}

static void guess_all(const struct quality_head *h, const struct scan *s, const double *p,
		      struct quality_guess *guess_r)
{
	const struct quality_domain *d = &h->domains[guess_r->domain];
	uint32_t column = h->n_groups + h->n_domains;
	double mass = 0;

	for (uint32_t i = 0; i < guess_r->domain; i++)
		column += h->domains[i].n_experts;
	for (uint32_t g = 0; g < h->n_groups; g++)
		mass += p[g] * h->groups[g].n;
	mass = guess_r->known * within(mass, 0, MASS_MOST);
	for (uint32_t i = 0; i < d->n_experts; i++)
		guess_r->skills[d->experts[i].model] = (struct skill){
			guess_quality(h, d, &d->experts[i], s, column + i, p), mass
		};
}

void quality_model_guess(const struct quality_model *m, const struct features *features,
			 const struct grams *question, struct quality_guess *guess_r)
{
	const struct quality_head *h = &m->head;
	double p[QUALITY_GROUPS_MAX];
	struct scan s;

	quality_counts(features, question, s.counts);
	for (uint32_t i = 0; i < QUALITY_COUNTS; i++)
		s.counts[i] = within((s.counts[i] - h->mean[i]) / h->spread[i], -3, 3);
	scan_grams(m, question, &s);
	weigh_groups(h, &s, p);
	memset(guess_r->skills, 0, h->n_models * sizeof(guess_r->skills[0]));
	guess_r->domain = choose_domain(h, p);
	guess_r->kinship = h->domains[guess_r->domain].scale *
			   s.sums[h->n_groups + guess_r->domain] / s.length;
	guess_r->known = question->n ? known_of(&h->domains[guess_r->domain], guess_r->kinship) : 0;
	guess_all(h, &s, p, guess_r);
}
