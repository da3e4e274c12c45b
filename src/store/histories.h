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

struct org_history {
	char org[ID_MAX];
	char history[HISTORY_MAX];
	int64_t at_us; /* when it was used last */
	UT_hash_handle hh;
};

/* a set of them; begins as zeros */
struct histories {
	struct org_history *orgs; /* a list by hh.next */
};

/* The org is used: what is known of it stays, one that is not known is in the present history. */
void histories_note(struct histories *h, const struct store *s, struct str org, int64_t now_us);
/* Is any org's data of another history now? One whose data nobody has at the moment is not. */
bool histories_changed(const struct histories *h, const struct store *s);
/* Is there somebody who has the data of each org? */
bool histories_are_there(const struct histories *h, const struct store *s);
/* All is told: the present ones count from now on. */
void histories_take(struct histories *h, const struct store *s);
/* forget orgs that were not used since then */
void histories_sweep(struct histories *h, int64_t since_us);
void histories_release(struct histories *h);

#endif
