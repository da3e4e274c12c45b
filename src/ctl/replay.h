/*
 * replay.h -- recorded decisions, decided once more: the same, to prove that they are what the
 * records say; or under another policy, to see what would change.
 */
#ifndef CTL_REPLAY_H
#define CTL_REPLAY_H

#include "core/decision_other.h"
#include "ctl/decision_files.h"
#include "ctl/session.h"

/* --- the same (replay_same.c) --- */

struct replay_same {
	int64_t equal, different;
	int64_t custom_failed; /* of the records: the configuration's own strategy gave up */
	char first[400]; /* where the first difference is, and what */
};

decision_found_f replay_same_take; /* who: struct replay_same */

/* --- otherwise (replay_other.c) --- */

/* figures of one way to decide, an array each */
struct replay_figures {
	double *quality, *cost_nanos, *total_ms;
	size_t n, cap;
};

/* requests of a task that one model had and another would have */
struct replay_move {
	struct str task, from, to; /* "model at endpoint"; to absent: refused */
	int64_t n;
	double quality, cost_nanos; /* summed differences */
};

struct replay_other {
	struct arena *arena;
	struct decision_other ask;          /* snapshot NULL: each record's own catalog */
	const struct custom_runner *custom; /* of the other catalog */
	bool other_catalog;
	struct fault unknown; /* code ERR_OK, or a record's catalog has not the strategy asked for */
	struct replay_figures before, after; /* of requests that both ways had somebody for */
	int64_t refused, refused_before;     /* would be; were */
	int64_t custom_failed, custom_failed_before; /* of all records */
	struct replay_move *moves;           /* those that stay have from = to */
	size_t n_moves, cap_moves;
};

decision_found_f replay_other_take; /* who: struct replay_other */

/* A report to standard output. The figures are sorted by it. */
void replay_other_print(struct replay_other *r, bool json);

#endif
