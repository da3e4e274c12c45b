/* cmd_org.c -- smartrouter org. */
#include "ctl/verbs.h"

/* clang-format off */
static const struct verb verbs[] = {
	{ "create", "ORG", 1, 1, NEEDS_STORE, verb_create, "make an org", { &limit_options } },
	{ "list", "", 0, 0, NEEDS_STORE, verb_list, "all orgs with their limits", { NULL } },
	{ "show", "ORG", 1, 1, NEEDS_STORE, verb_show, "one org, and what is spent of its budgets",
	  { NULL } },
	{ "set", "ORG", 1, 1, NEEDS_STORE, verb_set, "change its name or limits",
	  { &limit_options } },
	{ "block", "ORG", 1, 1, NEEDS_STORE, verb_block, "refuse all its requests from now on",
	  { NULL } },
	{ "unblock", "ORG", 1, 1, NEEDS_STORE, verb_unblock, "serve it again", { NULL } },
	{ "delete", "ORG", 1, 1, NEEDS_STORE, verb_delete, "delete it, once it has no teams",
	  { NULL } },
};
/* clang-format on */

int cmd_org(int argc, char **argv)
{
	static const struct command command = {
		.name = "org",
		.text = "An org pays: what its teams spend together is held against its budgets.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct verb_values values = { .scope = SCOPE_org };

	return command_run(&command, &values, argc, argv);
}
