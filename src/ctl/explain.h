/*
 * explain.h -- what would be decided for a request, and why: what it is decided under, and
 * the tables for people.
 */
#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include "core/choose.h"
#include "core/decision.h"
#include "ctl/entity.h"
#include "ctl/session.h"
#include "io/learned.h"

struct world {
	struct catalog *catalog;    /* (ref) */
	struct snapshot *snapshot;  /* (ref) of that catalog */
	struct breakers *breakers;  /* (ref) of that catalog; NULL: nobody is kept away from */
	struct learned *learned;    /* (ref) the model files that the settings name */
	struct payer payer;         /* nobody in particular: no limits, every model */
	struct payer_skills skills; /* in the session's arena */
	const struct entity *key;   /* whose request it is; NULL: nobody's in particular */
};

/* The configuration's catalog, and a snapshot's file or, path NULL, one that knows nothing.
 * Functions that can fail return an exit code, and have told the reason. */
int world_of_files(struct session *s, const char *path, struct world *w) MUST_CHECK;
/* (explain_fleet.c) What is published; key: whose request it is, or NULL. */
int world_of_fleet(struct session *s, const struct entity *key, struct world *w) MUST_CHECK;
/* (explain_breakers.c) Whom the fleet keeps away from now, for the catalog of w. */
int world_breakers(struct session *s, struct world *w) MUST_CHECK;
void world_release(struct world *w);

/* (explain_print.c) refused: the request never comes to be decided */
void explain_print(struct session *s, const struct decision *d, bool refused);

/* (explain_payer.c) False: the key, its team or its org may ask nothing, and that was told. */
bool explain_may_ask(const struct payer *p, int64_t at_us) MUST_CHECK;
/* What is left of the payer's budgets, and what of the plan fits in that; nothing without budgets.
 */
int explain_budgets(struct session *s, const struct world *w, const struct decision *d) MUST_CHECK;

#endif
