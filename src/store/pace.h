/*
 * pace.h -- the budgets that are paced, for the leading coordinator (doc/decision.md, "Pace").
 */
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include "core/pace.h"
#include "core/period.h"
#include "store/lease.h"

/* a budget in one of its periods, as the index names it */
struct paced {
	char org[ID_MAX], id[ID_MAX];
	enum scope scope;
	enum period period;
	struct period_span span;
};

/* Of an org, budgets in which something was reserved, the oldest first: `most` of them from the
 * given place on. Names are valid during the call. */
typedef void paced_f(void *who, bool ok, size_t n, const struct str *names);
void paced_list(struct store *s, struct str org, int64_t from, int64_t most, paced_f *fn,
		void *who);
/* false: it is the name of no such budget */
bool paced_of(struct str org, struct str name, struct paced *p_r) MUST_CHECK;
/* not to be listed again; no answer is waited for */
void paced_drop(struct store *s, const struct lease *lease, struct str org, struct str name);

/* What the budget is now, and what its pace rests on. ok = false: Redis gave no answer. A limit
 * of -1: it has none (any more). */
typedef void pace_read_f(void *who, bool ok, const struct pace_seen *seen, const struct pace *pace);
void pace_read(struct store *s, const struct paced *p, pace_read_f *fn, void *who);

enum pace_end { PACE_OK, PACE_FENCED, PACE_GONE, PACE_LOST };
typedef void pace_write_f(void *who, enum pace_end end);
/* micros: the multiplier, in millionths */
void pace_write(struct store *s, const struct lease *lease, const struct paced *p,
		const struct pace *pace, int64_t micros, pace_write_f *fn, void *who);

#endif
