/*
 * custom.h -- what runs the strategies of a configuration, for one thread.
 *
 * Expressions run as they are in the catalog; each script has a box of its own. A script that
 * failed three times in a minute is left alone for a minute, because each failure costs its whole
 * limit.
 */
#ifndef CORE_CUSTOM_H
#define CORE_CUSTOM_H

#include "core/decide.h"

#define CUSTOM_FAILURES_MAX 3  /* in */
#define CUSTOM_PERIOD_S     60 /* and then so long without it */

/* Who lives with the outcome of real requests. An offline tool has none: then time has no limit and
 * no script is ever left alone, so that the same inputs always give the same plan. */
struct custom_host {
	int64_t (*work_us)(void); /* what the calling thread has worked */
	/* a script is left alone from now on, or tried again */
	void (*changed)(void *who, const struct custom_strategy *strategy, bool tried,
			const char *why);
	void *who;
};

struct custom;

/* For the strategies of the catalog, which must outlive it. host may be NULL. NULL: no memory. */
struct custom *custom_new(const struct catalog *c, const struct custom_host *host) MUST_CHECK;
void custom_free(struct custom *c); /* NULL is fine */

/* what decide() is given; lives as long as c */
const struct custom_runner *custom_runner(const struct custom *c);

#endif
