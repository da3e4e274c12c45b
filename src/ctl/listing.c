/* listing.c -- which orgs, teams and keys there are. */
#include "ctl/listing.h"

#include "ctl/each_org.h"

/* Read the records of these ids. One that was deleted meanwhile, or of another team, is left out.
 */
static int add_records(struct session *s, enum scope scope, const struct entity *team,
		       const struct entity *ids, size_t n, struct records *list)
{
	struct record *all = ARENA_ARRAY(&s->arena, struct record, n + 1);
	int code;

	if (!all)
		return EXIT_FINE; /* the arena is full, which the session's end tells */
	for (size_t i = 0; i < n; i++)
		all[i].who = ids[i];
	code = await_records(s, all, n);
	for (size_t i = 0; i < n && !code; i++) {
		bool wanted = all[i].found && (scope != SCOPE_key || !team || !team->id[0] ||
					       str_is(all[i].team, team->id));
		struct record *r = wanted ? ARENA_PUSH(&s->arena, list->items, list->n, list->cap)
					  : NULL;

		if (r)
			*r = all[i];
	}
	return code;
}

static int add_of_org(struct session *s, enum scope scope, struct str org,
		      const struct entity *team, struct records *list)
{
	struct entity *who;
	struct ids ids = { &org, 1 };
	int code = scope == SCOPE_org ? EXIT_FINE : await_ids(s, org, scope, &ids);

	if (code)
		return code;
	who = ARENA_ARRAY(&s->arena, struct entity, ids.n + 1);
	for (size_t i = 0; who && i < ids.n; i++)
		entity_set(&who[i], scope, org, ids.items[i]);
	return who ? add_records(s, scope, team, who, ids.n, list) : EXIT_FINE;
}

struct everywhere {
	enum scope scope;
	struct records *list;
};

static int add_whole_org(struct session *s, struct str org, void *who)
{
	const struct everywhere *e = who;

	return add_of_org(s, e->scope, org, NULL, e->list);
}

int listing_add(struct session *s, enum scope scope, const char *where, struct records *list)
{
	struct entity org, team;
	struct record parent;
	struct fault f;
	int code;

	if (!where)
		return each_org(s, STR_NONE, add_whole_org, &(struct everywhere){ scope, list });
	if (!place_read(&org, &team, where, &f)) {
		say_error("%s", f.text);
		return EXIT_USAGE;
	}
	code = await_record(s, team.id[0] ? &team : &org, &parent);
	if (code)
		return code;
	return add_of_org(s, scope, str_of(org.org), &team, list);
}
