/*
 * keys.h -- every key in Redis is built here (doc/redis-keys.md).
 *
 * Each function writes into a struct rkey of the caller, a NUL behind it, and returns its slice; one
 * that is too long is empty. Ids were checked before (id_is_good), so nothing can break out of its
 * place.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "core/period.h"
#include "model/payer.h"

#define RKEY_MAX 256

struct rkey {
	char text[RKEY_MAX];
};

struct str key_record(struct rkey *k, struct str org, enum scope s, struct str id);
struct str key_index(struct rkey *k, struct str org, enum scope s); /* SCOPE_team, SCOPE_key */
struct str key_budget(struct rkey *k, struct str org, enum scope s, struct str id,
		      struct str period_id);
/* what the pace of a budget in all its periods rests on */
struct str key_pace(struct rkey *k, struct str org, enum scope s, struct str id, enum period p);
struct str key_paced(struct rkey *k, struct str org);
struct str key_rate(struct rkey *k, struct str org, enum scope s, struct str id, enum rate_kind r);
struct str key_reservation(struct rkey *k, struct str org, struct str rid);
struct str key_open(struct rkey *k, struct str org);
struct str key_suspense(struct rkey *k, struct str org);
/* the token of the newest leader that wrote in the org's slot */
struct str key_fence(struct rkey *k, struct str org);
struct str key_durable(struct rkey *k, struct str org);
struct str key_history(struct rkey *k, struct str org);
struct str key_ledger(struct rkey *k, struct str org);
struct str key_rolled(struct rkey *k, struct str org);
struct str key_usage(struct rkey *k, struct str org, struct str period_id);
struct str key_answer(struct rkey *k, struct str org, struct str rid);
struct str key_skills(struct rkey *k, struct str org, enum scope s, struct str id);
struct str key_fleet(struct rkey *k, const char *what); /* "orgs", "epoch", "catalog", ... */
struct str key_vendor(struct rkey *k, struct str vendor, const char *what); /* "health", "warm" */

#endif
