/*
 * decision_file.h -- the files of a gateway's decision records: DIR/BEGUN-NAME.NUMBER.ndjson.
 *
 * BEGUN is the time in milliseconds, so names sort by age. A file that somebody writes is locked;
 * the oldest of the others go when all together are too large. Blocks: not for a loop.
 */
#ifndef STORE_DECISION_FILE_H
#define STORE_DECISION_FILE_H

#include "base/err.h"

#define DECISION_SUFFIX ".ndjson"

struct decision_files {
	const char *dir, *name; /* (not owned) */
	size_t most_bytes;      /* of all files together, those that are being written besides */
	int fd;                 /* of the newest; -1: none is open */
	size_t size;
	unsigned number;
};

/* A new file, and old ones deleted until there is room for it. 0, or an errno. */
int decision_file_begin(struct decision_files *f, int64_t now_ms, size_t bytes) MUST_CHECK;
/* All of it, or nothing: 0 or an errno. */
int decision_file_append(struct decision_files *f, struct str bytes) MUST_CHECK;
void decision_file_end(struct decision_files *f);

#endif
