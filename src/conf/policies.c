/* policies.c -- `policies:`, of which "default" is always there and fills the others' gaps. */
#include "conf/fleet.h"
#include "core/strategy.h"

static void set_lists(struct fleet *f, const struct policy_fields *in, const char *path,
		      struct policy *p)
{
	char name[FIELD_PATH_MAX];
	struct model_list list;

	if (in->order) {
		path_write(name, "%s.order", path);
		list = fleet_list(f, in->order, name);
		p->order = list.models;
		p->n_order = list.n;
	}
	if (in->fallbacks) {
		path_write(name, "%s.fallbacks", path);
		list = fleet_list(f, in->fallbacks, name);
		p->fallbacks = list.models;
		p->n_fallbacks = list.n;
	}
}

#define MILLION 1e6

/* what its strategy is, and how it weighs */
static void set_wish(struct fleet *f, const struct entry *entry, const struct policy_fields *in,
		     struct policy *p)
{
	const struct node *where = node_get(entry->value, "strategy");

	p->wish.strategy = str_of(in->strategy);
	if (where && !strategy_exists(f->c, p->wish.strategy))
		fault_at(f->reader.faults, where,
			 "policies.%.*s.strategy: there is no strategy \"%.60s\"",
			 STR_ARG(entry->name), in->strategy);
#define WISH(name, fallback, least, most, join, text) p->wish.name = (double)in->name / MILLION;
#include "tbl/wishes.h"
#undef WISH
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* in, p: the default's, from which this policy takes what it does not say */
static void read_policy(struct fleet *f, const struct entry *entry, struct policy_fields *in,
			struct policy *p)
{
	char path[FIELD_PATH_MAX];

	path_write(path, "policies.%.*s", STR_ARG(entry->name));
	in->order = in->fallbacks = NULL;
	fleet_read(f, ENTITY_POLICY, entry->value, path, in);
	p->name = arena_str(f->reader.a, entry->name);
	p->unsupported = (enum unsupported)in->unsupported;
	p->default_max_tokens = in->default_max_tokens;
	p->min_max_tokens = in->min_max_tokens;
	p->max_attempts = (uint32_t)in->max_attempts;
	p->max_attempts_per_target = (uint32_t)in->max_attempts_per_target;
	p->total_ms = in->timeout;
	p->connect_ms = shorter(in->connect_timeout, in->timeout);
	p->first_byte_ms = shorter(in->first_byte_timeout, in->timeout);
	p->idle_ms = shorter(in->idle_timeout, in->timeout);
	set_lists(f, in, path, p);
	set_wish(f, entry, in, p);
}

void fleet_policies(struct fleet *f)
{
	static const struct node nothing = { .plain = true, .text = { "", 0 } };
	struct entry first = { .name = STR("default"), .value = &nothing };
	struct catalog *c = f->c;
	struct policy_fields defaults;
	struct entries entries;

	fleet_entries(f, "policies", false, &entries);
	c->policies = ARENA_ARRAY(f->reader.a, struct policy, entries.n + 1);
	if (!c->policies)
		return;
	for (size_t i = 0; i < entries.n; i++)
		if (str_eq(entries.list[i].name, first.name))
			first = entries.list[i];
	fleet_default(ENTITY_POLICY, &defaults);
	read_policy(f, &first, &defaults, &c->policies[0]);
	c->n_policies = 1;
	for (size_t i = 0; i < entries.n; i++) {
		struct policy_fields in = defaults;

		if (str_eq(entries.list[i].name, first.name))
			continue;
		c->policies[c->n_policies] = c->policies[0];
		read_policy(f, &entries.list[i], &in, &c->policies[c->n_policies++]);
	}
}
