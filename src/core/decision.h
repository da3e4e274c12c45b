/*
 * decision.h -- the decision record: what a choice rested on, what was chosen, and what
 * came of it (doc/explain.md lists every member).
 *
 * Holds no word of a prompt and no secret. With the catalog and the snapshot that it names,
 * it is all that decide() took, so decision_again() comes to the same plan, bit for bit.
 * Written as one line of JSON.
 */
#ifndef CORE_DECISION_H
#define CORE_DECISION_H

#include "core/decide.h"
#include "core/form.h"
#include "model/usage.h"

#define DECISION_ATTEMPTS_MAX 8

/* A candidate that could serve. Where the catalog that reads it has no such target, it stays NULL.
 */
struct considered {
	struct str model, vendor, endpoint; /* (not owned) */
	struct candidate
		candidate;   /* as decide() took it, and with the terms and the score it came to */
	uint32_t place;      /* 1: the first choice; 0: left out */
	struct str left_out; /* why: a name of tbl/rejections.h; absent: it was not */
};

/* a target that could not serve */
struct declined {
	struct str model, vendor,
		endpoint;  /* (not owned); endpoint absent: none serves the model */
	struct str reason; /* a name of tbl/rejections.h */
	struct str why;    /* a sentence */
};

/* one call to a vendor */
struct tried {
	uint32_t place;  /* of the candidate */
	uint32_t status; /* of HTTP; 0 = no answer came */
	struct str end;  /* "ok", or the code of the error */
	double first_ms; /* until the first content; 0 = there was none */
	double total_ms;
	struct usage usage;
};

struct outcome {
	uint32_t admitted;  /* place of the candidate that admission reserved; 0 = none was */
	int64_t max_tokens; /* that admission granted */
	struct tried tried[DECISION_ATTEMPTS_MAX];
	uint32_t n_tried;
	int64_t cost_nanos;
	bool unknown_cost; /* of an attempt nobody knows what it cost */
	double total_ms;   /* since the request arrived */
	struct str end;    /* "ok", or the code of the error that the client got */
};

/* under what it was decided */
struct versions {
	struct str program, catalog, snapshot, task_model,
		quality_model; /* hashes, but for the program */
	int64_t epoch;
	int64_t snapshot_version;
};

struct decision {
	struct str id, org, team, key, policy;
	struct str asked; /* the name that was asked for; absent: there is none such here */
	int64_t at_us;    /* when the request arrived, Unix microseconds */
	struct versions versions;
	struct facts facts;
	uint32_t n_considered, n_declined;
	bool choosing;
	struct wish ruled;        /* what a rule of a custom strategy made of the wishes; unsaid:
				     none changed them */
	struct str strategy;      /* what ordered the candidates */
	struct str custom_failed; /* why the configuration's own strategy gave up; absent: it did
				     not */
	enum guard guard;
	bool relaxed, floor_unmet, panic;
	struct outcome outcome;

	/* what lies behind their numbers is not cleared, and means nothing */
	struct considered considered[PLAN_MAX]; /* in the order of what was asked for */
	struct declined declined[REJECTED_MAX];
};

/* an empty record */
static inline void decision_clear(struct decision *d)
{
	memset(d, 0, offsetof(struct decision, considered));
}

struct chat;
/* the names that a chat asks for: "auto", "gpt-4o,claude-haiku-4-5" */
struct str decision_asked(const struct chat *chat, struct arena *a);

/* Fills what the plan says: all but what was asked, by whom and under what, the facts and the
 * outcome. Texts are the plan's and its catalog's. */
void decision_of_plan(struct decision *d, const struct plan *plan);

/* one line, with its end */
void decision_write(struct buf *b, const struct decision *d);
/* an object, for an answer that carries it */
void decision_write_object(struct buf *b, const struct decision *d);

/* What decision_write() wrote. Texts point into line and a; targets are NULL. ERR_VALUE: *fault_r
 * says what is wrong with it. */
enum err decision_read(struct str line, struct arena *a, struct decision *d_r,
		       struct fault *fault_r) MUST_CHECK;

/* the same of the object that is its member `decision` */
enum err decision_read_json(struct json record, struct arena *a, struct decision *d_r,
			    struct fault *fault_r) MUST_CHECK;

/* Looks up the targets. False: the catalog has not all of them. */
bool decision_bind(struct decision *d, const struct catalog *c) MUST_CHECK;

/* the plan as decide() took it; the targets are bound */
void decision_given(const struct decision *d, struct plan *plan_r);

/* Decides once more, of a record whose targets are bound; also one where nothing was left. A custom
 * strategy that failed then fails now: how long a script takes is no matter of the record. */
void decision_again(const struct decision *d, const struct snapshot *snapshot,
		    const struct custom_runner *custom, struct plan *plan_r);

/* Is the plan the one of the record: order, scores, terms, reasons, to the last bit? False:
 * *fault_r names the first difference. */
bool decision_equal(const struct decision *d, const struct plan *plan,
		    struct fault *fault_r) MUST_CHECK;

/* the candidate at a place, from 1; NULL: there is none */
const struct considered *decision_at(const struct decision *d, uint32_t place);

#endif
