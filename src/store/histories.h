/*
 * histories.h -- in which history each org's data were used last (redis_history()).
 *
 * Another one now means that confirmed writes may be lost, and what is held in the
 * org must be told again.
 */
#ifndef STORE_HISTORIES_H
#define STORE_HISTORIES_H

#include <uthash.h>

#include "model/payer.h"
#include "store/store.h"

#define HISTORY_MAX 48

/* what is told again in an org after a failover; the worker's rejoin.c does it */
struct telling {
	bool closed;        /* admissions wait */
	bool goes_on;       /* there is something left to tell, or to say */
	bool lost, refused; /* something of it had no answer, or an error */
	bool said;          /* that this was all */
	uint64_t whole;     /* what is kept and was confirmed before that number survived */
	uint32_t round;     /* counts the histories: answers of an earlier one mean nothing */
	uint32_t settles;   /* to be confirmed first */
	uint32_t requests;  /* to be asserted */
	uint32_t under_way; /* questions without answer */
};

struct org_history {
	char org[ID_MAX];
	char history[HISTORY_MAX]; /* "": nobody had its data so far */
	int64_t at_us;             /* when it was used last */
	int64_t changed_us;        /* when another history was there; 0 = never */
	uint32_t holders;          /* whose data depend on it: it is not forgotten */
	struct telling telling;
	UT_hash_handle hh;
};

/* a set of them; begins as zeros */
struct histories {
	struct org_history *orgs; /* a list by hh.next */
};

/* The org is used: what is known of it stays, one that is not known is in the present history.
 * Never NULL: without it a failover would go unnoticed, so that running out of memory here ends the
 * process. It lives while somebody holds it, or until it is swept. */
struct org_history *histories_note(struct histories *h, const struct store *s, struct str org,
				   int64_t now_us);
/* NULL: it is not known */
struct org_history *histories_find(const struct histories *h, struct str org);
/* Are its data of another history now? Data that nobody has at the moment are not. */
bool history_changed(const struct org_history *o, const struct store *s);
/* The present one counts from now on. */
void history_take(struct org_history *o, const struct store *s, int64_t now_us);

/* the same of any org, and of all */
bool histories_changed(const struct histories *h, const struct store *s);
void histories_take(struct histories *h, const struct store *s, int64_t now_us);
/* Is there somebody who has the data of each org? */
bool histories_are_there(const struct histories *h, const struct store *s);
/* Has any org come to this org's present history, from another one, since then? */
bool histories_is_new(const struct histories *h, const struct store *s, struct str org,
		      int64_t since_us);
/* forget orgs that were not used since then, and that nobody holds */
void histories_sweep(struct histories *h, int64_t since_us);
void histories_release(struct histories *h);

#endif
