/*
 * payer.h -- who pays for a request: a key, its team, its org, and their limits.
 *
 * A copy of three records in Redis (doc/redis-keys.md), with their versions.
 * Every admission checks the versions, so an old copy is noticed, never acted on.
 */
#ifndef MODEL_PAYER_H
#define MODEL_PAYER_H

#include "base/err.h"
#include "base/str.h"
#include "model/money.h"

enum scope {
#define SCOPE(name, text) SCOPE_##name,
#include "tbl/limits.h"
#undef SCOPE
	SCOPE_COUNT
};

enum period {
#define PERIOD(name, text) PERIOD_##name,
#include "tbl/limits.h"
#undef PERIOD
	PERIOD_COUNT
};

enum rate_kind {
#define RATE(name, quantity, error, text) RATE_##name,
#include "tbl/limits.h"
#undef RATE
	RATE_COUNT
};

/* while Redis is away */
enum without_redis {
#define WITHOUT_REDIS(name, text) WITHOUT_REDIS_##name,
#include "tbl/without_redis.h"
#undef WITHOUT_REDIS
	WITHOUT_REDIS_COUNT
};

#define ID_MAX 64 /* bytes of an org's, team's or key's id, with the NUL */

/* Limits of a rate above this are refused when configured: the buckets of doc/money.md count
 * 60,000,000ths of a request or token, and stay exact below 2^53. */
#define RATE_MAX 150000000LL

struct limits {
	int64_t budget_nanos[PERIOD_COUNT]; /* -1 = none */
	int64_t rate[RATE_COUNT];           /* per minute; -1 = none */
	int64_t concurrency;                /* -1 = none */
};

struct payer_scope {
	char id[ID_MAX];
	int64_t ver; /* 0 = there is no such record */
	bool blocked;
	int without_redis; /* enum without_redis; -1 = nothing is said */
	struct limits limits;
};

struct payer {
	struct payer_scope scope[SCOPE_COUNT]; /* org, team, key */
	int64_t expires_us;                    /* of the key; 0 = never */
	char digest[65];                       /* HMAC-SHA256 of the secret, hex */
	char old_digest[65];                   /* "" = none */
	int64_t old_until_us;
	int64_t pace_micros; /* the largest of the budgets, millionths; -1 = none is known */
	char policy[ID_MAX];
	char strategy[256]; /* what the key asks of strategies (core/wish.h); "" = nothing */
	char models[2048];  /* names it may use, comma between; "" = all */
};

const char *scope_name(enum scope s);
const char *period_name(enum period p);
const char *rate_name(enum rate_kind r);
/* a rate counts requests, or tokens */
bool rate_counts_tokens(enum rate_kind r);
/* what it counts, in the plural */
const char *rate_quantity(enum rate_kind r);
/* what a client over it sees */
enum err rate_error(enum rate_kind r);
bool scope_of(struct str name, enum scope *scope_r);
bool period_of(struct str name, enum period *period_r);

bool without_redis_of(struct str name, enum without_redis *w_r);
/* What the key says, else its team, else its org, else `otherwise`. */
enum without_redis payer_without_redis(const struct payer *p, enum without_redis otherwise);

/* no limit of any kind */
void limits_none(struct limits *l);

/* does any scope have a budget? (then a model without a price cannot be used) */
bool payer_has_budget(const struct payer *p);
/* may the key use this model? By its id, "vendor/id", or the name it was asked for by. */
bool payer_may_use(const struct payer *p, struct str asked_for, struct str id, struct str vendor);

/* ids are [A-Za-z0-9._-], 1 to ID_MAX-1 bytes: they become parts of keys in Redis */
bool id_is_good(struct str id);

#endif
