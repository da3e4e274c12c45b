/* prices.c -- `prices:` to prices, and which model has which. */
#include "conf/models.h"
#include "conf/rates.h"

#include <stdlib.h>

#include "conf/value.h"

#define TIERS_MAX    16
#define PERMILLE_MAX 100000

static void read_tiers(struct fleet *f, const struct node *map, const char *path, struct price *p)
{
	char name[FIELD_PATH_MAX];

	path_write(name, "%s.service_tiers", path);
	if (!expect_map(&f->reader, map, name))
		return;
	if (map->n > TIERS_MAX) {
		fault_at(f->reader.faults, map, "%s: more than %d of them", name, TIERS_MAX);
		return;
	}
	p->tiers = ARENA_ARRAY(f->reader.a, struct service_tier, map->n);
	for (uint32_t i = 0; p->tiers && i < map->n; i++) {
		const struct node *key = map->keys[i], *factor = map->items[i];
		struct service_tier *t = &p->tiers[i];

		if (!value_is_name(key->text))
			fault_at(f->reader.faults, key, "%s: \"%.60s\" is not %s", name,
				 key->text.p, kind_text(KIND_NAME));
		if (!expect_scalar(&f->reader, factor, name))
			continue;
		t->name = arena_str(f->reader.a, key->text);
		if (!value_permille(factor->text, &t->permille) || t->permille < 1 ||
		    t->permille > PERMILLE_MAX)
			fault_at(f->reader.faults, factor,
				 "%s: \"%.60s\" is no factor from 0.001 to 100, such as 0.5", name,
				 factor->text.p);
	}
	p->n_tiers = p->tiers ? map->n : 0;
}

static void read_price(struct fleet *f, const struct entry *entry, struct rates *rates,
		       struct price *p)
{
	struct price_fields in;
	char path[FIELD_PATH_MAX];

	path_write(path, "prices.%.*s.%.*s", STR_ARG(entry->group), STR_ARG(entry->name));
	fleet_default(ENTITY_PRICE, &in);
	fleet_read(f, ENTITY_PRICE, entry->value, path, &in);
	p->vendor = arena_str(f->reader.a, entry->group);
	p->model = arena_str(f->reader.a, entry->name);
	p->source = str_of(in.source);
	p->date = str_of(in.date);
	*rates = (struct rates){ .f = f, .path = path };
	rates_add_week(rates, entry, &in);
	if (in.windows)
		rates_add_windows(rates, in.windows);
	rates_take(rates, p);
	if (in.service_tiers)
		read_tiers(f, in.service_tiers, path, p);
}

/* --- who has which --- */

static int by_model(const void *left, const void *right)
{
	const struct price *a = left, *b = right;
	int order = str_cmp(a->vendor, b->vendor);

	return order ? order : str_cmp(a->model, b->model);
}

static const struct price *find_price(const struct catalog *c, struct str vendor, struct str model)
{
	const struct price key = { .vendor = vendor, .model = model };

	return c->n_prices ? bsearch(&key, c->prices, c->n_prices, sizeof(key), by_model) : NULL;
}

static const struct price *price_for(struct fleet *f, const struct model_item *item)
{
	const struct price *p = NULL;

	if (!str_absent(item->price)) {
		p = find_price(f->c, item->m.vendor, item->price);
		if (!p && !f->incomplete)
			fault_at(f->reader.faults, item->at,
				 "models.%.*s.%.*s.price: vendor \"%.*s\" has no price of a model "
				 "\"%.*s\"",
				 STR_ARG(item->m.vendor), STR_ARG(item->m.id),
				 STR_ARG(item->m.vendor), STR_ARG(item->price));
		return p;
	}
	p = find_price(f->c, item->m.vendor, item->m.id);
	return p || str_absent(item->base) ? p : find_price(f->c, item->m.vendor, item->base);
}

static void give_prices(struct fleet *f, bool *used)
{
	struct catalog *c = f->c;

	for (uint32_t i = 0; i < c->n_models; i++) {
		struct model *m = &c->models[i];

		m->price = price_for(f, &f->models[i]);
		if (m->price)
			used[m->price - c->prices] = true;
		else if (str_absent(f->models[i].price))
			note_at(f->reader.faults, f->models[i].at,
				"models.%.*s.%.*s has no price: keys with a budget cannot use it",
				STR_ARG(m->vendor), STR_ARG(m->id));
	}
}

void fleet_prices(struct fleet *f)
{
	struct catalog *c = f->c;
	struct entries entries;
	struct rates *rates = ARENA_NEW(f->scratch, struct rates);
	bool *used;

	fleet_entries(f, "prices", true, &entries);
	used = ARENA_ARRAY(f->scratch, bool, entries.n + 1);
	c->prices = ARENA_ARRAY(f->reader.a, struct price, entries.n + 1);
	if (!c->prices || !rates || !used)
		return;
	for (size_t i = 0; i < entries.n; i++)
		read_price(f, &entries.list[i], rates, &c->prices[i]);
	c->n_prices = (uint32_t)entries.n;
	qsort(c->prices, c->n_prices, sizeof(c->prices[0]), by_model);
	give_prices(f, used);
	for (size_t i = 0; i < entries.n; i++) {
		const struct entry *e = &entries.list[i];
		const struct price *p = find_price(c, e->group, e->name);

		if (p && !used[p - c->prices])
			note_at(f->reader.faults, e->key, "prices.%.*s.%.*s belongs to no model",
				STR_ARG(e->group), STR_ARG(e->name));
	}
}
