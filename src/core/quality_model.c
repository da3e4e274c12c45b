/*
 * quality_model.c -- weigh the n-grams of a prompt by a quality model.
 *
 * A prompt is a vector: for each n-gram its rarity, divided by the length of all of them. A row of
 * signed bytes per n-gram is added up: first those of groups and domains, then, of the domain
 * that is likeliest, those of its experts. So a prompt costs two cache lines per n-gram.
 */
#include "core/quality_model.h"

#include <math.h>
#include <stdlib.h>

#define NO_ROW     UINT32_MAX
#define GRAMS_MOST 8192        /* n-grams of one prompt; core/features.h gives no more */
#define HEAD_MAX   (16u << 20) /* bytes of a header in memory */
#define MASS_MOST  100.0       /* judged answers that a guess is worth at most */
#define LANES      16 /* columns are padded to a multiple of it, and added so many at once */
#define AHEAD      8
#define CACHE_LINE 64
#define BLOCK      256 /* rows whose bytes add up in 16 bits */
#define COLUMNS    (QUALITY_GROUPS_MAX + QUALITY_DOMAINS_MAX) /* of one table, at most */

/* some of the columns of all rows */
struct bytes {
	int8_t *at; /* rows * stride */
	uint32_t stride;
};

struct quality_model {
	struct arena arena;
	struct quality_head head;
	char hash[65];
	uint32_t row_of[1 << GRAM_BITS];
	uint8_t *rarity;    /* of each row */
	struct bytes kinds; /* columns of groups and domains */
	struct bytes experts[QUALITY_DOMAINS_MAX];
};

/* --- reading --- */

/* columns [from, from + n) of the file's rows, each padded */
static bool take_columns(const struct quality_model *m, const unsigned char *rows, uint32_t from,
			 uint32_t n, struct bytes *bytes_r)
{
	bytes_r->stride = (n + LANES - 1) / LANES * LANES;
	bytes_r->at = calloc(m->head.rows + 1, bytes_r->stride);
	for (uint32_t i = 0; bytes_r->at && i < m->head.rows; i++)
		memcpy(bytes_r->at + (size_t)i * bytes_r->stride,
		       rows + (size_t)i * (m->head.columns + 3) + 3 + from, n);
	return bytes_r->at != NULL;
}

static void take_grams(struct quality_model *m, const unsigned char *rows)
{
	memset(m->row_of, 0xFF, sizeof(m->row_of));
	for (uint32_t i = 0; i < m->head.rows; i++, rows += m->head.columns + 3) {
		m->row_of[rows[0] | (uint32_t)rows[1] << 8] = i;
		m->rarity[i] = rows[2];
	}
}

static bool take_rows(struct quality_model *m, struct str rows, struct fault *f)
{
	const unsigned char *p = (const unsigned char *)rows.p;
	uint32_t column = m->head.n_groups + m->head.n_domains;
	bool fine;

	m->rarity = calloc(m->head.rows + 1, 1);
	fine = m->rarity && take_columns(m, p, 0, column, &m->kinds);
	for (uint32_t d = 0; fine && d < m->head.n_domains; d++) {
		fine = take_columns(m, p, column, m->head.domains[d].n_experts, &m->experts[d]);
		column += m->head.domains[d].n_experts;
	}
	if (fine)
		take_grams(m, p);
	else
		fault_set(f, ERR_VALUE, "rows", "quality model: no memory for its rows");
	return fine;
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
	free(m->kinds.at);
	for (uint32_t d = 0; d < QUALITY_DOMAINS_MAX; d++)
		free(m->experts[d].at);
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
	const uint32_t *rows; /* of the n-grams that have one */
	uint32_t n;
	double length; /* of the vector of rarities */
	double counts[QUALITY_COUNTS];
	int32_t sums[COLUMNS]; /* of the columns that were added up last */
};

static void find_rows(const struct quality_model *m, const struct grams *question, uint32_t *rows_r,
		      struct scan *s)
{
	double squares = 0;

	s->rows = rows_r;
	s->n = 0;
	for (uint32_t i = 0; i < question->n; i++) {
		uint32_t row = m->row_of[question->at[i]];
		double rarity = row == NO_ROW ? m->head.unseen : m->rarity[row];

		squares += rarity * rarity;
		if (row != NO_ROW && s->n < GRAMS_MOST)
			rows_r[s->n++] = row;
	}
	s->length = squares > 0 ? sqrt(squares) : 1;
}

/* A large table is not in the processor's caches: its rows are asked for before they are needed. */
static void fetch(const int8_t *row, uint32_t stride)
{
	for (uint32_t k = 0; k < stride; k += CACHE_LINE)
		__builtin_prefetch(row + k);
}

/* its own function, so that the compiler knows enough to add all at once */
static inline void add_lanes(int16_t *restrict sums, const int8_t *restrict bytes)
{
	for (uint32_t i = 0; i < LANES; i++)
		sums[i] = (int16_t)(sums[i] + bytes[i]);
}

static void add_rows(struct scan *s, const struct bytes *bytes)
{
	uint32_t stride = bytes->stride;

	memset(s->sums, 0, sizeof(s->sums));
	for (uint32_t from = 0; from < s->n; from += BLOCK) {
		uint32_t to = from + BLOCK < s->n ? from + BLOCK : s->n;
		int16_t part[COLUMNS] = { 0 };

		for (uint32_t i = from; i < to; i++) {
			const int8_t *w = bytes->at + (size_t)s->rows[i] * stride;

			if (i + AHEAD < s->n)
				fetch(bytes->at + (size_t)s->rows[i + AHEAD] * stride, stride);
			for (uint32_t k = 0; k < stride; k += LANES)
				add_lanes(part + k, w + k);
		}
		for (uint32_t k = 0; k < stride; k++)
			s->sums[k] += part[k];
	}
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

/* The domain whose groups are likeliest together; of the others nothing is left in p. *sure_r: 1
 * when it is this one for certain, 0 when it is as likely another one: two tables may ask the same
 * and score it differently. */
static uint32_t choose_domain(const struct quality_head *h, double *p, double *sure_r)
{
	double sums[QUALITY_DOMAINS_MAX] = { 0 };
	uint32_t best = 0;

	for (uint32_t g = 0; g < h->n_groups; g++)
		sums[h->groups[g].domain] += p[g];
	for (uint32_t d = 1; d < h->n_domains; d++)
		if (sums[d] > sums[best])
			best = d;
	*sure_r = fmax(0, 2 * sums[best] - 1);
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
	double mass = 0;

	for (uint32_t g = 0; g < h->n_groups; g++)
		mass += p[g] * h->groups[g].n;
	mass = guess_r->known * within(mass, 0, MASS_MOST);
	for (uint32_t i = 0; i < d->n_experts; i++)
		guess_r->skills[d->experts[i].model] = (struct skill){
			guess_quality(h, d, &d->experts[i], s, i, p), mass
		};
}

void quality_model_guess(const struct quality_model *m, const struct features *features,
			 const struct grams *question, struct quality_guess *guess_r)
{
	const struct quality_head *h = &m->head;
	double p[QUALITY_GROUPS_MAX];
	uint32_t rows[GRAMS_MOST];
	struct scan s;
	double sure;

	quality_counts(features, question, s.counts);
	for (uint32_t i = 0; i < QUALITY_COUNTS; i++)
		s.counts[i] = within((s.counts[i] - h->mean[i]) / h->spread[i], -3, 3);
	find_rows(m, question, rows, &s);
	add_rows(&s, &m->kinds);
	weigh_groups(h, &s, p);
	memset(guess_r->skills, 0, h->n_models * sizeof(guess_r->skills[0]));
	guess_r->domain = choose_domain(h, p, &sure);
	guess_r->kinship = h->domains[guess_r->domain].scale *
			   s.sums[h->n_groups + guess_r->domain] / s.length;
	guess_r->known = question->n
				 ? sure * known_of(&h->domains[guess_r->domain], guess_r->kinship)
				 : 0;
	add_rows(&s, &m->experts[guess_r->domain]);
	guess_all(h, &s, p, guess_r);
}
