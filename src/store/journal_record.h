/*
 * journal_record.h -- the records of a journal as bytes.
 *
 *   length  2 bytes, little-endian: of what follows the CRC
 *   check   2 bytes: the length with all bits turned, so that a torn record can be
 *           told from one with a spoiled length
 *   CRC-32  4 bytes: of what follows
 *   type    1 byte, then the fields: numbers as zigzag varints, texts with a length byte
 *
 * Reading trusts nothing: it is given files that a crash or a disk has spoiled.
 */
#ifndef STORE_JOURNAL_RECORD_H
#define STORE_JOURNAL_RECORD_H

#include "base/buf.h"
#include "store/books.h"

enum journal_type {
	RECORD_BEGIN,    /* of a segment: version of the format, boot */
	RECORD_ADMIT,    /* held */
	RECORD_EXTEND,   /* attempt */
	RECORD_DISPATCH, /* attempt, worst_nanos */
	RECORD_SETTLE,   /* charge */
	RECORD_DONE,
	RECORD_SLICE,  /* held: money set aside, not for a request */
	RECORD_ESCROW, /* attempt, escrow */
	RECORD_TYPES
};

/* no record is longer */
#define RECORD_BYTES_MAX 2048

struct journal_record {
	enum journal_type type;
	char rid[RID_MAX]; /* all but RECORD_BEGIN */
	char boot[40];     /* which start of the machine wrote it: the kernel's boot_id */
	int32_t attempt;
	int64_t worst_nanos;
	char escrow[RID_MAX]; /* the slice that pays, or ESCROW_NONE */
	struct held held;
	struct charge charge;
};

/* ask buf_ok() */
void journal_record_write(struct buf *b, const struct journal_record *r);

enum journal_end {
	RECORD_READ,    /* *r_r is the record, *rest what follows it */
	RECORD_END,     /* nothing is left */
	RECORD_TORN,    /* the beginning of a record: the process ended while it was written */
	RECORD_DAMAGED, /* corrupt: what was written behind it cannot be found */
};
enum journal_end journal_record_read(struct str *rest, struct journal_record *r_r) MUST_CHECK;

#endif
