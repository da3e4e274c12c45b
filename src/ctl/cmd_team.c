/* cmd_team.c -- smartrouter team. */
#include "ctl/verbs.h"

/* clang-format off */
static const struct verb verbs[] = {
	{ "create", "ORG/TEAM", 1, 1, NEEDS_STORE, verb_create, "make a team of an org",
	  { &limit_options } },
	{ "list", "[ORG]", 0, 1, NEEDS_STORE, verb_list, "all teams, or an org's, with their limits",
	  { NULL } },
	{ "show", "ORG/TEAM", 1, 1, NEEDS_STORE, verb_show,
	  "one team, and what is spent of its budgets", { NULL } },
	{ "set", "ORG/TEAM", 1, 1, NEEDS_STORE, verb_set, "change its name or limits",
	  { &limit_options } },
	{ "block", "ORG/TEAM", 1, 1, NEEDS_STORE, verb_block, "refuse all its requests from now on",
	  { NULL } },
	{ "unblock", "ORG/TEAM", 1, 1, NEEDS_STORE, verb_unblock, "serve it again", { NULL } },
	{ "delete", "ORG/TEAM", 1, 1, NEEDS_STORE, verb_delete, "delete it, once it has no keys",
	  { NULL } },
};
/* clang-format on */

int cmd_team(int argc, char **argv)
{
	static const struct command command = {
		.name = "team",
		.text = "A team is a part of an org, with keys, limits and budgets of its own.",
		.verbs = verbs,
		.n = COUNT_OF(verbs),
	};
	struct verb_values values = { .scope = SCOPE_team };

	return command_run(&command, &values, argc, argv);
}
