/* snapshot_parts.h -- what the writer and the reader of a snapshot's text share. */
#ifndef CORE_SNAPSHOT_PARTS_H
#define CORE_SNAPSHOT_PARTS_H

#include <stddef.h>

#include "model/snapshot.h"

/* a member that is a double from 0 to `most` */
struct snapshot_number {
	const char *name;
	size_t at; /* in its struct */
	double most;
};

struct snapshot_numbers {
	const struct snapshot_number *list;
	size_t n;
};

extern const struct snapshot_numbers latency_numbers, length_numbers, skill_numbers;

#endif
