/*
 * request.h -- one chat request, from its first byte to its last settle.
 *
 * The life of a request is told by the files of this folder in the order of
 * tbl/steps.h: receive, identify, plan, admit, call, relay, settle, reply. Each
 * step is a function that goes on to the next by request_go(), or returns and is
 * woken by whoever it waits for. All memory is the request's arena.
 */
#ifndef GATE_REQUEST_H
#define GATE_REQUEST_H

#include "core/decision.h"
#include "core/dialect.h"
#include "core/feedback.h"
#include "core/gather.h"
#include "core/plan.h"
#include "gate/worker.h"

#define REQUEST_MAGIC 0x52657175u

enum step {
#define STEP(name, edges, text) STEP_##name,
#include "tbl/steps.h"
#undef STEP
	STEP_COUNT
};

/* one call to one target */
struct attempt {
	const struct candidate *candidate;
	uint32_t index;          /* of the candidate in the plan */
	int32_t number;          /* 1, 2, ... in the reservation */
	struct call call;
	struct arena scratch;    /* of one event or one body; emptied before the next */
	struct up_call *up;      /* NULL when nothing runs */
	struct sse sse;
	void *stream;            /* the dialect's state */
	struct chunk_state chunks; /* what of its head must wait for the first content */
	struct buf body;         /* a whole answer, or an error's body */
	struct gather *gather;   /* the vendor streams, the client did not ask for it */
	struct answer answer;    /* the whole answer, in the end */
	struct usage usage;      /* as far as told */
	struct str tier;         /* service tier, as told; absent = not told */
	int64_t reserved_nanos;
	char escrow[RID_MAX];    /* that pays for it; "" = it is reserved in Redis */
	struct vendor_head head;
	int64_t text_bytes;      /* of content so far: what an estimate rests on */
	bool shows_thinking;     /* some of it was thinking */
	bool held_up;            /* the client did not take it as fast as it came */
	int64_t first_content_us, last_content_us; /* 0 = none yet */
	int64_t began_us, began_wall_s;
	int64_t max_tokens;      /* granted */
	bool streams;            /* the vendor answers with an event stream */
	uint64_t seen[MAX_CHOICES / 64], ended[MAX_CHOICES / 64]; /* choices that began, that finished */
	bool end_mark;           /* the vendor's own */
	bool over;               /* and nothing more will come */
	bool failed;             /* fault is filled */
	bool unsent;             /* the vendor cannot have seen it */
	bool refused;            /* the vendor said no before any content: it bills nothing */
	bool settled;
	bool slow;               /* it had no content when it should have */
	int64_t first_byte_us;   /* by then it must have */
	int64_t limit_ms;        /* the vendor's headers ask to be left alone so long; 0 = they do not */
	struct vendor_fault fault;
};

struct request {
	unsigned magic;
	TAILQ_ENTRY(request) next; /* (the worker's) */
	struct worker *worker;
	struct exchange *x;      /* NULL once the client is gone or answered */
	const struct client_dialect *client;
	/* what answers a request that calls no vendor, and goes to reply; NULL: a chat */
	void (*answer)(struct request *r);
	struct settings *settings;
	struct catalog_in_use *catalog;
	struct arena arena;
	enum step step;
	bool busy;               /* somebody else holds a pointer and will call back */
	bool gone;               /* the client went away (then x is NULL) */
	bool draining;           /* ... and we read on for the usage */

	char rid[RID_MAX];
	char *body;              /* (owned) the client's bytes */
	size_t body_n;
	struct json_limits json_limits; /* (any thread may read the body) */
	struct chat chat;
	char org[ID_MAX], key[ID_MAX];
	struct str secret;       /* of the API key; in the arena */
	struct payer payer;
	struct payer_skills skills; /* what its feedback says; in the arena */
	struct feedback feedback;   /* POST /v1/feedback */
	int64_t payer_age_us;    /* how old the copy of the payer's records may be */
	const struct policy *policy;
	struct snapshot *snapshot; /* what was known of the fleet when it came; of the same catalog */
	struct facts facts;      /* at_s 0: nothing was decided yet */
	bool explain;            /* the client wants to know what was decided */
	struct plan *plan;       /* the last */
	struct arena planning;   /* in which it lies, until it is packed */
	struct plan *packed;     /* (owned) then it is this one; NULL: it is not */
	struct held held;
	struct verdict verdict;
	uint32_t asked;          /* times admission was repeated */
	bool panic;              /* no budget pays for who stands well: it is planned with all */
	bool reserved;           /* money is held: settle must run */
	bool downgraded;         /* not given to the first candidate because of a budget */
	bool admitted_here;      /* without Redis, which knows nothing of it before its settle */
	int32_t unbegun;         /* attempt that is, or may be, reserved but never began; 0 = none */

	struct probe *probe;     /* it holds the place of a breaker's probe; NULL: none */
	struct attempt *attempt; /* the one that runs, or ran last */
	uint32_t attempts, attempts_here;
	struct tried tried[DECISION_ATTEMPTS_MAX]; /* those that have ended */
	uint32_t n_tried;
	const struct plan *extending; /* what the next attempt is reserved from, ... */
	uint32_t extending_from;      /* ... and its candidates */
	struct timer deadline, wait, renew;
	int64_t deadline_us;
	uint32_t next_candidate; /* that is tried, from here on in the plan, after a failed attempt */
	int64_t barrier_until_us; /* it waits for the end of a failover until then; 0: it did not have to */
	struct org_history *history; /* of the org's data, while it holds something there; (not owned) */
	uint32_t round;          /* ... and its number, when Redis was asked for money last */
	bool untold;             /* after a failover: it is in the worker's list of those to tell again */
	TAILQ_ENTRY(request) telling;
	int64_t tokens_counted;  /* against token rates, at its admission */

	struct str answer_id;    /* for answers to which the vendor gave no id */
	bool head_sent;          /* streaming: the client has its headers */
	struct buf out;          /* bytes for the client */
	struct fault fault;      /* why it failed; code ERR_OK when it did not */
	int64_t cost_nanos, tokens_used; /* of all attempts */
	bool unknown_cost;       /* of one of them nobody knows */
	int64_t arrived_us;
};

/* --- request.c --- */

/* NULL when there is no memory. answer: see struct request. Begin with request_go(STEP_receive). */
struct request *request_new(struct worker *w, struct exchange *x, void (*answer)(struct request *r));
/* runs the first step */
void request_begin(struct request *r);
/* Change the step and run it. The edge must be in tbl/steps.h. */
void request_go(struct request *r, enum step to);
/* fill r->fault and take the road that ends the request: settle when money is held, else reply */
void request_fail(struct request *r, const struct fault *fault);
/* what runs the strategies of the request's catalog on this thread; NULL: there are none */
const struct custom_runner *request_runner(const struct request *r);
/* The request waits for a call-back that cannot be cancelled; until request_woken() it is not
 * freed. request_woken() is false when the client left meanwhile and the request was ended. */
void request_wait(struct request *r);
bool request_woken(struct request *r);
/* the client has gone (from the front) */
void request_gone(struct request *r);
/* An answer has begun, which may take long, and no other candidate takes over any more: the plan is
 * kept in as little room as it needs. */
void request_pack(struct request *r);
void request_free(struct request *r);
int64_t request_left_ms(const struct request *r);
/* end what is left when a worker stops; those that wait for a call-back end with it */
void requests_end(struct worker *w);
/* frees the memory that waits for the next, when the worker has none any more */
void requests_forget(struct worker *w);
/* the time of each is over now, as if it were its deadline */
void requests_hurry(struct worker *w);

/* prints the steps as a dot graph */
void steps_dot(struct buf *b);

/* --- the steps --- */

void step_receive(struct request *r);
void step_identify(struct request *r);
void step_plan(struct request *r);
void step_admit(struct request *r);
void step_call(struct request *r);
void step_relay(struct request *r);
void step_settle(struct request *r);
void step_reply(struct request *r);
void step_done(struct request *r);

/* --- between the steps --- */

/* attempt.c: begin a call to a candidate under the number that was reserved */
void attempt_begin(struct request *r, uint32_t candidate, int32_t number);
/* attempt.c: stop the running attempt; its outcome is then known as far as it ever will be.
 * Fine when none runs. */
void attempt_stop(struct request *r);
/* attempt.c: has the answer come to its end? */
bool attempt_is_whole(const struct attempt *a);
/* attempt.c: frees what is not in the arena; NULL is fine */
void attempt_release(struct attempt *a);
/* call.c: the attempt ended with a->fault: again, another candidate, or the end */
void attempt_failed(struct request *r);
/* call.c: the attempt ended well: a->answer is whole, or the stream has come to its good end */
void attempt_finished(struct request *r);
/* admit.c: Redis has failed over, and nothing can be reserved yet: then() is called in a while. False:
 * the request has waited long enough. */
bool admit_wait(struct request *r, void (*then)(void *who)) MUST_CHECK;
/* relay.c: an increment of a streamed answer has come, with or without content. False: the
 * attempt was ended. */
bool relay_increment(struct request *r, const struct answer *increment, bool content) MUST_CHECK;
/* relay.c: the vendor says that it is still there */
void relay_comment(struct request *r);
/* relay.c: what the vendor has just sent is to be with the client before anybody else's */
void relay_flush(struct request *r);
/* relay.c: the client takes bytes again */
void relay_drained(struct request *r);
/* settle.c: charge the attempt at hand, not the last of its request */
void settle_attempt(struct request *r, struct attempt *a);
/* settle.c: the attempt that Redis gave no answer about will not be made, and the request goes on */
void settle_unbegun(struct request *r);

#endif
