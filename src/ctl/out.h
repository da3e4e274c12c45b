/*
 * out.h -- results as JSON, for scripts.
 *
 * Amounts are integer nano-dollars (members end in _nanos), times are text
 * ("2026-11-22T13:00:00Z"), what is not set is null.
 */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include <jansson.h>

#include "base/str.h"

/* prints it to standard output and drops the reference; an exit code */
int out_json(json_t *value);

/* a member of an object; text NULL or absent, time 0 and a negative limit become null */
void out_text(json_t *object, const char *name, const char *text);
void out_str(json_t *object, const char *name, struct str text);
void out_int(json_t *object, const char *name, int64_t value);
void out_bool(json_t *object, const char *name, bool value);
void out_time(json_t *object, const char *name, int64_t us);
void out_limit(json_t *object, const char *name, int64_t value);
/* steals the reference */
void out_value(json_t *object, const char *name, json_t *value);

#endif
