/*
 * journal.h -- what was about to happen, on disk before it happens (rule R1).
 *
 * Append-only segments in a directory of the gateway's own: a record is its
 * length, a CRC-32, a type and fields. What is added lies in a buffer until the
 * loop's journal phase writes it with one write(), before anything else of that
 * turn leaves the process; fsync follows every sync_ms, off the loop. A segment's
 * room on disk is claimed when it begins, and the next one begins before it is
 * full: a full disk is noticed while there is still room for what is in flight. A
 * segment is deleted when every request in it, and in all before it, has ended.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "io/loop.h"
#include "store/books.h"

struct journal;

struct journal_conf {
	const char *dir;  /* must exist; locked against other processes by its opener */
	const char *name; /* of the files: one per worker and life of the process */
	size_t segment_bytes;
	int64_t sync_ms; /* 0: never fsync */
};

/* NULL: *fault_r says why. Begins a new segment. */
struct journal *journal_open(struct loop *l, const struct journal_conf *conf,
			     struct fault *fault_r);
/* Writes and syncs what is left. NULL is fine. */
void journal_close(struct journal *j);

/* False when the journal cannot be written (disk full, I/O error): nothing may be sent then. It is
 * tried again each second. */
bool journal_ok(const struct journal *j);

/* Before books_admit(): the request and its first attempt; before books_hold(): the slice. The same
 * again is fine. */
bool journal_admit(struct journal *j, const struct held *h) MUST_CHECK;
/* before books_extend(): h->attempts + 1; an attempt never told of goes to suspense after a crash
 */
bool journal_extend(struct journal *j, const char *rid, int32_t attempt) MUST_CHECK;
/* Before an attempt that escrow pays for goes on: it takes the place of journal_extend(), and of
 * the question to Redis. escrow: the slice, or ESCROW_NONE. */
bool journal_escrow(struct journal *j, const char *rid, int32_t attempt,
		    const char *escrow) MUST_CHECK;
/* before the first byte goes to the vendor */
bool journal_dispatch(struct journal *j, const char *rid, int32_t attempt,
		      int64_t worst_nanos) MUST_CHECK;
/* Before books_settle(); also while the journal is not ok, as long as there is room. */
bool journal_settle(struct journal *j, const char *rid, const struct charge *c) MUST_CHECK;
/* the request has ended and Redis confirmed it */
void journal_done(struct journal *j, const char *rid);

/* --- replay, at start, before the worker takes requests --- */

/*
 * What to settle for an attempt of a request that did not end (doc/money.md, "The
 * journal"). All attempts of a request come one after the other; the last one is
 * final. They may be settled in any order; but a slice, which comes behind all
 * requests, not before the last of them is.
 */
typedef void journal_found_f(void *who, const struct held *h, const struct charge *c);

struct journal_replay {
	int64_t records, requests; /* slices are not counted */
	int64_t unfinished;        /* requests */
	int64_t slices;            /* that were not given back */
	int64_t torn; /* segments that end in the middle of a record, as kill -9 can leave them */
	int64_t corrupt; /* segments of which only the part before a spoiled record was read */
};
/*
 * Read all segments of the directory but those whose names begin with own_name ("": all); fn is
 * called when all are read. A torn or corrupt record ends the reading of its segment. False:
 * *fault_r says why.
 */
bool journal_read(const char *dir, const char *own_name, journal_found_f *fn, void *who,
		  struct journal_replay *sum_r, struct fault *fault_r) MUST_CHECK;
/* Once everything found was settled: delete the segments whose names do not begin with own_name,
 * those of earlier lives. */
void journal_forget(const char *dir, const char *own_name);
/* rename all of them, so that nobody reads them again and everybody can look */
void journal_set_aside(const char *dir);

#endif
