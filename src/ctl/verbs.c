/* verbs.c -- create, list, show, set, block, unblock, delete. */
#include "ctl/verbs.h"

#include "ctl/listing.h"
#include "ctl/view.h"

int verb_entity(enum scope scope, char *text, struct entity *e_r)
{
	struct fault f;

	if (entity_read(e_r, scope, text, &f))
		return EXIT_FINE;
	say_error("%s", f.text);
	return EXIT_USAGE;
}

int verb_put_code(const struct entity *e, enum put_end end)
{
	const char *scope = scope_name(e->scope);
	char name[ENTITY_TEXT];

	entity_text(name, e);
	switch (end) {
	case PUT_OK: return EXIT_FINE;
	case PUT_EXISTS: say_error("%s %s exists already", scope, name); break;
	case PUT_MISSING: say_error("%s %s does not exist", scope, name); break;
	case PUT_NO_PARENT:
		say_error("%s %s cannot be made: org %s does not exist; make it with: smartrouter "
			  "org create %s",
			  scope, name, e->org, e->org);
		break;
	case PUT_LOST: return EXIT_STORE;
	}
	return EXIT_FAILED;
}

void verb_new_fields(struct session *s, struct fields *f)
{
	fields_add(f, "status", STR("active"));
	fields_addi(f, &s->arena, "created", store_now_us(&s->store));
}

/* what a command did, for people: JSON has the record instead */
static int show_after(struct session *s, const struct entity *e, const char *done)
{
	char name[ENTITY_TEXT];
	struct record r;
	int code;

	if (!s->common->json) {
		printf("%s %s %s\n", scope_name(e->scope), entity_text(name, e), done);
		return EXIT_FINE;
	}
	code = await_record(s, e, &r);
	return code ? code : out_json(view_json(s, &r));
}

int verb_create(struct session *s, void *values, int n, char **args)
{
	struct verb_values *v = values;
	struct entity e;
	struct fields fields;
	enum put_end end;
	int code = verb_entity(v->scope, args[0], &e);

	(void)n;
	if (!code)
		code = changes_fields(s, &v->changing.changes, &fields);
	if (code)
		return code;
	verb_new_fields(s, &fields);
	code = await_put(s, PUT_CREATE, &e, STR_NONE, fields.items, fields.n, &end);
	if (!code)
		code = verb_put_code(&e, end);
	return code ? code : show_after(s, &e, "created");
}

int verb_list(struct session *s, void *values, int n, char **args)
{
	struct verb_values *v = values;
	struct records all = { 0 };
	int code = listing_add(s, v->scope, n > 0 ? args[0] : NULL, &all);
	json_t *list;

	if (code)
		return code;
	if (!s->common->json) {
		view_table(s, v->scope, all.items, all.n);
		return EXIT_FINE;
	}
	list = json_array();
	for (size_t i = 0; i < all.n; i++)
		json_array_append_new(list, view_json(s, &all.items[i]));
	return out_json(list);
}

int verb_show(struct session *s, void *values, int n, char **args)
{
	struct verb_values *v = values;
	struct budgets budgets;
	struct entity e;
	struct record r;
	json_t *o;
	int code = verb_entity(v->scope, args[0], &e);

	(void)n;
	if (!code)
		code = await_record(s, &e, &r);
	if (!code)
		code = budgets_read(s, &r, 1, &budgets);
	if (code)
		return code;
	if (s->common->json) {
		o = view_json(s, &r);
		out_value(o, "budgets", budgets_json(&budgets, false));
		return out_json(o);
	}
	view_record(s, &r);
	if (budgets.n > 0)
		putchar('\n');
	budgets_table(s, &budgets, false);
	return EXIT_FINE;
}

/* --- changes --- */

static int change(struct session *s, const struct entity *e, const struct fields *fields,
		  const char *done)
{
	enum put_end end;
	int code = await_put(s, PUT_CHANGE, e, STR_NONE, fields->items, fields->n, &end);

	if (!code)
		code = verb_put_code(e, end);
	return code ? code : show_after(s, e, done);
}

int verb_set(struct session *s, void *values, int n, char **args)
{
	struct verb_values *v = values;
	struct fields fields;
	struct entity e;
	int code = verb_entity(v->scope, args[0], &e);

	(void)n;
	if (!code)
		code = changes_fields(s, &v->changing.changes, &fields);
	if (code)
		return code;
	if (fields.n > 0)
		return change(s, &e, &fields, "changed");
	say_error("nothing to set; smartrouter %s set --help lists what can be",
		  scope_name(v->scope));
	return EXIT_USAGE;
}

static int set_status(struct session *s, const struct verb_values *v, char *arg, struct str status,
		      const char *done)
{
	struct fields fields = { .n = 0 };
	struct entity e;
	int code = verb_entity(v->scope, arg, &e);

	fields_add(&fields, "status", status);
	return code ? code : change(s, &e, &fields, done);
}

int verb_block(struct session *s, void *values, int n, char **args)
{
	(void)n;
	return set_status(s, values, args[0], STR("blocked"), "blocked");
}

int verb_unblock(struct session *s, void *values, int n, char **args)
{
	(void)n;
	return set_status(s, values, args[0], STR("active"), "active again");
}

/* why record_drop() refused */
static const char *const still_there[SCOPE_COUNT] = {
	[SCOPE_org] = "it still has teams, or requests that are not settled (smartrouter budget "
		      "suspense)",
	[SCOPE_team] = "it still has keys",
	[SCOPE_key] = "it is in use",
};

int verb_delete(struct session *s, void *values, int n, char **args)
{
	struct verb_values *v = values;
	char name[ENTITY_TEXT];
	enum put_end end;
	struct entity e;
	json_t *o;
	int code = verb_entity(v->scope, args[0], &e);

	(void)n;
	if (!code)
		code = await_drop(s, &e, &end);
	if (code)
		return code;
	if (end == PUT_EXISTS) {
		say_error("%s %s is not deleted: %s", scope_name(e.scope), entity_text(name, &e),
			  still_there[e.scope]);
		return EXIT_FAILED;
	}
	code = verb_put_code(&e, end);
	if (!code && s->common->json) {
		o = json_object();
		out_text(o, "id", entity_text(name, &e));
		out_bool(o, "deleted", true);
		return out_json(o);
	}
	if (!code)
		printf("%s %s deleted\n", scope_name(e.scope), entity_text(name, &e));
	return code;
}
