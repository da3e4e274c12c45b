/* record.c -- fields of a record to a struct. */
#include "ctl/record.h"

static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "name", offsetof(struct record, name) },
	{ "team", offsetof(struct record, team) },
	{ "policy", offsetof(struct record, policy) },
	{ "models", offsetof(struct record, models) },
	{ "strategy", offsetof(struct record, strategy) },
	{ "without_redis", offsetof(struct record, without_redis) },
	{ "digest", offsetof(struct record, digest) },
}, numbers[] = {
	{ "ver", offsetof(struct record, ver) },
	{ "live", offsetof(struct record, live) },
	{ "created", offsetof(struct record, created_us) },
	{ "expires", offsetof(struct record, expires_us) },
	{ "old_until", offsetof(struct record, old_until_us) },
	{ "concurrency", offsetof(struct record, limits.concurrency) },
#define RATE(name, quantity, error, text) { #name, offsetof(struct record, limits.rate[RATE_##name]) },
#define PERIOD(name, text) \
	{ "budget:" #name, offsetof(struct record, limits.budget_nanos[PERIOD_##name]) },
#include "tbl/limits.h"
#undef PERIOD
#undef RATE
};

static void fill_field(struct record *r, struct arena *a, const struct field *f)
{
	char *base = (char *)r;

	if (str_is(f->name, "status"))
		r->blocked = !str_is(f->value, "active");
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (str_is(f->name, texts[i].name))
			*(struct str *)(base + texts[i].offset) = arena_str(a, f->value);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (str_is(f->name, numbers[i].name))
			str_i64(f->value, (int64_t *)(base + numbers[i].offset));
}

void record_fill(struct record *r, struct arena *a, size_t n, const struct field *fields)
{
	struct entity who = r->who;

	*r = (struct record){ .who = who, .blocked = true }; /* until it says that it is active */
	limits_none(&r->limits);
	for (size_t i = 0; i < n; i++)
		fill_field(r, a, &fields[i]);
	r->found = r->ver > 0;
}
