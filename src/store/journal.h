/*
 * journal.h -- what was about to happen, on disk before it happens (rule R1).
 *
 * Append-only segments in a directory of the gateway's own: a record is its
 * length, a CRC-32, a type and fields. journal_add() puts records into a buffer;
 * the loop's journal phase writes them with one write() before anything else of
 * that turn leaves the process; fsync follows every 100 ms. A segment is deleted
 * when every request in it has ended. A torn or corrupt record ends the reading of
 * its segment.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "io/loop.h"
#include "store/books.h"

struct journal;

struct journal_conf {
	const char *dir;        /* must exist; locked against other processes by its opener */
	const char *name;       /* of the files: one per worker */
	size_t segment_bytes;
	int64_t sync_ms;        /* 0: never fsync */
};

/* NULL: *fault_r says why. Begins a new segment. */
struct journal *journal_open(struct loop *l, const struct journal_conf *conf, struct fault *fault_r);
/* writes and syncs what is left */
void journal_close(struct journal *j);

/* False when the journal cannot be written (disk full, I/O error): nothing may be sent then. */
bool journal_ok(const struct journal *j);

bool journal_admit(struct journal *j, const struct held *h) MUST_CHECK;
bool journal_dispatch(struct journal *j, const char *rid, int32_t attempt, int64_t worst_nanos)
	MUST_CHECK;
bool journal_settle(struct journal *j, const char *rid, const struct charge *c) MUST_CHECK;
/* the request has ended and Redis confirmed it */
void journal_done(struct journal *j, const char *rid);

/* --- replay, at start, before the worker takes requests --- */

/* A request that did not end. c: the settle to send; it is final. */
typedef void journal_found_f(void *who, const struct held *h, const struct charge *c);

struct journal_replay {
	int64_t records, requests, unfinished, corrupt;
};
/* Read all segments of the directory; fn is called for each unfinished attempt, in order. */
bool journal_read(const char *dir, journal_found_f *fn, void *who, struct journal_replay *sum_r,
		  struct fault *fault_r) MUST_CHECK;
/* delete the segments that were read, once everything found was settled */
void journal_forget(const char *dir, const char *before_name);

#endif
