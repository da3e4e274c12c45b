/*
 * smartrouter.c -- the one binary: its first argument names what it is to be.
 *
 * What there is stands in tbl/commands.h. Each command reads its own options and
 * answers --help; here is only what they share.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/commands.h"
#include "base/exits.h"
#include "base/str.h"
#include "conf/guess.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
};

static const struct command commands[] = {
#define COMMAND(name, fn, text) { name, fn, text },
#include "tbl/commands.h"
#undef COMMAND
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
	printf("usage: smartrouter COMMAND ...\n\n"
	       "An LLM gateway: one OpenAI-compatible address in front of many vendors.\n\n"
	       "Commands\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-13s %s\n", commands[i].name, commands[i].text);
	printf("  %-13s %s\n", "help", "this text; help COMMAND [VERB] tells the options of one");
	printf("  %-13s %s\n", "--version", "the version of this program");
	printf("\nExit status\n");
#define EXIT(name, number, text) printf("  %-13d %s\n", number, text);
#include "tbl/exits.h"
#undef EXIT
	printf("\nsmartrouter COMMAND --help tells more; so does the manual, smartrouter(1).\n");
	return EXIT_FINE;
}

static int print_version(void)
{
	printf("smartrouter %s\n", PACKAGE_VERSION);
	return EXIT_FINE;
}

static int unknown(const char *word)
{
	char hint[GUESS_TEXT_MAX];
	struct guess guess;

	guess_start(&guess, str_of(word));
	for (size_t i = 0; i < N_COMMANDS; i++)
		guess_offer(&guess, str_of(commands[i].name));
	fprintf(stderr, "smartrouter: %s is not a command%s\nTry: smartrouter --help\n", word,
		guess_text(&guess, hint));
	return EXIT_USAGE;
}

static int dispatch(int argc, char **argv);

/* "help key create" is "key create --help" */
static int help(int argc, char **argv)
{
	static char flag[] = "--help";
	char *words[4] = { NULL };
	int n = 0;

	if (argc < 2)
		return print_help();
	for (int i = 1; i < argc && i < 3; i++)
		words[n++] = argv[i];
	words[n++] = flag;
	return dispatch(n, words);
}

static int dispatch(int argc, char **argv)
{
	const char *word = argv[0];

	if (argc == 0) {
		fprintf(stderr, "smartrouter: a command is missing\nTry: smartrouter --help\n");
		return EXIT_USAGE;
	}
	if (strcmp(word, "help") == 0)
		return help(argc, argv);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return print_help();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return print_version();
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(word, commands[i].name) == 0)
			return commands[i].run(argc, argv);
	return unknown(word);
}

int main(int argc, char **argv)
{
	int status;

	/* a peer or a reader that is gone is an error to be handled, not a reason to die */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ,
	       SIG_IGN); /* a file that may not grow is write()'s error, as a full disk is */
	status = dispatch(argc - 1, argv + 1);
	if ((fflush(stdout) == 0 && !ferror(stdout)) || status != EXIT_FINE)
		return status;
	if (errno != EPIPE) /* a reader that has seen enough is nothing to tell */
		fprintf(stderr, "smartrouter: standard output: %s\n", strerror(errno));
	return EXIT_FAILED;
}
