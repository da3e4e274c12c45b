/* cmd_status.c -- smartrouter status. */
#include <time.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/status.h"

struct status_values {
	struct common common;
	bool counters, watch;
	int64_t interval_ms;
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

static int show(struct session *s, const struct status_values *v)
{
	json_t *status, *problems;
	int code = status_collect(s, &status);
	bool well;

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

static void begin_picture(const struct status_values *v)
{
	time_t now = time(NULL);
	struct tm local;
	char text[32];

	if (v->common.json)
		return;
	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &local));
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	printf("%s\n", text);
}

/* Until somebody ends it. Each picture has a session of its own: so it survives Redis, and tells
 * what the configuration says now. */
static int watch(struct session *s, const struct status_values *v)
{
	const struct common *common = s->common;
	const struct timespec pause = { v->interval_ms / 1000, v->interval_ms % 1000 * 1000000 };
	int code = EXIT_FINE;

	for (;;) {
		begin_picture(v);
		if (code == EXIT_FINE)
			(void)show(s, v);
		if (fflush(stdout) != 0)
			return EXIT_FAILED;
		nanosleep(&pause, NULL);
		session_close(s);
		code = session_open(s, common, NEEDS_STORE);
	}
}

static int run(struct session *s, void *values, int n, char **args)
{
	const struct status_values *v = values;

	(void)n;
	(void)args;
	return v->watch ? watch(s, v) : show(s, v);
}

static const struct option_row rows[] = {
	{ "counters", NULL, NULL, offsetof(struct status_values, counters),
	  "print the counters of the gateways, too, summed up" },
	{ "watch", NULL, NULL, offsetof(struct status_values, watch),
	  "again and again, until Ctrl-C" },
	{ "interval", "TIME", option_wait, offsetof(struct status_values, interval_ms),
	  "with --watch: how often (default: 2s)" },
};
static const struct option_list options = { "Options", rows, COUNT_OF(rows) };

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
	struct status_values values = { .interval_ms = 2000 };

	return command_run_only("status", &verb, &values, argc, argv);
}
