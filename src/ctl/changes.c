/* changes.c -- options that change an org, team or key, and the fields they become. */
#include "ctl/changes.h"

#include <assert.h>

#include "conf/value.h"
#include "core/price.h"
#include "core/strategy.h"
#include "core/wish.h"
#include "ctl/moment.h"

#define NAME_MAX_BYTES  128
#define CONCURRENCY_MAX 1000000

/* --- reading --- */

static bool read_amount(struct amount *a, const char *text, int64_t most, struct fault *fault_r)
{
	*a = (struct amount){ .given = true, .value = -1 };
	if (str_is(str_of(text), "none"))
		return true;
	if (value_count(str_of(text), &a->value) && a->value >= 1 && a->value <= most)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be a whole number from 1 to %lld, or none",
		  (long long)most);
	return false;
}

static bool read_rate(const char *text, void *member, struct fault *fault_r)
{
	return read_amount(member, text, RATE_MAX, fault_r);
}

static bool read_concurrency(const char *text, void *member, struct fault *fault_r)
{
	return read_amount(member, text, CONCURRENCY_MAX, fault_r);
}

bool budget_read_limit(const char *text, struct amount budget[PERIOD_COUNT], struct fault *fault_r)
{
	struct str dollars = str_of(text), word = str_cut(&dollars, '=');
	struct amount a = { .given = true, .value = -1 };
	enum period period;

	if (str_absent(dollars) || !period_of(word, &period)) {
		fault_set(fault_r, ERR_VALUE, "",
			  "must be PERIOD=USD, the period being hour, day, week, month or total");
		return false;
	}
	if (!str_is(dollars, "none") && !money_parse(dollars, &a.value)) {
		fault_set(fault_r, ERR_VALUE, "",
			  "must be dollars such as 12.5, at most %lld and with at most nine "
			  "decimals, or none",
			  MONEY_MAX / NANOS_PER_DOLLAR);
		return false;
	}
	budget[period] = a;
	return true;
}

static bool read_budget(const char *text, void *member, struct fault *fault_r)
{
	return budget_read_limit(text, member, fault_r);
}

static bool read_name(const char *text, void *member, struct fault *fault_r)
{
	*(const char **)member = text;
	if (strlen(text) <= NAME_MAX_BYTES && value_is_printable(str_of(text)))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be printable text of at most %d bytes",
		  NAME_MAX_BYTES);
	return false;
}

static bool read_policy(const char *text, void *member, struct fault *fault_r)
{
	*(const char **)member = text;
	if (strlen(text) < ID_MAX && value_is_name(str_of(text)))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be the name of a policy, or none");
	return false;
}

static bool read_models(const char *text, void *member, struct fault *fault_r)
{
	struct str rest = str_of(text);
	bool good = rest.n < sizeof(((struct payer *)0)->models);

	*(const char **)member = text;
	while (good && !str_absent(rest))
		good = value_is_id(str_trim(str_cut(&rest, ',')));
	if (good)
		return true;
	fault_set(
		fault_r, ERR_VALUE, "",
		"must be names of models or aliases with commas between, at most %d bytes, or none",
		(int)sizeof(((struct payer *)0)->models) - 1);
	return false;
}

static bool read_strategy(const char *text, void *member, struct fault *fault_r)
{
	struct wish wish;

	*(const char **)member = text;
	wish_unsaid(&wish);
	if (strlen(text) < sizeof(((struct payer *)0)->strategy) &&
	    value_is_printable(str_of(text)))
		return wish_read(str_of(text), "--strategy", &wish, fault_r) == ERR_OK;
	fault_set(fault_r, ERR_VALUE, "",
		  "must be a strategy and parameters such as \"cost; quality_floor=0.8\", or none");
	return false;
}

static bool read_without_redis(const char *text, void *member, struct fault *fault_r)
{
	enum without_redis unused;

	*(const char **)member = text;
	if (strcmp(text, "none") == 0 || without_redis_of(str_of(text), &unused))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be closed, degraded, open or none");
	return false;
}

/* --- options --- */

static const struct option_row limit_rows[] = {
	{ "name", "TEXT", read_name, offsetof(struct changing, changes.name),
	  "a name for people; an empty one removes it" },
	{ "budget", "PERIOD=USD", read_budget, offsetof(struct changing, changes.budget),
	  "what may be spent each hour, day, week, month or in total; may be given for several "
	  "periods; PERIOD=none removes" },
#define RATE(name, quantity, error, text)                                              \
	{ #name, "N", read_rate, offsetof(struct changing, changes.rate[RATE_##name]), \
	  quantity " per minute, or none: " text },
#include "tbl/limits.h"
#undef RATE
	{ "concurrency", "N", read_concurrency, offsetof(struct changing, changes.concurrency),
	  "requests in flight at one time, or none" },
	{ "without-redis", "WHAT", read_without_redis,
	  offsetof(struct changing, changes.without_redis),
	  "while Redis is away: closed (refused), degraded (served from money set aside before), "
	  "open (served unchecked), or none: as who stands above says" },
};

const struct option_list limit_options = { "Limits", limit_rows, COUNT_OF(limit_rows) };

static const struct option_row key_rows[] = {
	{ "policy", "NAME", read_policy, offsetof(struct changing, changes.policy),
	  "the policy of the configuration that its requests follow, or none: the default one" },
	{ "strategy", "TEXT", read_strategy, offsetof(struct changing, changes.strategy),
	  "a strategy and parameters over those of its policy, \"cost; quality_floor=0.8\", or "
	  "none" },
	{ "models", "LIST", read_models, offsetof(struct changing, changes.models),
	  "models and aliases it may use, with commas between, or none: all" },
	{ "expires", "TIME", option_text, offsetof(struct changing, changes.expires),
	  "a duration from now (30d), a date (2030-12-31), a time (2030-12-31T18:00:00Z), or "
	  "never" },
};

const struct option_list key_options = { "Rights", key_rows, COUNT_OF(key_rows) };

/* --- to fields --- */

static const char *const budget_fields[PERIOD_COUNT] = {
#define PERIOD(name, text) "budget:" #name,
#include "tbl/limits.h"
#undef PERIOD
};

void fields_add(struct fields *f, const char *name, struct str value)
{
	assert(f->n < COUNT_OF(f->items));
	f->items[f->n++] = (struct field){ str_of(name), value };
}

void fields_addi(struct fields *f, struct arena *a, const char *name, int64_t value)
{
	fields_add(f, name, arena_printf(a, "%lld", (long long)value));
}

static void add_amount(struct fields *f, struct arena *a, const char *name,
		       const struct amount *given)
{
	if (given->given && given->value >= 0)
		fields_addi(f, a, name, given->value);
	else if (given->given)
		fields_add(f, name, STR_NONE);
}

static void add_limits(struct fields *f, struct arena *a, const struct changes *c)
{
	for (int p = 0; p < PERIOD_COUNT; p++)
		add_amount(f, a, budget_fields[p], &c->budget[p]);
	for (int r = 0; r < RATE_COUNT; r++)
		add_amount(f, a, rate_name((enum rate_kind)r), &c->rate[r]);
	add_amount(f, a, "concurrency", &c->concurrency);
}

/* text, of which one word removes the field */
static void add_text(struct fields *f, const char *name, const char *text, const char *removes)
{
	if (text)
		fields_add(f, name, strcmp(text, removes) == 0 ? STR_NONE : str_of(text));
}

static void note_unknown_strategy(const struct catalog *known, const char *text)
{
	struct wish wish;
	struct fault f;

	wish_unsaid(&wish);
	if (wish_read(str_of(text), "strategy", &wish, &f) == ERR_OK &&
	    !str_absent(wish.strategy) && !strategy_exists(known, wish.strategy))
		say_note("the configuration has no strategy \"%.*s\"; that of the policy applies",
			 STR_ARG(wish.strategy));
}

/* This configuration need not be the fleet's: what it does not know is worth a note, no more. */
static void note_unknown_names(const struct session *s, const struct changes *c)
{
	const struct catalog *known = s->catalog;
	struct str rest = c->models ? str_of(c->models) : STR_NONE;

	if (known->n_models == 0)
		return;
	if (c->policy && strcmp(c->policy, "none") != 0 &&
	    !str_is(catalog_policy(known, str_of(c->policy))->name, c->policy))
		say_note("the configuration has no policy \"%s\"; the default one applies",
			 c->policy);
	if (c->strategy && strcmp(c->strategy, "none") != 0)
		note_unknown_strategy(known, c->strategy);
	if (c->models && strcmp(c->models, "none") == 0)
		return;
	while (!str_absent(rest)) {
		struct str name = str_trim(str_cut(&rest, ','));

		if (!catalog_model(known, name) && !catalog_alias(known, name))
			say_note("the configuration has no model or alias \"%.*s\"", STR_ARG(name));
	}
}

static int add_expiry(struct session *s, struct fields *f, const char *text)
{
	int64_t now_us = store_now_us(&s->store), at_us = 0;

	if (strcmp(text, "never") == 0) {
		fields_add(f, "expires", STR_NONE);
		return EXIT_FINE;
	}
	if (!moment_read(str_of(text), now_us, 1, &at_us)) {
		say_error("--expires %.64s: must be a duration such as 30d, a date such as "
			  "2030-12-31, a time such as 2030-12-31T18:00:00Z, or never",
			  text);
		return EXIT_USAGE;
	}
	if (at_us <= now_us) {
		say_error("--expires %s lies in the past; to end a key now: smartrouter key block",
			  text);
		return EXIT_USAGE;
	}
	fields_addi(f, &s->arena, "expires", at_us);
	return EXIT_FINE;
}

int changes_fields(struct session *s, const struct changes *c, struct fields *fields_r)
{
	fields_r->n = 0;
	add_text(fields_r, "name", c->name, "");
	add_text(fields_r, "policy", c->policy, "none");
	add_text(fields_r, "models", c->models, "none");
	add_text(fields_r, "strategy", c->strategy, "none");
	add_text(fields_r, "without_redis", c->without_redis, "none");
	add_limits(fields_r, &s->arena, c);
	note_unknown_names(s, c);
	return c->expires ? add_expiry(s, fields_r, c->expires) : EXIT_FINE;
}
