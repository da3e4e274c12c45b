/* evaluate_pool.c -- prices, and tables as pools of prompts that the same models have answered. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "ctl/evaluate.h"

#define PRICES_MAX   (4u << 20)
#define PRESENT      0.9 /* a model that answered fewer of a table's prompts is not looked at */
#define NOBODY_KNOWS 1.0 /* dollars for a million tokens where no model has a price */

/* --- prices --- */

static bool read_file(const char *path, struct buf *text, struct fault *f)
{
	FILE *file = fopen(path, "r");
	char piece[4096];
	size_t n;

	if (!file) {
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(text, (struct str){ piece, n });
	fclose(file);
	if (!buf_ok(text))
		fault_set(f, ERR_VALUE, "", "%s: is longer than %u bytes", path, PRICES_MAX);
	return buf_ok(text);
}

static bool take_price(struct list_prices *p, struct arena *a, struct json name)
{
	struct json pair = json_value(name);
	struct list_price *price = ARENA_PUSH(a, p->list, p->n, p->cap);

	if (!price)
		return false;
	price->model = arena_str(a, json_text(name, a));
	return json_double(json_at(pair, 0), &price->input) && price->input >= 0 &&
	       json_double(json_at(pair, 1), &price->output) && price->output >= 0;
}

bool list_prices_read(struct list_prices *p, struct arena *a, const char *path,
		      struct fault *fault_r)
{
	struct json_doc doc;
	struct buf text;
	bool fine;
	size_t at;

	buf_init(&text, PRICES_MAX);
	fine = read_file(path, &text, fault_r);
	if (fine && json_parse(&doc, a, buf_str(&text), &json_limits_default, &at) != JSON_FINE) {
		fault_set(fault_r, ERR_VALUE, "", "%s: no good JSON at byte %zu", path, at);
		fine = false;
	} else if (fine) {
		struct json models = json_get(json_root(&doc), "models");

		if (json_count(models) == 0) {
			fault_set(fault_r, ERR_VALUE, "", "%s: models: must hold prices", path);
			fine = false;
		}
		JSON_EACH (name, models) {
			if (!fine || take_price(p, a, name))
				continue;
			fault_set(fault_r, ERR_VALUE, "",
				  "%s: models: %.*s must be [input, output] in dollars", path,
				  STR_ARG(json_chars(name)));
			fine = false;
		}
	}
	buf_release(&text);
	return fine;
}

const struct list_price *list_price_of(const struct list_prices *p, struct str model)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->list[i].model, model))
			return &p->list[i];
	return NULL;
}

/* --- a pool --- */

double pool_score(const struct pool *p, size_t i, uint32_t model)
{
	return p->scores[i * p->n_models + model];
}

double pool_cost(const struct pool *p, size_t i, uint32_t model)
{
	return p->costs[i * p->n_models + model];
}

uint32_t pool_best(const struct pool *p)
{
	uint32_t best = 0;

	for (uint32_t m = 1; m < p->n_models; m++)
		if (p->quality[m] > p->quality[best] ||
		    (p->quality[m] == p->quality[best] && p->cost[m] < p->cost[best]))
			best = m;
	return best;
}

uint32_t pool_cheapest(const struct pool *p)
{
	uint32_t cheapest = 0;

	for (uint32_t m = 1; m < p->n_models; m++)
		if (p->cost[m] < p->cost[cheapest] ||
		    (p->cost[m] == p->cost[cheapest] && p->quality[m] > p->quality[cheapest]))
			cheapest = m;
	return cheapest;
}

/* dollars, as recorded or by the list; -1: nobody knows */
static double cost_of(const struct pool *p, const struct sample *s, uint32_t m,
		      const struct list_prices *prices)
{
	const struct cell *cell = sample_cell(s, p->models[m]);
	const struct list_price *price = list_price_of(prices, p->samples->models[p->models[m]]);

	if (cell->cost >= 0)
		return cell->cost;
	if (!price)
		return -1;
	return (fmax(s->tokens_in, 0) * price->input + fmax(cell->tokens_out, 0) * price->output) /
	       1e6;
}

/* As in the gateway, a model that nobody knows the price of is never chosen because it is cheap: it
 * counts as dear as the dearest for this prompt. */
static void price_the_unpriced(struct pool *p, size_t i)
{
	double *costs = &p->costs[i * p->n_models], most = -1;

	for (uint32_t m = 0; m < p->n_models; m++)
		most = fmax(most, costs[m]);
	if (most < 0)
		most = fmax(p->samples->list[p->list[i]].tokens_in, 1) * NOBODY_KNOWS / 1e6;
	else
		p->priced = true;
	for (uint32_t m = 0; m < p->n_models; m++)
		if (costs[m] < 0)
			costs[m] = most;
}

static void fill_pool(struct pool *p, const struct list_prices *prices)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sample *s = &p->samples->list[p->list[i]];

		for (uint32_t m = 0; m < p->n_models; m++) {
			p->scores[i * p->n_models + m] = sample_cell(s, p->models[m])->score;
			p->costs[i * p->n_models + m] = cost_of(p, s, m, prices);
		}
		price_the_unpriced(p, i);
	}
	for (uint32_t m = 0; m < p->n_models; m++)
		for (size_t i = 0; i < p->n; i++) {
			p->quality[m] += pool_score(p, i, m) / (double)p->n;
			p->cost[m] += pool_cost(p, i, m) / (double)p->n;
		}
}

/* --- pools --- */

/* the models that answered most of a dataset; of a pair both or none */
static void find_models(struct pool *p, uint32_t dataset, const int pair[2])
{
	const struct samples *s = p->samples;
	size_t answers[QUALITY_MODELS_MAX] = { 0 }, n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->list[i].dataset != dataset)
			continue;
		n++;
		for (uint32_t k = 0; k < s->list[i].n_cells; k++)
			answers[s->list[i].cells[k].model]++;
	}
	for (uint32_t m = 0; m < s->n_models; m++) {
		bool wanted = !pair || (int)m == pair[0] || (int)m == pair[1];

		if (wanted && (double)answers[m] >= PRESENT * (double)n && n > 0)
			p->models[p->n_models++] = m;
	}
	if (pair && p->n_models < 2)
		p->n_models = 0;
}

/* the dataset's samples that have an answer of each model */
static void add_samples(struct pool *p, uint32_t dataset)
{
	const struct samples *s = p->samples;

	for (size_t i = 0; i < s->n; i++) {
		bool whole = s->list[i].dataset == dataset;

		for (uint32_t m = 0; m < p->n_models && whole; m++)
			whole = sample_cell(&s->list[i], p->models[m]) != NULL;
		if (whole)
			p->list[p->n++] = (uint32_t)i;
	}
}

static struct pool *begin_pool(struct pools *all, const struct samples *s, struct arena *a)
{
	struct pool *p = ARENA_PUSH(a, all->list, all->n, all->cap);

	if (!p)
		return NULL;
	*p = (struct pool){ .samples = s };
	p->list = ARENA_ARRAY(a, uint32_t, s->n + 1);
	return p->list ? p : NULL;
}

static bool end_pool(struct pool *p, const struct list_prices *prices, struct arena *a)
{
	p->scores = ARENA_ARRAY(a, double, p->n * p->n_models + 1);
	p->costs = ARENA_ARRAY(a, double, p->n * p->n_models + 1);
	if (!p->scores || !p->costs)
		return false;
	fill_pool(p, prices);
	return true;
}

static bool same_models(const struct pool *p, const struct pool *q)
{
	return p->n_models == q->n_models &&
	       memcmp(p->models, q->models, p->n_models * sizeof(p->models[0])) == 0;
}

/* the pools of one dataset each, [0, n), whose models are those of the first, together */
static bool join_pools(struct pools *all, size_t first, size_t n, const struct list_prices *prices,
		       struct arena *a)
{
	struct pool *p = begin_pool(all, all->list[first].samples, a);
	size_t joined = 0;

	if (!p)
		return false;
	memcpy(p->models, all->list[first].models, sizeof(p->models));
	p->n_models = all->list[first].n_models;
	for (size_t i = first; i < n; i++) {
		const struct pool *q = &all->list[i];

		if (!same_models(p, q))
			continue;
		p->name = joined ? arena_printf(a, "%.*s + %.*s", STR_ARG(p->name),
						STR_ARG(q->name))
				 : q->name;
		memcpy(p->list + p->n, q->list, q->n * sizeof(*q->list));
		p->n += q->n;
		joined++;
	}
	return end_pool(p, prices, a);
}

/* Is it the first of several with its models? */
static bool leads(const struct pools *all, size_t at, size_t n)
{
	size_t same = 0;

	for (size_t i = 0; i < n; i++) {
		if (!same_models(&all->list[at], &all->list[i]))
			continue;
		if (i < at)
			return false;
		same++;
	}
	return same > 1;
}

bool pools_make(struct pools *p, const struct samples *s, const struct list_prices *prices,
		const int pair[2], struct arena *a)
{
	size_t alone;

	for (uint32_t d = 0; d < s->n_datasets; d++) {
		struct pool *pool = begin_pool(p, s, a);

		if (!pool)
			return false;
		pool->name = s->datasets[d];
		find_models(pool, d, pair);
		add_samples(pool, d);
		if (pool->n_models < 2 || pool->n < 2)
			p->n--;
		else if (!end_pool(pool, prices, a))
			return false;
	}
	alone = p->n;
	for (size_t i = 0; i < alone; i++)
		if (leads(p, i, alone) && !join_pools(p, i, alone, prices, a))
			return false;
	return true;
}

/* --- what is foreseen --- */

int sample_fold(const struct sample *s)
{
	return (int)(hash_word(0x0F01D, s->likeness) % EVALUATE_FOLDS);
}

bool foresight_init(struct foresight *f, const struct samples *s, struct arena *a)
{
	*f = (struct foresight){ .cells = ARENA_ARRAY(a, struct skill *, s->n + 1),
				 .kinds = ARENA_ARRAY(a, uint8_t, s->n + 1),
				 .named = ARENA_ARRAY(a, struct skill,
						      s->n_datasets * s->n_models + 1) };
	if (f->kinds)
		memset(f->kinds, KIND_STRANGE, s->n);
	for (size_t i = 0; f->cells && i < s->n; i++)
		f->cells[i] = ARENA_ARRAY(a, struct skill, s->list[i].n_cells);
	return !a->full;
}

/* what the model's domains were like that have the names of our datasets */
static void fill_named(struct foresight *f, const struct samples *s, const struct quality_head *h)
{
	for (uint32_t d = 0; d < h->n_domains; d++) {
		const struct quality_domain *domain = &h->domains[d];
		size_t dataset = 0;

		while (dataset < s->n_datasets && !str_eq(s->datasets[dataset], domain->name))
			dataset++;
		if (dataset == s->n_datasets)
			continue;
		for (uint32_t i = 0; i < domain->n_experts; i++) {
			int m = samples_model(s, h->models[domain->experts[i].model].name);

			if (m >= 0)
				f->named[dataset * s->n_models + (size_t)m] = (struct skill){
					domain->experts[i].mean, domain->n
				};
		}
	}
}

void foresight_fill(struct foresight *f, const struct samples *s, const struct quality_model *m,
		    int fold)
{
	const struct quality_head *h = quality_model_head(m);
	int number[QUALITY_MODELS_MAX];
	struct quality_guess guess;

	if (fold < 0)
		fill_named(f, s, h);
	for (uint32_t i = 0; i < s->n_models; i++) {
		number[i] = quality_model_find(m, s->models[i]);
		if (number[i] >= 0 && fold < 0)
			f->priors[i] = (struct skill){ h->models[number[i]].mean,
						       h->models[number[i]].mass };
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct sample *sample = &s->list[i];

		if (fold >= 0 && sample_fold(sample) != fold)
			continue;
		quality_model_guess(m, &sample->features, &sample->question, &guess);
		f->kinds[i] = (uint8_t)(guess.known >= 0.5 ? guess.domain : KIND_STRANGE);
		for (uint32_t k = 0; k < sample->n_cells; k++)
			if (number[sample->cells[k].model] >= 0)
				f->cells[i][k] = guess.skills[number[sample->cells[k].model]];
	}
}
