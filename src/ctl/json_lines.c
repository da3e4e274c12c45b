/* json_lines.c -- files of JSON, a value on each line. */
#include "ctl/json_lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

#define LINE_MOST   (16u << 20)
#define LINE_MEMORY ((size_t)256 << 20) /* of the values of one line, and what is made of them */

/*
 * The next line, without its end; returns the byte behind it, '\n' or EOF. Of a line that is
 * longer than the buf may be the rest is skipped, and buf_ok() is false.
 */
static int line_next(FILE *file, struct buf *line)
{
	int c;

	buf_reset(line);
	while ((c = getc_unlocked(file)) != EOF && c != '\n')
		buf_addc(line, (char)c);
	return c;
}

bool json_line_bad(struct json_line *at, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	fault_set(at->fault, ERR_VALUE, "", "%s:%lld: %s", at->path, (long long)at->number, why);
	return false;
}

static bool take_line(struct json_line *at, struct str text, json_line_f *fn, void *who)
{
	struct json_doc doc;
	enum json_fail fail;
	size_t byte;

	arena_reset(&at->arena);
	fail = json_parse(&doc, &at->arena, text, &json_limits_default, &byte);
	if (fail != JSON_FINE)
		return json_line_bad(at, "no good JSON: %s", json_fail_text(fail));
	if (json_type(json_root(&doc)) != JSON_OBJECT)
		return json_line_bad(at, "must be a JSON object");
	return fn(who, at, json_root(&doc));
}

static bool take_lines(struct json_line *at, FILE *file, json_line_f *fn, void *who)
{
	size_t taken = 0;
	struct buf line;
	bool fine = true;
	int behind = 0;

	buf_init(&line, LINE_MOST);
	while (fine && behind != EOF) {
		behind = line_next(file, &line);
		at->number++;
		if (!buf_ok(&line))
			fine = json_line_bad(at, "longer than %u bytes", LINE_MOST);
		else if (str_trim(buf_str(&line)).n > 0 && ++taken)
			fine = take_line(at, buf_str(&line), fn, who);
	}
	buf_release(&line);
	if (!fine || taken > 0 || ferror(file))
		return fine;
	fault_set(at->fault, ERR_VALUE, "", "%s: holds no line", at->path);
	return false;
}

bool json_lines_read(const char *path, json_line_f *fn, void *who, struct fault *fault_r)
{
	struct json_line at = { .path = path, .fault = fault_r };
	FILE *file = fopen(path, "re");
	bool fine;

	if (!file) {
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	arena_init(&at.arena, LINE_MEMORY);
	fine = take_lines(&at, file, fn, who);
	if (fine && ferror(file)) {
		fault_set(fault_r, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		fine = false;
	}
	fclose(file);
	arena_release(&at.arena);
	return fine;
}
