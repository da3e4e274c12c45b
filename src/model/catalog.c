/* catalog.c -- find things in a catalog; count who still uses it. */
#include "model/catalog.h"

static const char *const dialect_names[DIALECT_COUNT] = {
#define VENDOR(dialect, vendor, base_url, key_env, text) #dialect,
#include "tbl/vendors.h"
#undef VENDOR
};

struct catalog *catalog_new(size_t max_bytes)
{
	struct catalog *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	arena_init(&c->arena, max_bytes);
	c->refs = 1;
	return c;
}

struct catalog *catalog_ref(struct catalog *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void catalog_unref(struct catalog *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_release(&c->arena);
	free(c);
}

/* index of the first model whose id is not below name */
static uint32_t lower_bound(const struct catalog *c, struct str name)
{
	uint32_t from = 0, to = c->n_models;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;

		if (str_cmp(c->models[mid].id, name) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

static const struct model *find_model(const struct catalog *c, struct str vendor, struct str id)
{
	for (uint32_t i = lower_bound(c, id); i < c->n_models; i++) {
		const struct model *m = &c->models[i];

		if (!str_eq(m->id, id))
			break;
		if (str_absent(vendor) || str_eq(m->vendor, vendor))
			return m;
	}
	return NULL;
}

const struct model *catalog_model(const struct catalog *c, struct str name)
{
	struct str id = name, vendor = str_cut(&id, '/');
	const struct model *m = str_absent(id) ? NULL : find_model(c, vendor, id);

	/* ids may hold slashes themselves, but what names a vendor means that vendor */
	return m ? m : find_model(c, STR_NONE, name);
}

const struct alias *catalog_alias(const struct catalog *c, struct str name)
{
	uint32_t from = 0, to = c->n_aliases;

	while (from < to) {
		uint32_t mid = from + (to - from) / 2;
		int order = str_cmp(c->aliases[mid].name, name);

		if (order == 0)
			return &c->aliases[mid];
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

uint32_t catalog_task(const struct catalog *c, struct str name)
{
	for (uint32_t i = 0; i < c->n_tasks; i++)
		if (str_eq(c->tasks[i], name))
			return i;
	return c->n_tasks ? c->n_tasks - 1 : 0;
}

const struct custom_strategy *catalog_strategy(const struct catalog *c, struct str name)
{
	for (uint32_t i = 0; i < c->n_strategies; i++)
		if (str_eq(c->strategies[i].name, name))
			return &c->strategies[i];
	return NULL;
}

const struct policy *catalog_policy(const struct catalog *c, struct str name)
{
	for (uint32_t i = 1; i < c->n_policies; i++)
		if (str_eq(c->policies[i].name, name))
			return &c->policies[i];
	return &c->policies[0];
}

const struct target *catalog_targets(const struct catalog *c, const struct model *m, uint32_t *n_r)
{
	*n_r = m->n_targets;
	return m->n_targets ? &c->targets[m->first_target] : NULL;
}

bool catalog_first_of_vendor(const struct catalog *c, uint32_t endpoint)
{
	for (uint32_t i = 0; i < endpoint; i++)
		if (str_eq(c->endpoints[i].vendor, c->endpoints[endpoint].vendor))
			return false;
	return true;
}

enum dialect_id dialect_id_of(struct str name, bool *found_r)
{
	for (int i = 0; i < DIALECT_COUNT; i++) {
		if (str_is(name, dialect_names[i])) {
			*found_r = true;
			return (enum dialect_id)i;
		}
	}
	*found_r = false;
	return DIALECT_openai;
}

const char *dialect_id_name(enum dialect_id id)
{
	return dialect_names[id];
}
