/*
 * usage_sum.h -- what was used, added up as it was asked for.
 */
#ifndef CTL_USAGE_SUM_H
#define CTL_USAGE_SUM_H

#include <uthash.h>

#include "core/period.h"
#include "ctl/session.h"
#include "store/rollup.h"

/* what rows can be of */
enum usage_by { BY_hour, BY_day, BY_org, BY_team, BY_key, BY_model, BY_COUNT };
extern const char *const usage_by_names[BY_COUNT];

struct usage_ask {
	struct str org, team, key, model; /* only of these; absent: of all */
	int64_t since_us;                 /* begins at an hour or a day, by `unit` */
	enum period unit;                 /* PERIOD_hour or PERIOD_day: which counters are read */
	bool by[BY_COUNT];
};

/* one row, in the session's arena */
struct usage_group {
	struct str name;         /* all of `of`, to sort by */
	struct str of[BY_COUNT]; /* absent: not by this */
	int64_t figure[FIGURE_COUNT];
	UT_hash_handle hh; /* (uthash) */
};

/* *groups_r: sorted; the index is freed by usage_forget(). An exit code. */
int usage_sum(struct session *s, const struct usage_ask *ask,
	      struct usage_group **groups_r) MUST_CHECK;
void usage_forget(struct usage_group **groups);

#endif
