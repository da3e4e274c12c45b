/*
 * moment.h -- points in time, as people write them: "now", "2026-12-31" (00:00 UTC),
 * "2026-12-31T18:30:00Z", or a duration from or before now, "30d".
 */
#ifndef CTL_MOMENT_H
#define CTL_MOMENT_H

#include "base/obj.h"
#include "base/str.h"

/* direction: 1 durations count from now on, -1 they count back. Microseconds since 1970. */
bool moment_read(struct str text, int64_t now_us, int direction, int64_t *us_r) MUST_CHECK;

#endif
