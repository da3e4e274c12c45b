/* keys.c -- every key in Redis (doc/redis-keys.md). */
#include "store/keys.h"

#include <unistd.h>

#include "base/ablation.h"

#define PREFIX "sr:1:"

static char *put(char *to, struct str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

/* the tag and its name in braces, and parts behind it, a colon before each; one that is too long is
 * empty. By hand: struct text looks for room piece by piece, dozens of times in each request. */
static struct str key_of(struct rkey *k, struct str tag, struct str name, size_t n,
			 const struct str *parts)
{
	size_t bytes = sizeof(PREFIX "{}") - 1 + tag.n + name.n + n;
	char *to = k->text;

	for (size_t i = 0; i < n; i++)
		bytes += parts[i].n;
	if (bytes >= sizeof(k->text)) {
		k->text[0] = '\0';
		return (struct str){ k->text, 0 };
	}
	to = put(to, STR(PREFIX "{"));
	to = put(to, tag);
	to = put(to, name);
	*to++ = '}';
	for (size_t i = 0; i < n; i++) {
		*to++ = ':';
		to = put(to, parts[i]);
	}
	*to = '\0';
	return (struct str){ k->text, bytes };
}

#define KEY(k, tag, name, ...)                                                      \
	key_of((k), (tag), (name), COUNT_OF(((const struct str[]){ __VA_ARGS__ })), \
	       (const struct str[]){ __VA_ARGS__ })

/* everything of an org carries its tag */
#define ORG_KEY(k, org, ...) KEY((k), STR("o:"), (org), __VA_ARGS__)

static struct str scope_str(enum scope s)
{
	return str_of(scope_name(s));
}

struct str key_record(struct rkey *k, struct str org, enum scope s, struct str id)
{
	if (s == SCOPE_org)
		return ORG_KEY(k, org, scope_str(s));
	return ORG_KEY(k, org, scope_str(s), id);
}

struct str key_index(struct rkey *k, struct str org, enum scope s)
{
	static const struct str indexes[SCOPE_COUNT] = {
#define SCOPE(name, text) { #name "s", sizeof(#name "s") - 1 },
#include "tbl/limits.h"
#undef SCOPE
	};

	return ORG_KEY(k, org, indexes[s]);
}

struct str key_budget(struct rkey *k, struct str org, enum scope s, struct str id,
		      struct str period_id)
{
	return ORG_KEY(k, org, STR("budget"), scope_str(s), id, period_id);
}

struct str key_pace(struct rkey *k, struct str org, enum scope s, struct str id, enum period p)
{
	return ORG_KEY(k, org, STR("pace"), scope_str(s), id, str_of(period_name(p)));
}

struct str key_paced(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("paced"));
}

struct str key_rate(struct rkey *k, struct str org, enum scope s, struct str id, enum rate_kind r)
{
	return ORG_KEY(k, org, STR("rate"), scope_str(s), id, str_of(rate_name(r)));
}

struct str key_reservation(struct rkey *k, struct str org, struct str rid)
{
	return ORG_KEY(k, org, STR("res"), rid);
}

struct str key_open(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("open"));
}

struct str key_suspense(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("suspense"));
}

struct str key_fence(struct rkey *k, struct str org)
{
	char own[I64_DIGITS];

	if (ablated(ABLATE_fence))
		return ORG_KEY(k, org, ((struct str){ own, i64_digits(own, getpid()) }),
			       STR("fence"));
	return ORG_KEY(k, org, STR("fence"));
}

struct str key_durable(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("durable"));
}

struct str key_history(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("history"));
}

struct str key_ledger(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("ledger"));
}

struct str key_rolled(struct rkey *k, struct str org)
{
	return ORG_KEY(k, org, STR("rolled"));
}

struct str key_usage(struct rkey *k, struct str org, struct str period_id)
{
	return ORG_KEY(k, org, STR("usage"), period_id);
}

struct str key_answer(struct rkey *k, struct str org, struct str rid)
{
	return ORG_KEY(k, org, STR("answer"), rid);
}

struct str key_skills(struct rkey *k, struct str org, enum scope s, struct str id)
{
	return ORG_KEY(k, org, STR("skills"), scope_str(s), id);
}

struct str key_fleet(struct rkey *k, const char *what)
{
	return KEY(k, STR(""), STR("fleet"), str_of(what));
}

struct str key_vendor(struct rkey *k, struct str vendor, const char *what)
{
	return KEY(k, STR("v:"), vendor, str_of(what));
}
