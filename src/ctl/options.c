/* options.c -- options of a command by their table. */
#include "ctl/options.h"

#include <getopt.h>

#include "conf/guess.h"
#include "conf/value.h"

#define LEFT_WIDTH 26
#define LINE_WIDTH 80
#define HELP_CODE  OPTIONS_MOST /* what getopt_long() returns for --help; rows are 0... */

/* --- reading --- */

static const struct option_row *row_at(const struct option_list *const lists[OPTION_LISTS],
				       size_t i)
{
	for (int l = 0; l < OPTION_LISTS && lists[l]; l++) {
		if (i < lists[l]->n)
			return &lists[l]->rows[i];
		i -= lists[l]->n;
	}
	return NULL;
}

static void fill_getopt(const struct option_list *const lists[OPTION_LISTS],
			struct option long_r[OPTIONS_MOST + 2])
{
	const struct option_row *row;
	size_t n = 0;

	for (; n < OPTIONS_MOST && (row = row_at(lists, n)) != NULL; n++)
		long_r[n] = (struct option){ row->name,
					     row->value ? required_argument : no_argument, NULL,
					     (int)n };
	long_r[n] = (struct option){ "help", no_argument, NULL, HELP_CODE };
	long_r[n + 1] = (struct option){ 0 };
}

/* A long option that is not in the table, or has a value that it does not take. */
static void explain_long(struct str word, const struct option *known, struct fault *fault_r)
{
	char hint[GUESS_TEXT_MAX];
	struct guess guess;

	word = str_cut(&word, '=');
	guess_start(&guess, str_sub(word, 2, word.n));
	for (; known->name; known++) {
		if (str_is(guess.word, known->name)) {
			fault_set(fault_r, ERR_VALUE, "", "%.*s takes no value", STR_ARG(word));
			return;
		}
		guess_offer(&guess, str_of(known->name));
	}
	fault_set(fault_r, ERR_VALUE, "", "%.*s is not an option of this command%s", STR_ARG(word),
		  guess_text(&guess, hint));
}

/* What getopt_long() did not like: a letter in optopt, or the word before optind. */
static void explain(char **argv, int code, const struct option *known, struct fault *fault_r)
{
	struct str word = str_of(argv[optind > 0 ? optind - 1 : 0]);

	if (code == ':')
		fault_set(fault_r, ERR_MISSING, "", "%.*s needs a value", STR_ARG(word));
	else if (optopt > OPTIONS_MOST)
		fault_set(fault_r, ERR_VALUE, "", "-%c is not an option of this command", optopt);
	else
		explain_long(word, known, fault_r);
}

static bool take(const struct option_row *row, void *values, struct fault *fault_r)
{
	char *member = (char *)values + row->offset;
	struct fault why;

	if (!row->value) {
		*(bool *)member = true;
		return true;
	}
	if (row->read(optarg, member, &why))
		return true;
	fault_set(fault_r, ERR_VALUE, row->name, "--%s %.64s: %s", row->name, optarg, why.text);
	return false;
}

enum options_end options_read(const struct option_list *const lists[OPTION_LISTS], void *values,
			      int argc, char **argv, int *first_r, struct fault *fault_r)
{
	struct option known[OPTIONS_MOST + 2];
	int code;

	fill_getopt(lists, known);
	optind = 0; /* getopt_long() begins anew */
	/* the colon: no messages of its own, and a missing value is told apart */
	while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
		if (code == HELP_CODE || code == 'h')
			return OPTIONS_HELP;
		if (code == '?' || code == ':') {
			explain(argv, code, known, fault_r);
			return OPTIONS_WRONG;
		}
		if (!take(row_at(lists, (size_t)code), values, fault_r))
			return OPTIONS_WRONG;
	}
	*first_r = optind;
	return OPTIONS_FINE;
}

bool option_text(const char *text, void *member, struct fault *fault_r)
{
	*(const char **)member = text;
	(void)fault_r;
	return true;
}

bool option_time(const char *text, void *member, struct fault *fault_r)
{
	if (value_time(str_of(text), member))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be a time such as 500ms, 30s, 15m, 24h or 7d");
	return false;
}

#define WAIT_LEAST_MS 100

bool option_wait(const char *text, void *member, struct fault *fault_r)
{
	if (!option_time(text, member, fault_r))
		return false;
	if (*(const int64_t *)member >= WAIT_LEAST_MS)
		return true;
	fault_set(fault_r, ERR_VALUE, "", "must be at least %dms", WAIT_LEAST_MS);
	return false;
}

/* --- help --- */

static void spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_addc(out, ' ');
}

/* words from a column on, in lines that begin there */
static void wrap(struct buf *out, size_t column, const char *text)
{
	struct str rest = str_of(text);
	size_t at = column;

	while (!str_absent(rest)) {
		struct str word = str_cut(&rest, ' ');

		if (at > column && at + 1 + word.n > LINE_WIDTH) {
			buf_addc(out, '\n');
			spaces(out, column);
			at = column;
		} else if (at > column) {
			buf_addc(out, ' ');
			at++;
		}
		buf_add(out, word);
		at += word.n;
	}
	buf_addc(out, '\n');
}

void help_row(struct buf *out, const char *left, const char *text)
{
	size_t at = 2 + strlen(left);

	buf_printf(out, "  %s", left);
	if (at + 2 > LEFT_WIDTH) {
		buf_addc(out, '\n');
		at = 0;
	}
	spaces(out, LEFT_WIDTH - at);
	wrap(out, LEFT_WIDTH, text);
}

void help_sentence(struct buf *out, const char *text)
{
	char sentence[512];

	snprintf(sentence, sizeof(sentence), "%c%s.", text[0] - 'a' + 'A', text + 1);
	wrap(out, 0, sentence);
}

void options_print(const struct option_list *const lists[OPTION_LISTS], struct buf *out)
{
	char left[64];

	for (int l = 0; l < OPTION_LISTS && lists[l]; l++) {
		buf_printf(out, "\n%s\n", lists[l]->title);
		for (size_t i = 0; i < lists[l]->n; i++) {
			const struct option_row *row = &lists[l]->rows[i];

			snprintf(left, sizeof(left), row->value ? "--%s %s" : "--%s", row->name,
				 row->value);
			help_row(out, left, row->text);
		}
	}
}
