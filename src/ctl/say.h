/*
 * say.h -- what commands tell people: errors and notes on standard error, times and
 * ages as text.
 */
#ifndef CTL_SAY_H
#define CTL_SAY_H

#include <stdint.h>

#include "base/exits.h"
#include "base/obj.h"

/* "smartrouter: ...", a line; says what is wrong and what to do about it */
void say_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* something was done that was not asked for in so many words, or might surprise */
void say_note(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define TIME_TEXT 32

/* microseconds since 1970 as "2026-11-22T13:00:00Z"; returns dst */
const char *time_text(char dst[TIME_TEXT], int64_t us);
/* a duration in two units: "12s", "3m 12s", "2h 5m", "4d 1h"; a negative one is "0s" */
const char *age_text(char dst[TIME_TEXT], int64_t us);

#define FIGURE_TEXT 32

/* six digits, or all before the point, and never an exponent; returns dst */
const char *figure_text(char dst[FIGURE_TEXT], double x);
/* the plural's "s", unless it is one */
const char *plural(int64_t n);

#endif
