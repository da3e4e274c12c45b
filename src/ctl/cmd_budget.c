/* cmd_budget.c -- smartrouter budget: limits of money, and what is spent of them. */
#include "ctl/budget_resolve.h"
#include "ctl/budget_suspense.h"
#include "ctl/budgets.h"
#include "ctl/listing.h"
#include "ctl/out.h"
#include "ctl/verbs.h"

static int read_entity(char *text, struct entity *e_r)
{
	struct fault f;

	if (entity_read_any(e_r, text, &f))
		return EXIT_FINE;
	say_error("%s", f.text);
	return EXIT_USAGE;
}

static int print(struct session *s, const struct budgets *b, bool named)
{
	if (s->common->json)
		return out_json(budgets_json(b, named));
	budgets_table(s, b, named);
	return EXIT_FINE;
}

/* --- show, list --- */

static int show_entity(struct session *s, const struct entity *e)
{
	char name[ENTITY_TEXT + 8];
	struct budgets budgets;
	struct record r;
	int code = await_record(s, e, &r);

	if (!code)
		code = budgets_read(s, &r, 1, &budgets);
	if (code)
		return code;
	if (budgets.n == 0)
		say_note("%s has no budget of its own", entity_full_text(name, e));
	return print(s, &budgets, false);
}

static int show(struct session *s, void *values, int n, char **args)
{
	struct entity e;
	int code = read_entity(args[0], &e);

	(void)values;
	(void)n;
	return code ? code : show_entity(s, &e);
}

static int list(struct session *s, void *values, int n, char **args)
{
	const char *org = n > 0 ? args[0] : NULL;
	struct records all = { 0 };
	struct budgets budgets;
	struct entity e;
	int code = org ? verb_entity(SCOPE_org, args[0], &e) : EXIT_FINE;

	(void)values;
	for (int scope = 0; scope < SCOPE_COUNT && !code; scope++)
		code = listing_add(s, (enum scope)scope, org, &all);
	if (!code)
		code = budgets_read(s, all.items, all.n, &budgets);
	return code ? code : print(s, &budgets, true);
}

/* --- set, delete --- */

static int change(struct session *s, const struct entity *e, const struct changes *c)
{
	struct fields fields;
	enum put_end end;
	int code = changes_fields(s, c, &fields);

	if (!code)
		code = await_put(s, PUT_CHANGE, e, STR_NONE, fields.items, fields.n, &end);
	if (!code)
		code = verb_put_code(e, end);
	return code ? code : show_entity(s, e);
}

static int set(struct session *s, void *values, int n, char **args)
{
	struct changes c = { 0 };
	struct entity e;
	struct fault f;
	int code = read_entity(args[0], &e);

	(void)values;
	if (code)
		return code;
	for (int i = 1; i < n; i++) {
		if (!budget_read_limit(args[i], c.budget, &f)) {
			say_error("%.64s: %s", args[i], f.text);
			return EXIT_USAGE;
		}
	}
	return change(s, &e, &c);
}

static int drop(struct session *s, void *values, int n, char **args)
{
	struct changes c = { 0 };
	struct entity e;
	enum period p;
	int code = read_entity(args[0], &e);

	(void)values;
	if (code)
		return code;
	for (int i = 1; i < n; i++) {
		if (!period_of(str_of(args[i]), &p)) {
			say_error("%.64s is no period: hour, day, week, month or total", args[i]);
			return EXIT_USAGE;
		}
		c.budget[p] = (struct amount){ .given = true, .value = -1 };
	}
	for (int i = 0; n == 1 && i < PERIOD_COUNT; i++)
		c.budget[i] = (struct amount){ .given = true, .value = -1 };
	return change(s, &e, &c);
}

/* --- the command --- */

/* clang-format off */
static const struct verb verbs[] = {
	{ "set", "ENTITY PERIOD=USD...", 2, PERIOD_COUNT + 1, NEEDS_STORE, set,
	  "set what may be spent each hour, day, week, month (UTC) or in total", { NULL } },
	{ "list", "[ORG]", 0, 1, NEEDS_STORE, list,
	  "all budgets, or those of an org with its teams and keys", { NULL } },
	{ "show", "ENTITY", 1, 1, NEEDS_STORE, show,
	  "limit, spent, reserved, suspense and what is left, for each period", { NULL } },
	{ "delete", "ENTITY [PERIOD...]", 1, PERIOD_COUNT + 1, NEEDS_STORE, drop,
	  "remove these limits, or all of them; what was spent stays counted", { NULL } },
	{ "suspense", "[ORG]", 0, 1, NEEDS_STORE, budget_suspense,
	  "requests that may have been billed, nobody knows how much; their money counts as spent",
	  { NULL } },
	{ "resolve", "REQUEST ATTEMPT", 2, 2, NEEDS_STORE, budget_resolve,
	  "end the suspense of an attempt by an operator's word; it is noted in the ledger",
	  { &resolve_options } },
};
/* clang-format on */

int cmd_budget(int argc, char **argv)
{
	static const struct command command = {
		.name = "budget",
		.text = "Budgets of orgs, teams and keys. ENTITY is org:ORG, team:ORG/TEAM or\n"
			"key:ORG_ID; amounts are US dollars with up to nine decimals.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct resolve_values values = { .charge_nanos = RESOLVE_NO_CHARGE };

	return command_run(&command, &values, argc, argv);
}
