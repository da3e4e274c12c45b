/* payer.c -- names of scopes and limits; what a payer may use. */
#include "model/payer.h"

static const char *const scopes[SCOPE_COUNT] = {
#define SCOPE(name, text) #name,
#include "tbl/limits.h"
#undef SCOPE
};

static const char *const periods[PERIOD_COUNT] = {
#define PERIOD(name, text) #name,
#include "tbl/limits.h"
#undef PERIOD
};

static const char *const rates[RATE_COUNT] = {
#define RATE(name, quantity, error, text) #name,
#include "tbl/limits.h"
#undef RATE
};

static const char *const rate_quantities[RATE_COUNT] = {
#define RATE(name, quantity, error, text) quantity,
#include "tbl/limits.h"
#undef RATE
};

static const enum err rate_errors[RATE_COUNT] = {
#define RATE(name, quantity, error, text) error,
#include "tbl/limits.h"
#undef RATE
};

static const char *const without_redis[WITHOUT_REDIS_COUNT] = {
#define WITHOUT_REDIS(name, text) #name,
#include "tbl/without_redis.h"
#undef WITHOUT_REDIS
};

const char *scope_name(enum scope s)
{
	return scopes[s];
}

const char *period_name(enum period p)
{
	return periods[p];
}

const char *rate_name(enum rate_kind r)
{
	return rates[r];
}

bool rate_counts_tokens(enum rate_kind r)
{
	return str_is(STR("tokens"), rate_quantities[r]);
}

const char *rate_quantity(enum rate_kind r)
{
	return rate_quantities[r];
}

enum err rate_error(enum rate_kind r)
{
	return rate_errors[r];
}

static bool index_of(const char *const *names, int n, struct str name, int *index_r)
{
	for (int i = 0; i < n; i++) {
		if (str_is(name, names[i])) {
			*index_r = i;
			return true;
		}
	}
	return false;
}

bool scope_of(struct str name, enum scope *scope_r)
{
	int i;

	if (!index_of(scopes, SCOPE_COUNT, name, &i))
		return false;
	*scope_r = (enum scope)i;
	return true;
}

bool period_of(struct str name, enum period *period_r)
{
	int i;

	if (!index_of(periods, PERIOD_COUNT, name, &i))
		return false;
	*period_r = (enum period)i;
	return true;
}

bool without_redis_of(struct str name, enum without_redis *w_r)
{
	int i;

	if (!index_of(without_redis, WITHOUT_REDIS_COUNT, name, &i))
		return false;
	*w_r = (enum without_redis)i;
	return true;
}

enum without_redis payer_without_redis(const struct payer *p, enum without_redis otherwise)
{
	for (int s = SCOPE_COUNT - 1; s >= 0; s--)
		if (p->scope[s].without_redis >= 0)
			return (enum without_redis)p->scope[s].without_redis;
	return otherwise;
}

void limits_none(struct limits *l)
{
	for (int p = 0; p < PERIOD_COUNT; p++)
		l->budget_nanos[p] = MONEY_NO_LIMIT;
	for (int r = 0; r < RATE_COUNT; r++)
		l->rate[r] = -1;
	l->concurrency = -1;
}

bool payer_has_budget(const struct payer *p)
{
	for (int s = 0; s < SCOPE_COUNT; s++)
		for (int t = 0; t < PERIOD_COUNT; t++)
			if (p->scope[s].limits.budget_nanos[t] >= 0)
				return true;
	return false;
}

/* is name "vendor/id"? */
static bool is_full_name(struct str name, struct str id, struct str vendor)
{
	return name.n == vendor.n + 1 + id.n && str_starts(name, vendor) &&
	       name.p[vendor.n] == '/' && str_ends(name, id);
}

bool payer_may_use(const struct payer *p, struct str asked_for, struct str id, struct str vendor)
{
	struct str rest = str_of(p->models);

	if (rest.n == 0)
		return true;
	while (!str_absent(rest)) {
		struct str name = str_trim(str_cut(&rest, ','));

		if (name.n == 0)
			continue;
		if (str_eq(name, asked_for) || str_eq(name, id) || is_full_name(name, id, vendor))
			return true;
	}
	return false;
}

bool id_is_good(struct str id)
{
	if (id.n == 0 || id.n >= ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9') && !memchr("._-", c, 3))
			return false;
	}
	return true;
}
