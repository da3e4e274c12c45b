/* cmd_status.c -- smartrouter status. */
#include "ctl/command.h"
#include "ctl/status.h"

struct status_values {
	struct common common;
	bool counters;
};

static void print_problems(const json_t *problems)
{
	const json_t *problem;
	size_t i;

	if (json_array_size(problems) == 0) {
		printf("\nall is well\n");
		return;
	}
	putchar('\n');
	json_array_foreach(problems, i, problem)
		printf("PROBLEM  %s\n", json_string_value(problem));
}

static int run(struct session *s, void *values, int n, char **args)
{
	const struct status_values *v = values;
	json_t *status, *problems;
	int code = status_collect(s, &status);
	bool well;

	(void)n;
	(void)args;
	if (code)
		return code;
	problems = status_problems(status);
	well = json_array_size(problems) == 0;
	out_bool(status, "well", well);
	out_value(status, "problems", problems);
	if (s->common->json) {
		code = out_json(status);
	} else {
		status_print(s, status, v->counters);
		print_problems(problems);
		json_decref(status);
	}
	return code ? code : well ? EXIT_FINE : EXIT_FAILED;
}

static const struct option_row rows[] = {
	{ "counters", NULL, NULL, offsetof(struct status_values, counters),
	  "print the counters of the gateways, too, summed up" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

int cmd_status(int argc, char **argv);

int cmd_status(int argc, char **argv)
{
	/* clang-format off */
	static const struct verb verb = {
		"", "", 0, 0, NEEDS_STORE, run,
		"the fleet: Redis, who leads, gateways and coordinators, the money of each org; exit "
		"status 1 when something is wrong, and what that is",
		{ &options },
	};
	/* clang-format on */
	static const struct command command = { .name = "status", .verbs = &verb, .n = 1 };
	struct status_values values = { .counters = false };

	return command_run(&command, &values, argc, argv);
}
