/*
 * payer.h -- the records of orgs, teams and keys: read for the gateway, changed
 * for the operator.
 */
#ifndef STORE_PAYER_H
#define STORE_PAYER_H

#include "core/payer_skills.h"
#include "model/payer.h"
#include "store/store.h"

/* payer: NULL when the key, its team or its org does not exist (ok = true), or when Redis gave
 * no answer (ok = false). Both are valid during the call. */
typedef void payer_f(void *who, bool ok, const struct payer *payer,
		     const struct payer_skills *skills);

/* all three records, what their feedback says, and the pace of their budgets; two round trips,
 * three with budgets */
void payer_read(struct store *s, struct str org, struct str key, payer_f *fn, void *who);

/* --- for the operator's commands --- */

enum put_mode { PUT_CREATE, PUT_CHANGE };
enum put_end { PUT_OK, PUT_EXISTS, PUT_MISSING, PUT_NO_PARENT, PUT_LOST };
typedef void put_f(void *who, enum put_end end, int64_t ver);

struct field {
	struct str name, value; /* an absent value removes the field */
};

/*
 * parent_team: of a key that is created, and which it stays in; else absent. The
 * parent must exist. Fields are those of doc/redis-keys.md that an operator sets:
 * not ver, live, children, team.
 */
void record_put(struct store *s, enum put_mode mode, struct str org, enum scope scope,
		struct str id, struct str parent_team, const struct field *fields, size_t n,
		put_f *fn, void *who);
/* Refused (PUT_EXISTS) while it has children, an org also while money of it is reserved or in
 * suspense. Counters of money stay until they age out. */
void record_drop(struct store *s, struct str org, enum scope scope, struct str id, put_f *fn,
		 void *who);

/* n = 0: there is none */
typedef void record_f(void *who, bool ok, size_t n, const struct field *fields);
void record_read(struct store *s, struct str org, enum scope scope, struct str id, record_f *fn,
		 void *who);
/* sorted */
typedef void ids_f(void *who, bool ok, size_t n, const struct str *ids);
/* scope SCOPE_org lists orgs (org is ignored) */
void record_list(struct store *s, struct str org, enum scope scope, ids_f *fn, void *who);

/* a budget counter of the current period */
struct budget_state {
	int64_t spent_nanos, reserved_nanos, suspense_nanos;
	int64_t requests;      /* admitted */
	int64_t pace_micros;   /* millionths of a point for a dollar; -1 = it is not paced */
	int64_t ahead_percent; /* how much too fast money goes; below 0: too slowly */
};
typedef void budget_f(void *who, bool ok, const struct budget_state *b);
void budget_read(struct store *s, struct str org, enum scope scope, struct str id,
		 struct str period_id, budget_f *fn, void *who);

#endif
