/* keys.c -- every key in Redis (doc/redis-keys.md). */
#include "store/keys.h"

#include <stdio.h>
#include <unistd.h>

#include "base/ablation.h"

#define PREFIX "sr:1:"

static struct str done(struct rkey *k, int n)
{
	k->n = n > 0 && n < RKEY_MAX ? (size_t)n : 0;
	return (struct str){ k->text, k->n };
}

/* everything of an org carries its tag; the rest is printf-like */
#define ORG_KEY(k, org, form, ...)                                                              \
	done((k), snprintf((k)->text, sizeof((k)->text), PREFIX "{o:%.*s}:" form, STR_ARG(org), \
			   __VA_ARGS__))

struct str key_record(struct rkey *k, struct str org, enum scope s, struct str id)
{
	if (s == SCOPE_org)
		return ORG_KEY(k, org, "%s", scope_name(s));
	return ORG_KEY(k, org, "%s:%.*s", scope_name(s), STR_ARG(id));
}

struct str key_index(struct rkey *k, struct str org, enum scope s)
{
	return ORG_KEY(k, org, "%ss", scope_name(s));
}

struct str key_budget(struct rkey *k, struct str org, enum scope s, struct str id,
		      struct str period_id)
{
	return ORG_KEY(k, org, "budget:%s:%.*s:%.*s", scope_name(s), STR_ARG(id),
		       STR_ARG(period_id));
}

struct str key_pace(struct rkey *k, struct str org, enum scope s, struct str id, enum period p)
{
	return ORG_KEY(k, org, "pace:%s:%.*s:%s", scope_name(s), STR_ARG(id), period_name(p));
}

struct str key_paced(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "paced");
}

struct str key_rate(struct rkey *k, struct str org, enum scope s, struct str id, enum rate_kind r)
{
	return ORG_KEY(k, org, "rate:%s:%.*s:%s", scope_name(s), STR_ARG(id), rate_name(r));
}

struct str key_reservation(struct rkey *k, struct str org, struct str rid)
{
	return ORG_KEY(k, org, "res:%.*s", STR_ARG(rid));
}

struct str key_open(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "open");
}

struct str key_suspense(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "suspense");
}

struct str key_fence(struct rkey *k, struct str org)
{
	if (ablated(ABLATE_fence))
		return ORG_KEY(k, org, "%d:fence", (int)getpid());
	return ORG_KEY(k, org, "%s", "fence");
}

struct str key_durable(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "durable");
}

struct str key_history(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "history");
}

struct str key_ledger(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "ledger");
}

struct str key_rolled(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, "%s", "rolled");
}

struct str key_usage(struct rkey *k, struct str org, struct str period_id)
{
	return ORG_KEY(k, org, "usage:%.*s", STR_ARG(period_id));
}

struct str key_answer(struct rkey *k, struct str org, struct str rid)
{
	return ORG_KEY(k, org, "answer:%.*s", STR_ARG(rid));
}

struct str key_skills(struct rkey *k, struct str org, enum scope s, struct str id)
{
	return ORG_KEY(k, org, "skills:%s:%.*s", scope_name(s), STR_ARG(id));
}

struct str key_fleet(struct rkey *k, const char *what)
{
	return done(k, snprintf(k->text, sizeof(k->text), PREFIX "{fleet}:%s", what));
}

struct str key_vendor(struct rkey *k, struct str vendor, const char *what)
{
	return done(
		k, snprintf(k->text, sizeof(k->text), PREFIX "{v:%.*s}:%s", STR_ARG(vendor), what));
}
