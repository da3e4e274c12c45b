/*
 * options.h -- the options of a command: one table reads them and explains them.
 *
 * Parsing is getopt_long()'s. What this adds is that help, parser and struct
 * cannot disagree, and that a fault says what would have been right.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include "base/buf.h"
#include "base/err.h"

/* Reads an option's value into its member. False: fault_r->text says what it must be, as in
 * "must be a time such as 30s". */
typedef bool option_read_f(const char *text, void *member, struct fault *fault_r);

struct option_row {
	const char *name;  /* without dashes */
	const char *value; /* what help calls its value; NULL: it takes none and sets a bool */
	option_read_f *read;
	size_t offset;    /* of the member in the command's struct of values */
	const char *text; /* for help; no full stop */
};

struct option_list {
	const char *title; /* over its rows in help */
	const struct option_row *rows;
	size_t n;
};

/* lists of one command; NULL: no list */
#define OPTION_LISTS 4
#define OPTIONS_MOST 32 /* rows of all lists together */

enum options_end { OPTIONS_FINE, OPTIONS_HELP, OPTIONS_WRONG };

/*
 * Read argv[1...] into `values`. The arguments that are no options are left behind in argv's
 * tail, *first_r being the first of them. OPTIONS_HELP: --help was there. OPTIONS_WRONG:
 * *fault_r says what is wrong.
 */
enum options_end options_read(const struct option_list *const lists[OPTION_LISTS], void *values,
			      int argc, char **argv, int *first_r,
			      struct fault *fault_r) MUST_CHECK;

void options_print(const struct option_list *const lists[OPTION_LISTS], struct buf *out);

/* A line of help: the left part, and text beside it, wrapped. */
void help_row(struct buf *out, const char *left, const char *text);
/* text, which begins with a small letter and has no full stop, as a sentence, wrapped */
void help_sentence(struct buf *out, const char *text);

/* --- readers of usual members --- */

option_read_f option_text; /* const char *: the argument itself */
option_read_f option_time; /* int64_t, milliseconds: 500ms, 30s, 24h, 7d */
option_read_f option_wait; /* the same, and no shorter than it makes sense to wait for others */

#endif
