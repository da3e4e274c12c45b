/* fleet.c -- the things of the fleet's sections, and the order in which they are built. */
#include "conf/fleet.h"

#include <sodium.h>
#include <stdlib.h>

#include "conf/guess.h"
#include "conf/value.h"

#define CANONICAL_MAX (4 * CONF_TEXT_MAX)

static bool is_entry_name(struct fleet *f, const struct node *key, const char *path, bool id)
{
	bool good = id ? value_is_id(key->text) : value_is_name(key->text);

	if (!good)
		fault_at(f->reader.faults, key, "%s: \"%.60s\" is not %s", path, key->text.p,
			 kind_text(id ? KIND_ID : KIND_NAME));
	else if (key->text.n > FLEET_NAME_MAX)
		fault_at(f->reader.faults, key, "%s: \"%.60s...\" is longer than %d bytes", path,
			 key->text.p, FLEET_NAME_MAX);
	return good && key->text.n <= FLEET_NAME_MAX;
}

static void add_entry(struct fleet *f, struct entries *list, const struct entry *new)
{
	struct entry *slot = ARENA_PUSH(f->scratch, list->list, list->n, list->cap);

	if (slot)
		*slot = *new;
}

/* the things of one map; of: what they have in common */
static void collect(struct fleet *f, const struct node *map, const char *path,
		    const struct entry *of, struct entries *list)
{
	for (uint32_t i = 0; i < map->n; i++) {
		struct entry e = *of;

		if (list->n == FLEET_ENTRIES_MAX) {
			fault_at(f->reader.faults, map->keys[i], "%s: more than %d of them", path,
				 FLEET_ENTRIES_MAX);
			return;
		}
		e.key = map->keys[i];
		e.value = map->items[i];
		e.name = e.key->text;
		if (is_entry_name(f, e.key, path, of->group_key != NULL))
			add_entry(f, list, &e);
	}
}

static void collect_groups(struct fleet *f, const struct node *map, const char *section,
			   const struct entry *of, struct entries *list)
{
	for (uint32_t i = 0; i < map->n; i++) {
		struct entry group = { .group = map->keys[i]->text,
				       .group_key = map->keys[i],
				       .included = of->included };
		char path[FIELD_PATH_MAX];

		path_write(path, "%s.%.*s", section, STR_ARG(group.group));
		if (!is_entry_name(f, map->keys[i], section, false) || node_is_null(map->items[i]))
			continue;
		if (expect_map(&f->reader, map->items[i], path))
			collect(f, map->items[i], path, &group, list);
	}
}

static int by_name(const void *left, const void *right)
{
	const struct entry *a = *(const struct entry *const *)left;
	const struct entry *b = *(const struct entry *const *)right;
	int order = str_cmp(a->group, b->group);

	if (order == 0)
		order = str_cmp(a->name, b->name);
	/* pointers into one array: the earlier one first */
	return order ? order : (a > b) - (a < b);
}

/* Of several with one name the main file's stays; without one there must be no second. */
static void drop_doubles(struct fleet *f, struct entries *list)
{
	struct entry **sorted = ARENA_ARRAY(f->scratch, struct entry *, list->n + 1);
	size_t kept = 0;

	if (!sorted)
		return;
	for (size_t i = 0; i < list->n; i++)
		sorted[i] = &list->list[i];
	qsort(sorted, list->n, sizeof(sorted[0]), by_name);
	for (size_t i = 1, first = 0; i < list->n; i++) {
		const struct entry *a = sorted[first], *b = sorted[i];

		if (!str_eq(a->group, b->group) || !str_eq(a->name, b->name)) {
			first = i;
			continue;
		}
		if (a->included)
			fault_at(f->reader.faults, b->key, "\"%.*s\" stands in %.60s, line %u, too",
				 STR_ARG(b->name), a->key->file, a->key->line);
		sorted[i]->key = NULL;
	}
	for (size_t i = 0; i < list->n; i++)
		if (list->list[i].key)
			list->list[kept++] = list->list[i];
	list->n = kept;
}

void fleet_entries(struct fleet *f, const char *section, bool grouped, struct entries *entries_r)
{
	*entries_r = (struct entries){ 0 };
	for (size_t i = 0; i < f->n_roots; i++) {
		const struct node *map = node_get(f->roots[i], section);
		struct entry of = { .included = i > 0 };

		if (!map || node_is_null(map) || !expect_map(&f->reader, map, section))
			continue;
		if (grouped)
			collect_groups(f, map, section, &of, entries_r);
		else
			collect(f, map, section, &of, entries_r);
	}
	drop_doubles(f, entries_r);
}

static const char *const vendors[] = {
#define VENDOR(dialect, vendor, base_url, key_env, text) vendor,
#include "tbl/vendors.h"
#undef VENDOR
};

int64_t fleet_vendor_rank(const struct fleet *f, struct str vendor)
{
	const struct catalog *c = f->c;

	for (uint32_t i = 0; i < c->n_endpoints; i++)
		if (str_eq(c->endpoints[i].vendor, vendor))
			return i;
	for (size_t i = 0; i < COUNT_OF(vendors); i++)
		if (str_is(vendor, vendors[i]))
			return c->n_endpoints;
	return -1;
}

void fleet_fault_vendor(struct fleet *f, const struct node *where, struct str vendor)
{
	char text[GUESS_TEXT_MAX];
	struct guess g;

	if (f->incomplete)
		return;
	guess_start(&g, vendor);
	for (size_t i = 0; i < COUNT_OF(vendors); i++)
		guess_offer(&g, str_of(vendors[i]));
	for (uint32_t i = 0; i < f->c->n_endpoints; i++)
		guess_offer(&g, f->c->endpoints[i].vendor);
	fault_at(f->reader.faults, where,
		 "\"%.*s\" is neither a vendor nor the vendor of an endpoint%s", STR_ARG(vendor),
		 guess_text(&g, text));
}

bool fleet_build(struct fleet *f)
{
	fleet_endpoints(f);
	fleet_models(f);
	fleet_prices(f);
	fleet_quality(f);
	fleet_targets(f);
	fleet_aliases(f);
	fleet_strategies(f);
	fleet_policies(f);
	if (f->c->arena.full || f->scratch->full)
		fault_at(f->reader.faults, NULL,
			 "the configuration needs more memory than it may have");
	return f->reader.faults->errors == 0;
}

bool fleet_hash(struct catalog *c)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct buf text;
	bool ok;

	buf_init(&text, CANONICAL_MAX);
	conf_write(c, &text);
	crypto_hash_sha256(digest, (const unsigned char *)text.p, text.n);
	sodium_bin2hex(c->hash, sizeof(c->hash), digest, sizeof(digest));
	ok = buf_ok(&text);
	buf_release(&text);
	return ok;
}
