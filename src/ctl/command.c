/* command.c -- run a command by its table. */
#include "ctl/command.h"

#include "conf/guess.h"

#define HELP_MAX 65536

static void all_options(const struct verb *v, const struct option_list *lists_r[OPTION_LISTS])
{
	size_t n = 0;

	while (n < OPTION_LISTS - 1 && v->options[n]) {
		lists_r[n] = v->options[n];
		n++;
	}
	lists_r[n++] = &common_options;
	while (n < OPTION_LISTS)
		lists_r[n++] = NULL;
}

/* --- help --- */

static const char *gap(const char *word)
{
	return *word ? " " : "";
}

static void print_usage(const struct command *c, const struct verb *v, struct buf *out)
{
	buf_printf(out, "usage: smartrouter %s%s%s%s%s [options]\n", c->name, gap(v->name), v->name,
		   gap(v->arguments), v->arguments);
}

static int verb_help(const struct command *c, const struct verb *v)
{
	const struct option_list *lists[OPTION_LISTS];
	struct buf out;

	buf_init(&out, HELP_MAX);
	all_options(v, lists);
	print_usage(c, v, &out);
	buf_addc(&out, '\n');
	help_sentence(&out, v->text);
	options_print(lists, &out);
	if (c->more)
		buf_printf(&out, "\n%s", c->more);
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
	return EXIT_FINE;
}

static int command_help(const struct command *c)
{
	char left[64];
	struct buf out;

	buf_init(&out, HELP_MAX);
	buf_printf(&out, "usage: smartrouter %s VERB ...\n\n%s\n\n", c->name, c->text);
	for (size_t i = 0; i < c->n; i++) {
		snprintf(left, sizeof(left), "%s%s%s", c->verbs[i].name, gap(c->verbs[i].arguments),
			 c->verbs[i].arguments);
		help_row(&out, left, c->verbs[i].text);
	}
	if (c->more)
		buf_printf(&out, "\n%s", c->more);
	buf_printf(&out, "\nsmartrouter %s VERB --help tells the options of a verb.\n", c->name);
	fputs(buf_cstr(&out), stdout);
	buf_release(&out);
	return EXIT_FINE;
}

/* --- running --- */

static int wrong_verb(const struct command *c, const char *word)
{
	char hint[GUESS_TEXT_MAX];
	struct guess guess;

	guess_start(&guess, str_of(word));
	for (size_t i = 0; i < c->n; i++)
		guess_offer(&guess, str_of(c->verbs[i].name));
	say_error("%s %s is not known%s", c->name, word, guess_text(&guess, hint));
	fprintf(stderr, "Try: smartrouter %s --help\n", c->name);
	return EXIT_USAGE;
}

static int usage_error(const struct command *c, const struct verb *v, const char *why)
{
	say_error("%s%s%s: %s", c->name, gap(v->name), v->name, why);
	fprintf(stderr, "Try: smartrouter %s%s%s --help\n", c->name, gap(v->name), v->name);
	return EXIT_USAGE;
}

static int run_verb(const struct command *c, const struct verb *v, void *values, int n, char **args)
{
	struct session s;
	int code;

	if (n < v->least || n > v->most)
		return usage_error(c, v,
				   n < v->least ? "an argument is missing"
						: "there are too many arguments");
	code = session_open(&s, values, v->needs);
	if (!code)
		code = v->run(&s, values, n, args);
	if (!code && s.arena.full) {
		say_error("out of memory");
		code = EXIT_FAILED;
	}
	if (!code && s.partly)
		code = EXIT_STORE;
	session_close(&s);
	return code;
}

/* argv[0] is the verb, or the command when it has no verbs */
static int parse_verb(const struct command *c, const struct verb *v, void *values, int argc,
		      char **argv)
{
	const struct option_list *lists[OPTION_LISTS];
	struct fault f;
	int first;

	all_options(v, lists);
	*(struct common *)values = COMMON_DEFAULT;
	switch (options_read(lists, values, argc, argv, &first, &f)) {
	case OPTIONS_HELP: return verb_help(c, v);
	case OPTIONS_WRONG: return usage_error(c, v, f.text);
	default: return run_verb(c, v, values, argc - first, argv + first);
	}
}

int command_run(const struct command *c, void *values, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (str_is(str_of(word), "--help") || str_is(str_of(word), "-h"))
		return command_help(c);
	for (size_t i = 0; i < c->n; i++)
		if (str_is(str_of(word), c->verbs[i].name))
			return parse_verb(c, &c->verbs[i], values, argc - 1, argv + 1);
	if (*word)
		return wrong_verb(c, word);
	say_error("%s: a verb is missing", c->name);
	fprintf(stderr, "Try: smartrouter %s --help\n", c->name);
	return EXIT_USAGE;
}

int command_run_only(const char *name, const struct verb *verb, void *values, int argc, char **argv)
{
	const struct command c = { .name = name, .verbs = verb, .n = 1 };

	return parse_verb(&c, verb, values, argc, argv);
}
