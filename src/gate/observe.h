/*
 * observe.h -- what an attempt, or a rating, taught us about its target: noted by its worker
 * when it has ended, taken by the control thread, which tells the fleet (report.c).
 *
 * A ring with one writer and one reader, and no lock: when it is full, what would come
 * next is counted and dropped. So a gateway that sees more than it can note tells of a
 * sample.
 */
#ifndef GATE_OBSERVE_H
#define GATE_OBSERVE_H

#include "model/facts.h"
#include "model/snapshot.h"

/* the whole prompt, and the part that other conversations may share */
#define OBSERVED_WARM 2

struct observation {
	struct catalog *catalog; /* (ref) */
	uint32_t target, task;   /* as counted there */
	enum size_bucket size;   /* of the prompt */
	bool judged;             /* it came to an end of its own: else the client left */
	bool failed;             /* and the endpoint is to blame */
	bool unreached;          /* ... because nobody could be reached there */
	bool good_call;          /* nothing went wrong */
	bool slow; /* it has no content yet, though others had it long ago: nothing else is told */
	bool was_slow;        /* that was told of it before */
	bool throttled;       /* it was refused for our rate */
	bool out, out_target; /* its credential was refused: everywhere, for this model */
	uint32_t digest;      /* of that credential */
	int64_t block_ms;     /* the vendor asked to be left alone so long; 0 = it did not */
	double first_ms;      /* until the first content; 0 = there was none */
	bool at_once;         /* it was not streamed: the first content was all of it */
	double rest_ms;       /* until the last; 0 = nothing followed, or the client held it up */
	double rest_tokens;   /* that came in this time, of each choice */
	int64_t output; /* tokens of each choice; 0 = not counted, or the answer is not whole */
	int64_t input;  /* tokens that the vendor counted of texts; 0 = it did not say */
	double expected_input;             /* that were expected of them */
	uint32_t kind;                     /* of the prompt */
	struct prefix warm[OBSERVED_WARM]; /* that the endpoint now has in its cache */
	uint32_t n_warm;
	int64_t warm_until_s; /* Unix seconds */
	/* a client rated an answer of the target's model: then nothing else is told */
	double good, bad;
};

struct observations;

struct observations *observations_new(void);
void observations_free(struct observations *o);
/* by one other thread; the reference to the catalog is then the caller's. False: there is none. */
bool observations_take(struct observations *o, struct observation *taken_r) MUST_CHECK;

struct request;
struct attempt;
/* by the worker: there is no content yet, though others had it long ago */
void observe_slow(struct request *r, const struct attempt *a);
/* by the worker: the attempt has ended */
void observe_attempt(struct request *r, const struct attempt *a);

struct catalog_in_use;
struct vendor_fault;
struct worker;
/* By the worker: to a question of our own the vendor said so. What is counted of clients' requests
 * is not told of it, only what the vendor says of us. */
void observe_refusal(struct worker *w, const struct catalog_in_use *c, const struct target *t,
		     const struct vendor_fault *f, int status);

/* by the worker: an answer of the model to a task, as the catalog counts it, was rated; good and
 * bad: how much of an answer it counts for the fleet */
void observe_rating(struct worker *w, struct catalog *c, const struct model *model, uint32_t task,
		    double good, double bad);

#endif
