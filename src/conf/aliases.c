/*
 * aliases.c -- `aliases:`, and lists of names wherever they stand.
 *
 * A list may name models ("gpt-4o", "openai/gpt-4o") and aliases, which may name
 * aliases again, but not themselves by any road.
 */
#include "conf/fleet.h"

#include <stdlib.h>

#include "conf/guess.h"

#define DEPTH_MAX 16 /* of aliases that name aliases */

enum state { NEW, OPEN, DONE };

struct alias_item {
	const struct entry *entry;
	enum state state;
	struct model_list list;
};

struct alias_names {
	struct alias_item *items; /* in order of their names */
	size_t n;
	uint32_t depth; /* of the resolving that goes on */
};

static void fault_name(struct fleet *f, const struct node *where, const char *path)
{
	char text[GUESS_TEXT_MAX];
	struct guess g;

	if (f->incomplete)
		return;
	guess_start(&g, where->text);
	for (uint32_t i = 0; i < f->c->n_models; i++)
		guess_offer(&g, f->c->models[i].id);
	for (size_t i = 0; i < f->aliases->n; i++)
		guess_offer(&g, f->aliases->items[i].entry->name);
	fault_at(f->reader.faults, where, "%s: \"%.60s\" is neither a model nor an alias%s", path,
		 where->text.p, guess_text(&g, text));
}

static void add_model(struct fleet *f, const struct node *where, const char *path,
		      const struct model *m, struct model_list *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (list->models[i] == m)
			return;
	if (list->n == FLEET_LIST_MAX)
		fault_at(f->reader.faults, where, "%s: more than %d models, aliases resolved", path,
			 FLEET_LIST_MAX);
	else
		list->models[list->n++] = m;
}

static void resolve(struct fleet *f, struct alias_item *a)
{
	char path[FIELD_PATH_MAX];

	if (a->state != NEW)
		return;
	path_write(path, "aliases.%.*s", STR_ARG(a->entry->name));
	a->state = OPEN;
	f->aliases->depth++;
	a->list = fleet_list(f, a->entry->value, path);
	f->aliases->depth--;
	a->state = DONE;
	if (a->entry->value->type == NODE_LIST && a->entry->value->n == 0)
		fault_at(f->reader.faults, a->entry->key, "%s names no model", path);
}

static void add_alias(struct fleet *f, const struct node *where, const char *path,
		      struct alias_item *a, struct model_list *list)
{
	if (a->state == OPEN) {
		fault_at(f->reader.faults, where, "%s: the alias \"%.60s\" leads back to itself",
			 path, where->text.p);
		return;
	}
	if (f->aliases->depth == DEPTH_MAX) {
		fault_at(f->reader.faults, where, "%s: more than %d aliases behind each other",
			 path, DEPTH_MAX);
		return;
	}
	resolve(f, a);
	for (uint32_t i = 0; i < a->list.n; i++)
		add_model(f, where, path, a->list.models[i], list);
}

static int by_name(const void *left, const void *right)
{
	const struct alias_item *a = left, *b = right;

	return str_cmp(a->entry->name, b->entry->name);
}

static struct alias_item *find(const struct alias_names *names, struct str name)
{
	const struct entry entry = { .name = name };
	const struct alias_item key = { .entry = &entry };

	return names->n ? bsearch(&key, names->items, names->n, sizeof(key), by_name) : NULL;
}

static void add_name(struct fleet *f, const struct node *name, const char *path,
		     struct model_list *list)
{
	const struct model *m;
	struct alias_item *a;

	if (!expect_scalar(&f->reader, name, path))
		return;
	a = find(f->aliases, name->text);
	m = catalog_model(f->c, name->text);
	if (a)
		add_alias(f, name, path, a, list);
	else if (m)
		add_model(f, name, path, m, list);
	else
		fault_name(f, name, path);
}

struct model_list fleet_list(struct fleet *f, const struct node *node, const char *path)
{
	struct model_list list = { ARENA_ARRAY(f->reader.a, const struct model *, FLEET_LIST_MAX),
				   0 };

	if (!list.models || !f->aliases)
		return list;
	if (node->type == NODE_SCALAR) {
		add_name(f, node, path, &list);
	} else if (node->type == NODE_MAP) {
		fault_at(f->reader.faults, node, "%s must be a name or a list of names", path);
	} else {
		for (uint32_t i = 0; i < node->n; i++)
			add_name(f, node->items[i], path, &list);
	}
	return list;
}

static void check_alias(struct fleet *f, const struct entry *e)
{
	const struct model *m = catalog_model(f->c, e->name);

	if (m)
		fault_at(f->reader.faults, e->key,
			 "aliases.%.*s: a model of vendor \"%.*s\" has this name", STR_ARG(e->name),
			 STR_ARG(m->vendor));
	if (str_is(e->name, "auto"))
		fault_at(f->reader.faults, e->key,
			 "aliases.auto: \"auto\" already stands for the order of the client's "
			 "policy");
}

void fleet_aliases(struct fleet *f)
{
	struct catalog *c = f->c;
	struct alias_names *names = ARENA_NEW(f->scratch, struct alias_names);
	struct entries *entries = ARENA_NEW(f->scratch, struct entries);

	if (!names || !entries)
		return;
	fleet_entries(f, "aliases", false, entries);
	names->items = ARENA_ARRAY(f->scratch, struct alias_item, entries->n + 1);
	c->aliases = ARENA_ARRAY(f->reader.a, struct alias, entries->n + 1);
	if (!names->items || !c->aliases)
		return;
	f->aliases = names;
	for (names->n = 0; names->n < entries->n; names->n++) {
		names->items[names->n].entry = &entries->list[names->n];
		check_alias(f, &entries->list[names->n]);
	}
	qsort(names->items, names->n, sizeof(names->items[0]), by_name);
	for (size_t i = 0; i < names->n; i++) {
		struct alias_item *a = &names->items[i];

		resolve(f, a);
		c->aliases[i] = (struct alias){ arena_str(f->reader.a, a->entry->name),
						a->list.models, a->list.n };
	}
	c->n_aliases = (uint32_t)names->n;
}
