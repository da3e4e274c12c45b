/*
 * books.h -- the money protocol (doc/money.md): admit, extend, settle, expire, renew, hold.
 *
 * Each call is one script in one slot. Each can be repeated: the same request id
 * reserves once, the same attempt charges once.
 */
#ifndef STORE_BOOKS_H
#define STORE_BOOKS_H

#include "core/period.h"
#include "model/plan.h"
#include "model/task.h"
#include "model/usage.h"
#include "model/verdict.h"
#include "store/lease.h"

#define RID_MAX 48

/* a request has at most as many */
#define ATTEMPTS_MAX 8

/* Where a request's money is held: filled by books_open(), kept until its last settle. It
 * holds no pointers, so that the journal can write it down and read it back. */
struct held {
	char rid[RID_MAX];
	char owner[32]; /* incarnation of the gateway */
	struct payer_scope scope[SCOPE_COUNT];
	char period_id[PERIOD_COUNT][16]; /* of the budgets in use */
	int64_t period_start_us[PERIOD_COUNT], period_end_us[PERIOD_COUNT];
	int64_t expires_us; /* of the key; 0 = never; for admit only */
	int64_t issued_us;  /* Redis' clock */
	int64_t ttl_ms;     /* until it expires to suspense, from now or the last renew */
	int32_t attempts;   /* asked for so far: the number of the newest */
	bool slice;         /* of escrow, and of no request */
};

/* Fill h for a request of this payer that starts at Redis time now_us. The ids are good. last: the
 * periods of the call before, which mostly are the same; NULL: they are not kept. */
void books_open(struct held *h, struct str rid, struct str owner, const struct payer *payer,
		struct periods *last, int64_t now_us, int64_t ttl_ms);

typedef void books_verdict_f(void *who, const struct verdict *v);

/*
 * Reserve attempt 1. The plan has at least one candidate; h lives until fn.
 * On VERDICT_PERIOD, and on VERDICT_STALE with the payer read again, the caller
 * calls books_open() with now_us and repeats. After VERDICT_NO_STORE it repeats
 * with the same h, or settles the attempt at 0, final: a later admit is then
 * refused.
 */
void books_admit(struct store *s, struct held *h, const struct plan *plan, books_verdict_f *fn,
		 void *who);
/*
 * Reserve one more attempt for plan->candidates[from...]; chosen counts from 0 of
 * the plan. Each call asks for an attempt of its own number (verdict.attempt), at
 * most ATTEMPTS_MAX; after VERDICT_NO_STORE that attempt is settled at 0. It is
 * reserved in the periods and at the budgets of admit: limits changed since then
 * count, budgets set up since then do not.
 */
void books_extend(struct store *s, struct held *h, const struct plan *plan, uint32_t from,
		  books_verdict_f *fn, void *who);

/* of an attempt that was admitted without Redis, and without a slice to pay for it */
#define ESCROW_NONE "-"

/* the id of an entry in the ledger */
#define ENTRY_MAX 44

/* what became of an attempt */
struct charge {
	char escrow[RID_MAX]; /* the slice that pays for it, or ESCROW_NONE; "" = it was reserved */
	int32_t attempt;    /* 1, 2, ...; 0 with final: the request ends, no attempt was reserved */
	int64_t cost_nanos; /* unknown: what was at stake, in case Redis lost the reservation */
	bool unknown;       /* the vendor may have billed, nobody knows what: to suspense */
	bool estimated;     /* the cost is our estimate */
	bool final;         /* the request ends here */
	int64_t since_us;   /* Redis' clock when it was sent first; 0: some time since the issue */
	char entry[ENTRY_MAX]; /* what the ledger said of it in a history before; "": nothing. It is
				  charged if that is lost; since_us is of the history now. Not
				  journalled */
	int64_t tokens_used;   /* of the whole request, with final: corrects tpm; -1 = not known */
	bool failed, downgraded; /* with final: no answer; a dearer model was preferred. Not
				    journalled */
	char vendor[64], model[64], endpoint[64]; /* for the ledger, and for who rates the answer */
	char task[TASK_NAME_MAX]; /* of an answer that can be rated; "" = it cannot */
	struct usage usage;       /* for the ledger */
};

enum settle_end {
	SETTLE_OK,
	SETTLE_AGAIN, /* it was done before: nothing was done now */
	SETTLE_OLD, /* the reservation is gone, and the first sending too long ago to charge blindly
		     */
	SETTLE_LOST, /* no answer: send it again; this and what follows say nothing of the charge */
	SETTLE_REFUSED, /* Redis answered with an error about this very call */
};
/* over_nanos: how much dearer than the reservation it was (0 is what must be). entry: of the
 * ledger, with SETTLE_OK; "": none. fn may be NULL. */
typedef void books_settled_f(void *who, enum settle_end end, int64_t over_nanos, const char *entry);

void books_settle(struct store *s, const struct held *h, const struct charge *c,
		  books_settled_f *fn, void *who);

/* --- escrow: money set aside for when Redis is away (doc/money.md, "Without Redis") --- */

/* what a gateway wants of a slice; amounts are nano-dollars */
struct hold_ask {
	int64_t call;      /* 1, 2, ...: an older call that arrives later does nothing */
	int64_t used;      /* paid from it so far */
	int64_t kept;      /* counted on, of all that was ever given: never less is given */
	int64_t wanted;    /* to be left of it ... */
	int64_t share_ppm; /* ... but no more than this of what its budgets have free */
	int64_t least;     /* and none of it rather than less than this */
};

struct hold_answer {
	enum verdict_kind
		kind;   /* OK, LATE, BARRIER, STALE, BLOCKED, EXPIRED, PERIOD, DONE, NO_STORE */
	int64_t now_us; /* Redis' clock; 0 without an answer */
	int64_t given;  /* in all */
	int64_t due;    /* what would be given if nothing had to be kept */
};
typedef void books_held_f(void *who, const struct hold_answer *a);

/* Make or change a slice, and move its deadline to h->ttl_ms from now. h is from books_open(), its
 * rid the slice's. It is given back by books_settle() of attempt 1 at 0, final. */
void books_hold(struct store *s, const struct held *h, const struct hold_ask *ask, books_held_f *fn,
		void *who);
/* --- after a failover of Redis, which may have lost what it confirmed --- */

/* an attempt that is reserved and not settled */
struct open_attempt {
	int32_t attempt;
	int64_t reserved_nanos;
};
enum reassert_end {
	REASSERT_OK,
	REASSERT_DONE,    /* the request has ended: nothing was done */
	REASSERT_REFUSED, /* Redis answered with an error about this very call */
	REASSERT_LOST,    /* no answer, or too late: tell it again */
};
typedef void books_reasserted_f(void *who, enum reassert_end end, int64_t missing_nanos);

/* A request in flight holds these (0: none at the moment). What is missing is reserved, without any
 * check, for it runs; what is there stays. tokens: counted against token rates at its admission. */
void books_reassert(struct store *s, const struct held *h, int64_t tokens, size_t n,
		    const struct open_attempt *open, books_reasserted_f *fn, void *who);

typedef void books_rejoined_f(void *who, enum reassert_end end);
/* all: this worker has told all it holds in the org, the barrier need not wait for it; else it
 * begins to tell, and is waited for. */
void books_rejoin(struct store *s, struct str org, bool all, books_rejoined_f *fn, void *who);

/* Move the deadline to ttl_ms from now. No answer is waited for. */
void books_renew(struct store *s, const struct held *h);

/* --- for the coordinator and the operator --- */

enum expire_end { EXPIRE_OK, EXPIRE_EARLY, EXPIRE_NONE, EXPIRE_FENCED, EXPIRE_LOST };
typedef void books_expired_f(void *who, enum expire_end end, int64_t nanos);
typedef void books_rids_f(void *who, bool ok, size_t n, const struct str *rids);

/* at most `most` reservations of an org that are overdue, oldest first */
void books_overdue(struct store *s, struct str org, uint32_t most, books_rids_f *fn, void *who);
/* To suspense, for who leads; reads the reservation to know where its money is held. nanos: what
 * went there. */
void books_expire(struct store *s, const struct lease *lease, struct str org, struct str rid,
		  books_expired_f *fn, void *who);

/* one reservation as it lies in Redis */
struct reservation {
	struct held held;
	char state; /* 'O', 'X', 'F' */
	bool ended; /* its final settle has come: nothing more is made of it */
	struct {
		char state; /* 'O', 'X', 'S' */
		bool estimated;
		int64_t reserved_nanos, cost_nanos;
		int64_t suspended_us; /* when it went to suspense, us since 1970 */
	} attempt[ATTEMPTS_MAX];      /* [0] is attempt 1; state 0: there is none */
};
/* res: NULL when there is none (found = false) or Redis gave no answer (ok = false) */
typedef void books_reservation_f(void *who, bool ok, const struct reservation *res);
void books_read(struct store *s, struct str org, struct str rid, books_reservation_f *fn,
		void *who);
/* request ids with money in suspense, oldest first */
void books_suspense(struct store *s, struct str org, uint32_t most, books_rids_f *fn, void *who);

#endif
