/*
 * evaluate.h -- how good the choice of models would have been, on tables of answers.
 *
 * A pool is a table, or several with the same models. What the engine is told of a prompt comes
 * from others: a quality model that was not trained on it, and for priors, prices and lengths that
 * no file gives, the four folds of its table that it is not in. doc/evaluate.md.
 */
#ifndef CTL_EVALUATE_H
#define CTL_EVALUATE_H

#include "core/curve.h"
#include "core/quality_model.h"
#include "ctl/quality_table.h"
#include "model/plan.h"

#define EVALUATE_FOLDS 5
#define KIND_STRANGE   QUALITY_DOMAINS_MAX /* the last of so many kinds of prompts, and one */

/* --- prices --- */

struct list_price {
	struct str model;
	double input, output; /* US dollars for a million tokens */
};

struct list_prices {
	struct list_price *list; /* in the arena it was read into */
	size_t n, cap;
};

/* {"models": {"NAME": [input, output, ...]}}. False: *fault_r says what is wrong. */
bool list_prices_read(struct list_prices *p, struct arena *a, const char *path,
		      struct fault *fault_r) MUST_CHECK;

/* NULL: it has none */
const struct list_price *list_price_of(const struct list_prices *p, struct str model);

/* --- what is foreseen --- */

/* of each sample, for each of its cells; and of which model how much is known beforehand */
struct foresight {
	struct skill **cells;
	uint8_t *kinds; /* of each sample: the quality model's domain; KIND_STRANGE: it is like none */
	struct skill priors[QUALITY_MODELS_MAX]; /* by the samples' models; mass 0: nothing */
	struct skill *named; /* the same of each dataset, of which the model has a domain of that name */
};

bool foresight_init(struct foresight *f, const struct samples *s, struct arena *a) MUST_CHECK;
/* What the model says of the samples whose fold is `fold` (-1: of all), and its priors. */
void foresight_fill(struct foresight *f, const struct samples *s, const struct quality_model *m,
		    int fold);
/* 0 to EVALUATE_FOLDS - 1 */
int sample_fold(const struct sample *s);

/* --- pools --- */

struct pool {
	struct str name;
	const struct samples *samples;
	uint32_t *list; /* of samples that have an answer of each model */
	size_t n;
	uint32_t models[QUALITY_MODELS_MAX];
	uint32_t n_models;
	double *scores, *costs; /* n * n_models; costs in US dollars */
	double quality[QUALITY_MODELS_MAX], cost[QUALITY_MODELS_MAX]; /* means */
	bool priced; /* false: nothing says what the models cost, and all count the same */
};

struct pools {
	struct pool *list;
	size_t n, cap;
};

/* One for each dataset and for all datasets of the same models together. pair: NULL, or the only
 * two models looked at. */
bool pools_make(struct pools *p, const struct samples *s, const struct list_prices *prices,
		const int pair[2], struct arena *a) MUST_CHECK;
double pool_score(const struct pool *p, size_t i, uint32_t model);
double pool_cost(const struct pool *p, size_t i, uint32_t model);
/* the model of the best quality, of equal ones the cheapest */
uint32_t pool_best(const struct pool *p);
/* the cheapest model */
uint32_t pool_cheapest(const struct pool *p);

/* --- routing --- */

struct desk;

/* What the gateway would know: a catalog of the pool's models and a snapshot. NULL: no memory. */
struct desk *desk_new(const struct pool *p, const struct foresight *f,
		      const struct list_prices *prices);
void desk_free(struct desk *d); /* NULL is fine */
/* the models it may choose: without those that are dearer and no better than another */
bool desk_may(const struct desk *d, uint32_t model);

/* how the engine is set */
struct dial {
	enum {
		DIAL_SHARE, /* `balanced`: weight counts a call's cost in that of the first model */
		DIAL_MONEY, /* `budget`: weight counts it in the first model's mean cost */
		DIAL_GUARDED /* `balanced`, and no quality is given up, and gains must be sure */
	} kind;
	double weight;
};

/* the model that it falls back on: the best single one, as far as that is known beforehand */
uint32_t desk_first(const struct desk *d, size_t i);
/* the pool's model for prompt i */
uint32_t desk_choose(struct desk *d, size_t i, struct dial dial);

/* --- measures --- */

enum router { ROUTER_RANDOM, ROUTER_LENGTH, ROUTER_ENGINE, ROUTER_ORACLE, ROUTER_COUNT };

struct measures {
	struct curve curve; /* dollars per prompt and quality; points only where it was computed */
	double apgr, cpt50,
		cpt80;          /* over shares of calls to the strong model; -1 of more than two */
	double cost95, cost100; /* share of the best model's cost; -1: never reached */
	double aiq;
};

struct outcome {
	struct measures by[ROUTER_COUNT];
	uint32_t weak, strong; /* strong: the best single model */
	struct point guarded;  /* where the engine stands that gives up nothing */
	double shares[QUALITY_MODELS_MAX],
		guarded_shares[QUALITY_MODELS_MAX]; /* at 95 %, guarded */
};

bool outcome_measure(struct outcome *o, const struct pool *p, struct desk *d,
		     struct arena *a) MUST_CHECK;

/* The curves as an SVG picture. */
void plot_write(const struct pool *p, const struct outcome *o, struct buf *out);

#endif
