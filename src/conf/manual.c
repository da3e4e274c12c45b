/*
 * manual.c -- the tables for people: parts of smartrouter.yaml(5), and a file of
 * every setting.
 */
#include "conf/fleet.h"
#include "conf/settings.h"

#include "conf/value.h"

#define COLUMNS  96
#define CAPITALS "\"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* --- mdoc --- */

/* Plain text in roff source: sentences on lines of their own, nothing taken for a request. */
static void roff_text(struct buf *b, const char *text)
{
	for (const char *c = text; *c; c++) {
		bool line_start = c == text || c[-1] == '\n';
		bool sentence_end = c[0] == '.' && c[1] == ' ' && c[2] && strchr(CAPITALS, c[2]);

		if (line_start && (*c == '.' || *c == '\''))
			buf_adds(b, "\\&");
		if (*c == '\\')
			buf_adds(b, "\\e");
		else if (*c == '-' && c > text && c[-1] == ' ')
			buf_adds(b, "\\-");
		else
			buf_addc(b, *c);
		if (sentence_end) {
			buf_addc(b, '\n');
			c++;
		}
	}
	buf_addc(b, '\n');
}

/* a word that may look like a macro, as an argument of one */
static void roff_word(struct buf *b, const char *macro, struct str word)
{
	buf_printf(b, "%s \"\\&%.*s\"\n", macro, STR_ARG(word));
}

/* "Time, from 1s to 10m; default 30s" */
static void roff_kind(struct buf *b, const struct field *f)
{
	const char *word = kind_word(f->kind);
	struct str listed;
	int64_t least;

	if (f->kind == KIND_CHOICE) {
		buf_adds(b, "One of");
		for (int i = 0; !str_absent(listed = value_nth_word(f->least, i)); i++)
			buf_printf(b, "%s %.*s", i ? "," : "", STR_ARG(listed));
	} else {
		buf_printf(b, "%c%s",
			   word[0] >= 'a' && word[0] <= 'z' ? word[0] - 'a' + 'A' : word[0],
			   word + 1);
	}
	if ((f->kind == KIND_COUNT && value_count(str_of(f->least), &least)) ||
	    f->kind == KIND_TIME || f->kind == KIND_NUMBER || f->kind == KIND_BYTES)
		buf_printf(b, ", from %s to %s", f->least, f->most);
	if (f->need == MUST)
		buf_adds(b, ", needed");
	if (f->fallback[0])
		buf_printf(b, "; default %s", f->fallback);
}

static void man_field(struct buf *b, const struct field *f, const char *when)
{
	roff_word(b, ".It Cm", str_of(f->name));
	roff_text(b, f->text);
	if (f->kind == KIND_NODE || f->kind == KIND_PRICE)
		return;
	buf_addc(b, '(');
	roff_kind(b, f);
	buf_printf(b, "%s.)\n", when);
}

/* Classes of tokens are the same in every price: only "rate" lists them. */
static void man_fields(struct buf *b, const struct entity_table *t)
{
	bool classes = t == fleet_table(ENTITY_RATE);

	for (size_t i = 0; i < t->n; i++)
		if ((t->fields[i].kind == KIND_PRICE) == classes)
			man_field(b, &t->fields[i], "");
}

static void man_settings(struct buf *b)
{
	const struct field *fields = settings_fields();
	const struct setting *settings;
	size_t n;

	settings = settings_table(&n);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(settings[i].section, settings[i - 1].section) != 0)
			buf_printf(b, ".Ss %s\n.Bl -tag -width Ds\n", settings[i].section);
		man_field(b, &fields[i], settings[i].when == RESTART ? "; restart" : "");
		if (i + 1 == n || strcmp(settings[i].section, settings[i + 1].section) != 0)
			buf_adds(b, ".El\n");
	}
}

static void man_kinds(struct buf *b)
{
	for (int k = 0; k < KIND_COUNT_OF; k++) {
		if (k == KIND_NODE || k == KIND_CHOICE)
			continue;
		roff_word(b, ".It", str_of(kind_word((enum kind)k)));
		roff_text(b, kind_text((enum kind)k));
	}
}

/* --- lists of words --- */

struct word {
	const char *part, *word, *text;
};

static const struct word words[] = {
#define FEATURE(NAME, word, text)  { "can", word, text },
#define QUIRK(NAME, word, text)    { "quirks", word, text },
#define THINKING(NAME, word, text) { "thinking", word, text },
#include "tbl/abilities.h"
#undef FEATURE
#undef QUIRK
#undef THINKING
#define REQUEST_FIELD(name, type, words, value, text)     { "request-fields", #name, text },
#define CANDIDATE_FIELD(name, type, words, value, text)   { "candidate-fields", #name, text },
#define CUSTOM_FUNCTION(name, takes, gives, result, text) { "functions", #name, text },
#define LUA_FUNCTION(table, name, text) \
	{ "script-functions", table[0] ? table "." #name : #name, text },
#define STRATEGY(name, guarded, text) { "built-in-strategies", #name, text },
#include "tbl/custom_fields.h"
#include "tbl/custom_functions.h"
#include "tbl/lua_functions.h"
#include "tbl/strategies.h"
#undef REQUEST_FIELD
#undef CANDIDATE_FIELD
#undef CUSTOM_FUNCTION
#undef LUA_FUNCTION
#undef STRATEGY
};

static bool man_words(struct buf *b, struct str part)
{
	bool found = false;

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!str_is(part, words[i].part))
			continue;
		found = true;
		roff_word(b, ".It Cm", str_of(words[i].word));
		roff_text(b, words[i].text);
	}
	return found;
}

bool conf_manual_print(struct buf *out, struct str part)
{
	if (str_is(part, "settings")) {
		man_settings(out);
		return true;
	}
	if (str_is(part, "kinds")) {
		man_kinds(out);
		return true;
	}
	for (int e = 0; e < ENTITY_COUNT; e++) {
		const struct entity_table *t = fleet_table((enum entity)e);

		if (str_is(part, t->name)) {
			man_fields(out, t);
			return true;
		}
	}
	return man_words(out, part);
}

/* --- a file with every setting --- */

/* a comment, broken at blanks */
static void yaml_comment(struct buf *b, const char *text)
{
	size_t column = 0;
	struct str rest = str_of(text);

	while (!str_absent(rest)) {
		struct str word = str_cut(&rest, ' ');

		if (column && column + 1 + word.n > COLUMNS) {
			buf_addc(b, '\n');
			column = 0;
		}
		if (column == 0)
			buf_adds(b, "  #");
		buf_printf(b, " %.*s", STR_ARG(word));
		column = column ? column + 1 + word.n : 4 + word.n;
	}
	buf_addc(b, '\n');
}

static void yaml_setting(struct buf *b, const struct setting *s, const struct field *f)
{
	yaml_comment(b, f->text);
	buf_printf(b, "  # (%s%s)\n", f->kind == KIND_CHOICE ? f->least : kind_word(f->kind),
		   s->when == RESTART ? "; restart" : "");
	if (f->fallback[0])
		buf_printf(b, "  %s: \"%s\"\n", f->name, f->fallback);
	else
		buf_printf(b, "  # %s:\n", f->name);
}

static void yaml_settings(struct buf *b)
{
	const struct field *fields = settings_fields();
	const struct setting *settings;
	size_t n;

	settings = settings_table(&n);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(settings[i].section, settings[i - 1].section) != 0)
			buf_printf(b, "%s%s:\n", i ? "\n" : "", settings[i].section);
		yaml_setting(b, &settings[i], &fields[i]);
	}
}

void conf_settings_print(struct buf *out, enum conf_form form)
{
	if (form == CONF_FORM_MAN)
		man_settings(out);
	else
		yaml_settings(out);
}
