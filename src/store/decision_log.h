/*
 * decision_log.h -- decision records on disk, for `smartrouter replay` (doc/explain.md).
 *
 * Files of lines of JSON. The catalog and the snapshot that a record names stand before it in
 * the same file, so a file alone is enough to decide everything in it again. What is added
 * lies in a bounded buffer until another thread writes it, some times a second: a slow disk
 * delays nobody. What does not fit, or cannot be written, is lost and counted; the newest
 * of a process that is killed are lost as well. None of this is money.
 */
#ifndef STORE_DECISION_LOG_H
#define STORE_DECISION_LOG_H

#include "core/decision.h"
#include "io/loop.h"

/* So many catalogs and snapshots a reader must remember of the lines before: requests that were
 * decided under an older one end later. */
#define DECISION_LOG_REMEMBERED 64

struct decision_log;

struct decision_log_conf {
	const char *dir;      /* made when it is not there */
	const char *name;     /* of the files: one per worker and life of the process */
	size_t segment_bytes; /* about so large a file gets */
	size_t most_bytes;    /* of all files in dir; the oldest go */
};

/* NULL: no memory. Touches no file yet. */
struct decision_log *decision_log_open(struct loop *l, const struct decision_log_conf *conf);
/* Writes what is left. NULL is fine. */
void decision_log_close(struct decision_log *log);

/* snapshot: what d was decided under, with its catalog */
void decision_log_add(struct decision_log *log, const struct decision *d,
		      const struct snapshot *snapshot);

/* records that were lost since this was asked last */
int64_t decision_log_lost(struct decision_log *log);

#endif
