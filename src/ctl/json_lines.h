/*
 * json_lines.h -- files of JSON, a value on each line.
 */
#ifndef CTL_JSON_LINES_H
#define CTL_JSON_LINES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

/* where a reader is */
struct json_line {
	const char *path;
	int64_t number;
	struct arena arena; /* of this line alone */
	struct fault *fault;
};

/* false: it was told with json_line_bad() what is wrong with the object */
typedef bool json_line_f(void *who, struct json_line *at, struct json object);

/*
 * Calls fn for the object on each line that is not empty, until one is no good: figures made from
 * the readable part of a file would look as good as any. False: *fault_r says what is wrong, with
 * file and line; so it does of a file without an object.
 */
bool json_lines_read(const char *path, json_line_f *fn, void *who,
		     struct fault *fault_r) MUST_CHECK;

/* the line is no good: fills its fault; false */
bool json_line_bad(struct json_line *at, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
