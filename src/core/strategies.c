/* strategies.c -- the list of strategies, and what several of them count with. */
#include "core/strategy.h"

#include <stdio.h>
#include <string.h>

#include "core/scrub.h"

enum { FREE = false, GUARDED = true };

static const struct strategy strategies[] = {
#define STRATEGY(name, guarded, text) { #name, strategy_##name, guarded, text },
#include "tbl/strategies.h"
#undef STRATEGY
};

/* Of the quality of the model that was wanted, so much is left when another has to answer. */
#define KEPT_BY_FALLBACK 0.9

const struct strategy *strategy_of(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(strategies); i++)
		if (str_is(name, strategies[i].name))
			return &strategies[i];
	return NULL;
}

bool strategy_exists(const struct catalog *catalog, struct str name)
{
	return strategy_of(name) || catalog_strategy(catalog, name);
}

#define NAMES_BYTES 200

/* ", cost", as far as there is room */
static void list_name(char *names, size_t *n, struct str name)
{
	if (*n + name.n + sizeof(", ...") > NAMES_BYTES)
		name = STR("...");
	if (*n < strlen("...") || strcmp(names + *n - strlen("..."), "...") != 0)
		*n += (size_t)snprintf(names + *n, NAMES_BYTES - *n, ", %.*s", STR_ARG(name));
}

enum err strategy_unknown(const struct catalog *catalog, struct str name, const char *param,
			  struct fault *fault_r)
{
	char names[NAMES_BYTES] = "";
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(strategies); i++)
		list_name(names, &n, str_of(strategies[i].name));
	for (uint32_t i = 0; i < catalog->n_strategies; i++)
		list_name(names, &n, catalog->strategies[i].name);
	if (!scrub_may_tell(name))
		name = STR("of that name");
	return fault_set(fault_r, ERR_VALUE, param, "'%s': there is no strategy %.*s; there are %s",
			 param, STR_ARG(name), names + strlen(", "));
}

const struct strategy *strategy_nth(size_t i)
{
	return i < COUNT_OF(strategies) ? &strategies[i] : NULL;
}

double strategy_quality_expected(const struct terms *t)
{
	return t->quality * (1 - t->failure * (1 - KEPT_BY_FALLBACK));
}

double strategy_latency_s(const struct choice *choice, const struct terms *t)
{
	return (choice->facts->stream ? t->first_high_ms : t->total_high_ms) / 1000;
}

double strategy_dearest(const struct choice *choice)
{
	double most = 1;

	for (uint32_t i = 0; i < choice->n; i++)
		if (choice->candidates[i].terms.cost_nanos > most)
			most = choice->candidates[i].terms.cost_nanos;
	return most;
}
