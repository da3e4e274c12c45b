/*
 * await.h -- the store's calls, waited for: a command reads from top to bottom.
 *
 * Results are copied into the session's arena. Every function returns an exit
 * code, EXIT_STORE when Redis gave no answer (that was told), else EXIT_FINE;
 * what Redis said stands in the results. Lists are asked many at a time.
 */
#ifndef CTL_AWAIT_H
#define CTL_AWAIT_H

#include "core/period.h"
#include "ctl/record.h"
#include "ctl/session.h"
#include "store/books.h"

struct ids {
	struct str *items; /* sorted */
	size_t n;
};

/* --- records --- */

/* scope SCOPE_org: all orgs */
int await_ids(struct session *s, struct str org, enum scope scope, struct ids *ids_r) MUST_CHECK;
/* each record's `who` says which; `found` afterwards whether it is there */
int await_records(struct session *s, struct record *records, size_t n) MUST_CHECK;
/* One record that must be there: EXIT_FAILED when it is not, and that was told. */
int await_record(struct session *s, const struct entity *e, struct record *record_r) MUST_CHECK;
/* The same of an org that an option may name: NULL is fine. */
int await_org(struct session *s, const char *org) MUST_CHECK;
/* team: of a key, else absent */
int await_put(struct session *s, enum put_mode mode, const struct entity *e, struct str team,
	      const struct field *fields, size_t n, enum put_end *end_r) MUST_CHECK;
int await_drop(struct session *s, const struct entity *e, enum put_end *end_r) MUST_CHECK;

/* --- money --- */

/* one budget of somebody, in its current period */
struct budget {
	struct entity who;
	enum period period;
	struct period_span span;
	int64_t limit_nanos;
	struct budget_state state;
};
int await_budgets(struct session *s, struct budget *budgets, size_t n) MUST_CHECK;

/* a request of an org */
struct reservation_item {
	struct str org, rid;
	bool found;
	struct reservation res;
};
int await_reservations(struct session *s, struct reservation_item *items, size_t n) MUST_CHECK;

struct settle_item {
	const struct held *held;
	struct charge charge;
	void *mark;          /* the caller's */
	enum settle_end end; /* below SETTLE_LOST */
};
int await_settle(struct session *s, struct settle_item *items, size_t n) MUST_CHECK;

#define AWAIT_AT_ONCE 64

#endif
