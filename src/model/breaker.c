/* breaker.c -- names of what a breaker can be, and who still uses a set of them. */
#include "model/breaker.h"

#include <stdlib.h>

const char *breaker_state_name(enum breaker_state s)
{
	static const char *const names[BREAKER_STATE_COUNT] = {
#define BREAKER_STATE(name, text) #name,
#include "tbl/breaker_states.h"
#undef BREAKER_STATE
	};

	return names[s];
}

static const struct {
	const char *name, *text;
} causes[BREAKER_CAUSE_COUNT] = {
#define BREAKER_CAUSE(name, text) { #name, text },
#include "tbl/breaker_causes.h"
#undef BREAKER_CAUSE
};

const char *breaker_cause_name(enum breaker_cause c)
{
	return causes[c].name;
}

const char *breaker_cause_text(enum breaker_cause c)
{
	return causes[c].text;
}

struct breakers *breakers_new(struct catalog *c, int64_t slow_start_us)
{
	struct breakers *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->refs = 1;
	b->catalog = catalog_ref(c);
	b->slow_start_us = slow_start_us;
	/* one more of each: an array of none would be NULL */
	b->endpoints = calloc(c->n_endpoints + 1, sizeof(*b->endpoints));
	b->targets = calloc(c->n_targets + 1, sizeof(*b->targets));
	if (!b->endpoints || !b->targets) {
		breakers_unref(b);
		return NULL;
	}
	return b;
}

struct breakers *breakers_ref(struct breakers *b)
{
	__atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
	return b;
}

void breakers_unref(struct breakers *b)
{
	if (!b || __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free(b->endpoints);
	free(b->targets);
	catalog_unref(b->catalog);
	free(b);
}
