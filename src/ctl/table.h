/*
 * table.h -- a table for people: columns aligned, numbers to the right, money at
 * its decimal point.
 *
 * Control characters are shown as '?': what is printed comes from Redis, where
 * others write.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include "base/arena.h"

enum align { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_POINT };

struct column {
	const char *title; /* "" in every column: no line of titles */
	enum align align;
};

/* As many as are read easily: what a table shows of columns that come from data. */
#define TABLE_COLUMNS 16

struct table {
	struct arena *arena;
	const struct column *columns;
	size_t n_columns;
	struct str *cells; /* row by row */
	size_t n, cap;
};

/* columns must live as long as the table */
void table_init(struct table *t, struct arena *a, const struct column *columns, size_t n_columns);

/* the next cell, from left to right and from row to row; copied */
void table_add(struct table *t, struct str text);
void table_adds(struct table *t, const char *text);
void table_addi(struct table *t, int64_t value);
/* dollars; MONEY_NO_LIMIT is "-" */
void table_money(struct table *t, int64_t nanos);
/* a number; negative is "-": there is none */
void table_count(struct table *t, int64_t value);
void table_printf(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* How many whole rows. */
size_t table_rows(const struct table *t);
/* to standard output; nothing when there are no rows */
void table_print(const struct table *t);

#endif
