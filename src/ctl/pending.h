/*
 * pending.h -- attempts for which the vendors' records are wanted: those in suspense,
 * and those that were charged at an estimate. An index by attempt id.
 */
#ifndef CTL_PENDING_H
#define CTL_PENDING_H

#include <uthash.h>

#include "ctl/await.h"

#define ATTEMPT_ID_MAX (RID_MAX + 8)

enum pending_end {
	PENDING_LEFT,      /* the records do not know it */
	PENDING_RUNNING,   /* nor can they: it may still run, and tell itself what it cost */
	PENDING_SETTLED,   /* from suspense to what was billed */
	PENDING_RELEASED,  /* the records are complete and do not know it: it cost nothing */
	PENDING_CORRECTED, /* from an estimate to what was billed */
	PENDING_GONE,      /* somebody else settled it meanwhile */
};

struct pending {
	char id[ATTEMPT_ID_MAX]; /* "RID-N", as the call to the vendor carried it */
	char rid[RID_MAX];
	int32_t attempt;
	struct entity key;
	bool estimate;    /* charged at an estimate; else in suspense */
	int64_t nanos;    /* in suspense, or charged */
	int64_t since_us; /* in suspense or charged since; its call began before that */
	bool over;        /* its gateway does nothing more for it; else that is not known */
	bool recorded;    /* a record knows it: */
	int64_t billed_nanos;
	struct usage usage;
	char model[64];
	enum pending_end end;
	UT_hash_handle hh; /* (uthash) */
};

/* Slices of escrow in suspense that no gateway has given back: no record can tell of them. */
struct pending_slices {
	int64_t n, nanos;
};

/* org absent: of all orgs. The list is in the session's arena; *index_r is its head. */
int pending_read(struct session *s, struct str org, struct pending **index_r,
		 struct pending_slices *slices_r) MUST_CHECK;
/* frees the index, not the list */
void pending_forget(struct pending **index);

struct pending *pending_find(struct pending *index, struct str id);
/* Once `end` is set: it stays what it is. */
bool pending_stays(const struct pending *p);

/* Charge one of them: `recorded` at what was billed, else at nothing. Sets `end` of each. */
int pending_settle(struct session *s, struct pending *const *list, size_t n) MUST_CHECK;

#endif
