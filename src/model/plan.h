/*
 * plan.h -- the candidates for one request, in order of preference.
 *
 * Made by core/ without waiting; walked in Redis, where the first candidate that
 * every budget can pay for is reserved.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "base/err.h"
#include "model/catalog.h"
#include "model/facts.h"
#include "model/terms.h"

#define PLAN_MAX     16 /* candidates */
#define REJECTED_MAX 32

/* why a candidate was left out */
enum rejection {
#define REJECTION(name, error, text) REJECTED_##name,
#include "tbl/rejections.h"
#undef REJECTION
	REJECTION_COUNT
};

/* "endpoint", "context", ...: what decision records call it; and a sentence */
const char *rejection_name(enum rejection r);
const char *rejection_text(enum rejection r);
/* what a client is told when nothing else is left */
enum err rejection_error(enum rejection r);

/* how a candidate stands with the fleet, from well to bad */
enum standing {
#define STANDING(name, rejection, text) STANDING_##name,
#include "tbl/standings.h"
#undef STANDING
	STANDING_COUNT
};

const char *standing_name(enum standing s);
/* why one that stands so is left out; REJECTION_COUNT: it is not */
enum rejection standing_rejection(enum standing s);

/* A candidate's rank is its place in what was asked for: those of a lower rank come first, whatever
 * they score. From this one on they are the policy's fallbacks. */
#define RANK_FALLBACK 128

struct candidate {
	const struct target *target;
	int64_t fixed_nanos;   /* worst cost of the prompt */
	int64_t output_picos;  /* worst cost of one output token, times n */
	int64_t tier_permille; /* of the plain price, for the service tier asked for; 0 = the plain one */
	int64_t max_tokens;    /* output allowance wanted */
	int64_t min_tokens;    /* the least it may be clamped to; = max_tokens: no clamping */
	int64_t input_bound;   /* tokens */
	int64_t choices;       /* n: so many answers, each of max_tokens */
	uint8_t rank;
	bool named;            /* not a strategy's choice, so that no floor is for it */
	enum standing standing;
	int64_t blocked_ms;    /* for how long its vendor is to be left alone; 0 = it is not */
	struct evidence evidence;
	struct terms terms;
	double score;          /* the strategy's, higher is better */
};

/* a target that was looked at and left out */
struct rejected {
	const struct target *target; /* NULL: the model has no endpoint here */
	const struct model *model;
	enum rejection reason;
	enum err code;
	char why[96];
	int64_t blocked_ms;
	struct terms terms; /* of those that were left out for their terms */
};

/* what the guard said of the strategy's choice */
enum guard {
	GUARD_UNASKED, /* the strategy has none, or chose the first by itself */
	GUARD_PASSED,  /* the evidence for another than the first is real */
	GUARD_HELD,    /* it is not: the first stays first */
};

struct plan {
	uint32_t n, n_rejected, n_given;
	bool choosing;        /* those that nobody named are to be chosen from */
	struct str asked_strategy; /* of the name asked for, "auto:cost"; absent = none */
	struct str strategy;  /* what ordered it: "named", "alias", or a strategy's name */
	bool ruled;           /* a rule of a custom strategy changed the wishes: */
	struct wish wish;     /* what it made of them */
	bool custom_failed;   /* a custom strategy gave up, and why: then a built-in one decided */
	char custom_fault[160];
	enum guard guard;
	bool relaxed;         /* no candidate kept max_latency, so that it was left out of account */
	bool floor_unmet;     /* no candidate's quality is surely above quality_floor: the best was taken */
	bool panic;           /* none stood well, or none that did was enough: those that do not were kept */
	uint64_t snapshot;    /* version of the snapshot it was made under */
	bool packed;          /* only its candidates are where a plan has them: plan_pack() */

	/* what lies behind their numbers is not cleared, and means nothing */
	struct candidate candidates[PLAN_MAX];
	struct rejected rejected[REJECTED_MAX];
	struct candidate given[PLAN_MAX]; /* the candidates as decide() got them: what a replay begins with */
};

/* an empty plan */
static inline void plan_clear(struct plan *p)
{
	memset(p, 0, offsetof(struct plan, candidates));
}

/*
 * A copy that takes no more than is in it, for who waits long; malloc'ed, NULL: no memory. Its
 * candidates are where a plan has them; whoever reads the other lists, or adds to one, unpacks it
 * first.
 */
struct plan *plan_pack(const struct plan *p) MUST_CHECK;
void plan_unpack(const struct plan *packed, struct plan *plan_r);

#endif
