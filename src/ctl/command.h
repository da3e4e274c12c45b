/*
 * command.h -- a command and its verbs as a table: parsing, help and exit codes
 * are the same for all of them.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "base/commands.h"
#include "ctl/session.h"

struct verb {
	const char *name;      /* "": the command has no verbs, this is what it does */
	const char *arguments; /* for help: "[ORG/TEAM]" */
	int least, most;       /* how many there may be */
	enum needs needs;
	/* args: the n arguments. Returns an exit code. */
	int (*run)(struct session *s, void *values, int n, char **args);
	const char *text;                                    /* what it does; no full stop */
	const struct option_list *options[OPTION_LISTS - 1]; /* besides the common ones */
};

#define VERBS_ANY_NUMBER 1000000

struct command {
	const char *name;
	const char *text;
	const struct verb *verbs;
	size_t n;
	const char *more; /* behind the help: paragraphs, or NULL */
};

/* values: the command's struct of option values, zeroed; its first member is a struct common */
int command_run(const struct command *c, void *values, int argc, char **argv);
/* a command that has no verbs: this one, of no name, is all it does */
int command_run_only(const char *name, const struct verb *verb, void *values, int argc,
		     char **argv);

#endif
