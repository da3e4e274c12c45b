/* faults.c -- the list of everything that is wrong with a configuration. */
#include "conf/node.h"

#include <stdarg.h>

PRINTF_LIKE(6, 0)
static void add(struct conf_faults *f, bool note, const char *file, uint32_t line, uint32_t column,
		const char *fmt, va_list ap)
{
	struct conf_fault *new;

	if (note)
		f->notes++;
	else
		f->errors++;
	if (f->n == CONF_FAULTS_MAX)
		return;
	new = &f->items[f->n++];
	*new = (struct conf_fault){ .line = line, .column = column, .note = note };
	str_copy(new->file, sizeof(new->file), str_of(file));
	vsnprintf(new->text, sizeof(new->text), fmt, ap);
	/* what is quoted from the file must not end the line or move the cursor */
	for (char *c = new->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			*c = '?';
}

void fault_at(struct conf_faults *f, const struct node *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, false, where ? where->file : "", where ? where->line : 0, where ? where->column : 0,
	    fmt, ap);
	va_end(ap);
}

void note_at(struct conf_faults *f, const struct node *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, true, where ? where->file : "", where ? where->line : 0, where ? where->column : 0,
	    fmt, ap);
	va_end(ap);
}

void fault_in(struct conf_faults *f, const char *file, uint32_t line, uint32_t column,
	      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, false, file, line, column, fmt, ap);
	va_end(ap);
}

static int by_place(const void *left, const void *right)
{
	const struct conf_fault *a = left, *b = right;
	int files = strcmp(a->file, b->file);

	if (files)
		return files;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

void faults_sort(struct conf_faults *f)
{
	qsort(f->items, f->n, sizeof(f->items[0]), by_place);
}

void conf_faults_print(const struct conf_faults *f, struct buf *out)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct conf_fault *it = &f->items[i];

		if (it->file[0])
			buf_printf(out, "%s:", it->file);
		if (it->line)
			buf_printf(out, "%u:%u:", it->line, it->column);
		buf_printf(out, "%s%s: %s\n", it->file[0] ? " " : "", it->note ? "note" : "error",
			   it->text);
	}
	if (f->errors + f->notes > f->n)
		buf_printf(out, "and %u more\n", f->errors + f->notes - f->n);
}
