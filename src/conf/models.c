/* models.c -- `models:` to models, a snapshot being one of its own. */
#include "conf/models.h"

#include <stdlib.h>

#include "conf/value.h"
#include "model/chat.h"

#define SNAPSHOTS_MAX 64

struct list {
	struct model_item *items;
	size_t n, cap;
};

static void check_sense(struct fleet *f, const struct node *where, const char *path,
			const struct model_fields *in)
{
	struct conf_faults *faults = f->reader.faults;

	if (in->max_output > in->context && in->context > 0)
		fault_at(faults, where, "%s: max_output is larger than context", path);
	if ((in->can & NEEDS_IMAGES) && in->image_tokens == 0)
		fault_at(faults, where,
			 "%s: image_tokens must say how much one image can count, for the budget's "
			 "sake",
			 path);
}

static void add_snapshot(struct fleet *f, const struct node *id, const char *path,
			 const struct model_item *base, struct list *list)
{
	struct model_item *new;
	char name[FIELD_PATH_MAX];

	path_write(name, "%s.snapshots", path);
	if (!expect_scalar(&f->reader, id, name))
		return;
	if (!value_is_id(id->text) || id->text.n > FLEET_NAME_MAX) {
		fault_at(f->reader.faults, id, "%s: \"%.60s\" is not %s, of at most %d bytes", name,
			 id->text.p, kind_text(KIND_ID), FLEET_NAME_MAX);
		return;
	}
	new = ARENA_PUSH(f->scratch, list->items, list->n, list->cap);
	if (!new)
		return;
	*new = *base;
	new->at = id;
	new->m.id = new->m.upstream = arena_str(f->reader.a, id->text);
	new->base = base->m.id;
}

static void add_snapshots(struct fleet *f, const struct node *ids, const char *path,
			  const struct model_item *base, struct list *list)
{
	if (ids->type != NODE_LIST || ids->n > SNAPSHOTS_MAX) {
		fault_at(f->reader.faults, ids, "%s.snapshots must be a list of at most %d ids",
			 path, SNAPSHOTS_MAX);
		return;
	}
	for (uint32_t i = 0; i < ids->n; i++)
		add_snapshot(f, ids->items[i], path, base, list);
}

static void read_model(struct fleet *f, const struct entry *entry, int64_t rank, struct list *list)
{
	struct model_item item = { .at = entry->key, .rank = rank }, *slot;
	struct model_fields in;
	char path[FIELD_PATH_MAX];

	path_write(path, "models.%.*s.%.*s", STR_ARG(entry->group), STR_ARG(entry->name));
	fleet_default(ENTITY_MODEL, &in);
	fleet_read(f, ENTITY_MODEL, entry->value, path, &in);
	check_sense(f, entry->key, path, &in);
	item.price = str_of(in.price);
	item.quality = str_of(in.quality);
	item.m = (struct model){
		.id = arena_str(f->reader.a, entry->name),
		.vendor = arena_str(f->reader.a, entry->group),
		.upstream = str_of(in.upstream),
		.context = in.context,
		.max_output = in.max_output,
		.image_tokens = in.image_tokens,
		.can = in.can,
		.quirks = in.quirks,
		.thinking = (enum thinking_mode)in.thinking,
		.tokenizer = in.tokenizer >= 0 ? (enum tokenizer_id)in.tokenizer
					       : tokenizer_of_vendor(entry->group),
	};
	if (!in.upstream)
		item.m.upstream = item.m.id;
	if (in.created && !value_date(str_of(in.created), &item.m.created))
		item.m.created = 0;
	slot = ARENA_PUSH(f->scratch, list->items, list->n, list->cap);
	if (slot)
		*slot = item;
	if (in.snapshots)
		add_snapshots(f, in.snapshots, path, &item, list);
}

/* by id; of one id the model comes first whose vendor's endpoint does */
static int by_id(const void *left, const void *right)
{
	const struct model_item *a = left, *b = right;
	int order = str_cmp(a->m.id, b->m.id);

	if (order == 0 && a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return order ? order : str_cmp(a->m.vendor, b->m.vendor);
}

static void check_doubles(struct fleet *f, const struct list *list)
{
	for (size_t i = 1; i < list->n; i++) {
		const struct model_item *a = &list->items[i - 1], *b = &list->items[i];

		if (by_id(a, b) == 0)
			fault_at(f->reader.faults, str_absent(a->base) ? b->at : a->at,
				 "models.%.*s: \"%.*s\" is there twice, as a model or a snapshot",
				 STR_ARG(a->m.vendor), STR_ARG(a->m.id));
	}
}

void fleet_models(struct fleet *f)
{
	struct catalog *c = f->c;
	struct entries entries;
	struct list list = { 0 };

	fleet_entries(f, "models", true, &entries);
	for (size_t i = 0; i < entries.n; i++) {
		const struct entry *e = &entries.list[i];
		int64_t rank = fleet_vendor_rank(f, e->group);
		bool first = i == 0 || !str_eq(e->group, e[-1].group);

		if (rank < 0 && first)
			fleet_fault_vendor(f, e->group_key, e->group);
		read_model(f, e, rank, &list);
	}
	c->models = ARENA_ARRAY(f->reader.a, struct model, list.n + 1);
	if (!c->models)
		return;
	if (list.n)
		qsort(list.items, list.n, sizeof(list.items[0]), by_id);
	check_doubles(f, &list);
	for (size_t i = 0; i < list.n; i++)
		c->models[i] = list.items[i].m;
	c->n_models = (uint32_t)list.n;
	f->models = list.items;
}
