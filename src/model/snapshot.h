/*
 * snapshot.h -- what a gateway knows of the fleet at one moment.
 *
 * Immutable, counted by references and swapped whole, as the catalog is; a request
 * keeps the one it was decided under. It belongs to one catalog: targets, models and
 * tasks are counted as there. Everything in it is sums over all gateways, merged in
 * Redis, so that gateways with the same snapshot decide the same.
 */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "base/arena.h"
#include "model/catalog.h"

/* prompts by their input tokens: latency depends on them */
enum size_bucket {
#define SIZE_BUCKET(name, most_tokens) SIZE_##name,
#include "tbl/size_buckets.h"
#undef SIZE_BUCKET
	SIZE_BUCKET_COUNT
};

/* "1k", ..., "more" */
const char *size_bucket_name(enum size_bucket size);
enum size_bucket size_bucket_of(double tokens);

struct latency {
	double n;                          /* answers seen, older ones counting less; 0 = none */
	double first_p50_ms, first_p95_ms; /* until the first token */
	double first_mean_ms, first_var;
	double token_mean_ms, token_var; /* between tokens */
};

struct target_view {
	double attempts; /* seen lately, older ones counting less */
	double failure;  /* share of them that failed */
	struct latency latency[SIZE_BUCKET_COUNT];
};

/* how long answers are, in ln(tokens + 1) */
struct length {
	double n; /* answers it rests on; 0 = none */
	double q50, q90;
};

struct model_view {
	double calibration; /* tokens counted by the vendor / expected, of input; 0 = not known */
	double calibrations[PROMPT_KINDS]; /* the same of a kind of prompts */
	struct length length;   /* of all its answers */
	struct length *lengths; /* by task; NULL = none */
	struct skill *skills;   /* by task: feedback of the whole fleet; NULL = none */
};

/* no more of either is believed */
#define WARM_TOKENS_MAX  (1LL << 40)
#define WARM_UNTIL_MAX_S (1LL << 40)

/* an endpoint's cache holds the beginning of a conversation */
struct warm {
	uint64_t prefix;
	uint32_t target; /* index in the catalog */
	int64_t until_s; /* Unix seconds */
	int64_t tokens;  /* that it held */
};

struct snapshot {
	struct arena arena;
	int refs;                /* changed with __atomic builtins only */
	struct catalog *catalog; /* (ref) */
	uint64_t version;        /* grows with each change; 0 = nothing is known */
	char hash[17];           /* of its text form, 64 bits in hex: what decision records name */
	int64_t at_s;
	struct target_view *targets; /* catalog->n_targets */
	struct model_view *models;   /* catalog->n_models */
	struct length length;        /* of all answers */
	struct warm *warm;           /* sorted by prefix, then target */
	uint32_t n_warm;
};

/* One that knows nothing, for a cold start. Takes a reference of its own to the catalog. NULL: no
 * memory. */
struct snapshot *snapshot_new(struct catalog *c, size_t max_bytes);
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s); /* NULL is fine */
/* for whoever fills one: the warm prefixes into their order */
void snapshot_sort(struct snapshot *s);

#endif
