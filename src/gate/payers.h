/*
 * payers.h -- a worker's copies of payers' records.
 *
 * Copies may be old: every admission checks their versions in Redis, and what was
 * not admitted (a list of models) is served from a copy of at most max_age. Keys
 * that do not exist are remembered for a moment too, so that guessing costs Redis
 * one look a second.
 */
#ifndef GATE_PAYERS_H
#define GATE_PAYERS_H

#include "store/payer.h"

struct payers;

/* at most max copies; the one used longest ago makes room */
struct payers *payers_new(struct store *store, uint32_t max);
void payers_free(struct payers *p);

/* payer NULL: there is no such key (ok) or Redis gave no answer (!ok). Valid during the call,
 * skills until the next payers_get(). */
typedef void payers_f(void *who, bool ok, const struct payer *payer,
		      const struct payer_skills *skills);

/* A copy of at most max_age_us, or a fresh one. May call fn at once. Cannot be cancelled: whoever
 * may go away meanwhile keeps a reference of its own. */
void payers_get(struct payers *p, struct str org, struct str key, int64_t max_age_us, payers_f *fn,
		void *who);

/* Admission told the pace of a key's budgets: its copy has it from now on. */
void payers_saw_pace(struct payers *p, struct str org, struct str key, int64_t micros);

#endif
