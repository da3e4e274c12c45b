/*
 * oracle.h -- the money protocol once more, in plain C, for check_books.
 *
 * Written from doc/money.md and not from the scripts: it keeps everything in
 * memory, in 64- and 128-bit integers, and knows nothing of Redis. It also knows
 * what the scripts cannot know: what the vendors have billed.
 */
#ifndef LUA_ORACLE_H
#define LUA_ORACLE_H

#include <uthash.h>

#include "store/held.h"
#include "store/keys.h"

#define ORACLE_ORGS  2
#define ORACLE_TEAMS 2 /* of an org */
#define ORACLE_KEYS  4 /* of an org; key i belongs to team i % ORACLE_TEAMS */

#define ORACLE_TOUCHED 256

struct oracle_record {
	int64_t ver, expires_us, live;
	int64_t charged; /* of a key: all that was ever charged, as in the ledger */
	bool blocked;
	struct limits limits;
	struct {
		int64_t level, at_us;
	} rate[RATE_COUNT];
};

struct oracle_budget {
	char key[RKEY_MAX];
	int64_t spent, reserved, suspense;
	int64_t requests; /* admitted */
	int64_t pace;     /* -1: the leader has not told it */
	int64_t billed;   /* by vendors, for attempts that are held here */
	int64_t dies_s;   /* 0: never */
	int64_t cap; /* what the three may come to: the limit, or their sum when it was lowered */
	UT_hash_handle hh;
};

struct oracle_attempt {
	char state; /* 0, 'O', 'X', 'S' */
	bool answered, estimated;
	int64_t reserved, cost;
	int64_t suspended_us; /* when it went to suspense last */
	struct verdict answer;
};

struct oracle_reservation {
	char id[ID_MAX + RID_MAX]; /* ORG/RID */
	char state;
	bool ended; /* its final settle came */
	struct held held;
	struct oracle_attempt attempt[ATTEMPTS_MAX + 1];
	int64_t tokens, deadline_us;
	int64_t dies_us;        /* finished: when Redis forgets it; 0: never */
	int64_t rated_until_us; /* its answer can be rated; 0: it cannot */
	UT_hash_handle hh;
};

struct oracle {
	int64_t now_us;
	int64_t tombstone_us, estimate_us, feedback_us;
	struct oracle_record org[ORACLE_ORGS], team[ORACLE_ORGS][ORACLE_TEAMS],
		key[ORACLE_ORGS][ORACLE_KEYS];
	struct oracle_budget *budgets;
	struct oracle_budget *touched[ORACLE_TOUCHED]; /* since n_touched was set to 0 */
	size_t n_touched;
	struct oracle_reservation *reservations;
};

void oracle_init(struct oracle *o);
void oracle_release(struct oracle *o);

/* ids are "o0", "t1", "k3" */
struct oracle_record *oracle_record(struct oracle *o, struct str org, enum scope s, struct str id);
void oracle_each_record(void (*fn)(struct str org, enum scope s, struct str id));
void oracle_changed(struct oracle *o, struct oracle_record *r);
/* the limit of a budget changed; counters of all periods of it get a new cap */
void oracle_limit_changed(struct oracle *o, struct str org, enum scope s, struct str id,
			  enum period p);

/* spent, reserved and suspense of a budget in the period of now */
int64_t oracle_used(struct oracle *o, struct str org, enum scope s, struct str id, enum period p);

/* what a request's budgets have free, the least of all; INT64_MAX without any */
int64_t oracle_free(struct oracle *o, const struct held *h);

/* what the calls of books.h are to answer; clamps: not_after of the call */
struct verdict oracle_admit(struct oracle *o, const struct held *h, const struct plan *plan,
			    int64_t not_after_us);
struct verdict oracle_extend(struct oracle *o, const struct held *h, int32_t attempt,
			     const struct plan *plan, uint32_t from, int64_t not_after_us);
enum settle_end oracle_settle(struct oracle *o, const struct held *h, const struct charge *c,
			      int64_t *over_r);
enum expire_end oracle_expire(struct oracle *o, struct str org, struct str rid, int64_t *nanos_r);
void oracle_renew(struct oracle *o, const struct held *h);

/* a vendor billed an attempt of this request */
/* the leader tells the pace of the n-th budget; NULL: it is not paced */
struct oracle_budget *oracle_pace(struct oracle *o, uint32_t n, int64_t micros);

void oracle_billed(struct oracle *o, const struct held *h, int64_t nanos);

struct oracle_reservation *oracle_find(struct oracle *o, struct str org, struct str rid);
/* the first open one from the n-th on; NULL when there is none */
struct oracle_reservation *oracle_some_open(struct oracle *o, uint32_t n);
void oracle_forget(struct oracle *o, struct oracle_reservation *r);
bool oracle_in_suspense(const struct oracle_reservation *r);
/* the counter a request's money is held at; made when there is none */
struct oracle_budget *oracle_budget(struct oracle *o, const struct held *h, const struct cell *c);

/* --- for the model itself --- */
struct oracle_record *oracle_record_of(struct oracle *o, const struct held *h, enum scope s);
static inline int64_t oracle_sum(const struct oracle_budget *b)
{
	return b->spent + b->reserved + b->suspense;
}
struct oracle_reservation *oracle_make(struct oracle *o, const struct held *h);

#endif
