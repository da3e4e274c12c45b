/* table.c -- aligned output. */
#include "ctl/table.h"

#include <ctype.h>
#include <stdarg.h>

#include "core/price.h"

#define GUTTER 2

/* of a column */
struct layout {
	size_t width;
	size_t fraction; /* longest part from the decimal point on */
};

void table_init(struct table *t, struct arena *a, const struct column *columns, size_t n_columns)
{
	*t = (struct table){ .arena = a, .columns = columns, .n_columns = n_columns };
}

/* --- cells --- */

void table_add(struct table *t, struct str text)
{
	char *copy = arena_chars(t->arena, text.n + 1);
	struct str *cell = copy ? ARENA_PUSH(t->arena, t->cells, t->n, t->cap) : NULL;

	if (!cell)
		return;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		copy[i] = c < 0x20 || c == 0x7F ? '?' : text.p[i];
	}
	*cell = (struct str){ copy, text.n };
}

void table_adds(struct table *t, const char *text)
{
	table_add(t, str_of(text));
}

void table_printf(struct table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_adds(t, text);
}

void table_addi(struct table *t, int64_t value)
{
	table_printf(t, "%lld", (long long)value);
}

void table_money(struct table *t, int64_t nanos)
{
	char text[32];

	table_adds(t, nanos == MONEY_NO_LIMIT ? "-" : money_text(text, nanos));
}

void table_count(struct table *t, int64_t value)
{
	if (value < 0)
		table_adds(t, "-");
	else
		table_addi(t, value);
}

size_t table_rows(const struct table *t)
{
	return t->n / t->n_columns;
}

/* --- printing --- */

/* columns on a terminal, as far as can be told without a locale: one for each code point */
static size_t width_of(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

static size_t fraction_of(struct str s)
{
	ptrdiff_t point = str_chr(s, '.');

	return point < 0 ? 0 : s.n - (size_t)point;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void measure(const struct table *t, struct layout *l)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->columns[i % t->n_columns].align == ALIGN_POINT)
			l[i % t->n_columns].fraction = larger(l[i % t->n_columns].fraction,
							      fraction_of(t->cells[i]));
	for (size_t c = 0; c < t->n_columns; c++)
		l[c].width = width_of(str_of(t->columns[c].title));
	for (size_t i = 0; i < t->n; i++) {
		size_t c = i % t->n_columns, width = width_of(t->cells[i]);

		if (t->columns[c].align == ALIGN_POINT)
			width += l[c].fraction - fraction_of(t->cells[i]);
		l[c].width = larger(l[c].width, width);
	}
}

/* text in a column: so many spaces before it; what is left behind it is the next cell's matter */
static void print_cell(struct str text, size_t before, size_t *owed)
{
	if (text.n == 0) {
		*owed += before;
		return;
	}
	printf("%*s%.*s", (int)(*owed + before), "", STR_ARG(text));
	*owed = 0;
}

static void print_row(const struct table *t, const struct layout *l, const struct str *cells,
		      bool is_title)
{
	size_t owed = 0; /* spaces, not printed before something follows them */

	for (size_t c = 0; c < t->n_columns; c++) {
		enum align align = t->columns[c].align;
		size_t room = l[c].width - width_of(cells[c]), behind = room;

		if (align == ALIGN_POINT && !is_title)
			behind = l[c].fraction - fraction_of(cells[c]);
		else if (align != ALIGN_LEFT)
			behind = 0;
		print_cell(cells[c], room - behind, &owed);
		owed += behind + GUTTER;
	}
	putchar('\n');
}

static struct str in_capitals(struct arena *a, const char *title)
{
	size_t n = strlen(title);
	char *copy = arena_chars(a, n + 1);

	for (size_t i = 0; copy && i < n; i++)
		copy[i] = (char)toupper((unsigned char)title[i]);
	return copy ? (struct str){ copy, n } : str_of(title);
}

static void print_titles(const struct table *t, const struct layout *l)
{
	struct str *titles = ARENA_ARRAY(t->arena, struct str, t->n_columns);
	bool titled = false;

	for (size_t c = 0; titles && c < t->n_columns; c++) {
		titles[c] = in_capitals(t->arena, t->columns[c].title);
		titled |= titles[c].n > 0;
	}
	if (titled)
		print_row(t, l, titles, true);
}

void table_print(const struct table *t)
{
	struct layout *layout;

	if (table_rows(t) == 0)
		return;
	layout = ARENA_ARRAY(t->arena, struct layout, t->n_columns);
	if (!layout)
		return;
	measure(t, layout);
	print_titles(t, layout);
	for (size_t row = 0; row < table_rows(t); row++)
		print_row(t, layout, &t->cells[row * t->n_columns], false);
}
