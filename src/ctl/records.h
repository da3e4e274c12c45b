/*
 * records.h -- vendors' own records of what they billed, as JSON lines.
 *
 *   {"attempt": "RID-N", "billed_nanos": 1234000, "usage": {"input": 10, "output": 5},
 *    "model": "gpt-4o", "time": 1795353285}
 *
 * `attempt` is the id that every call to a vendor carries (x-client-request-id); a record
 * without it is of somebody else. `billed_nanos` may be left out where `usage` and `model` are
 * there: then the configuration's price at `time` counts. `usage` has the classes of
 * tbl/usage.h. `time` is in Unix seconds, or text as in ctl/moment.h. Whatever else a record
 * holds is passed over.
 *
 * Files may be large: one line is in memory at a time.
 */
#ifndef CTL_RECORDS_H
#define CTL_RECORDS_H

#include "base/err.h"
#include "model/catalog.h"

/* texts are valid during the call */
struct vendor_record {
	struct str attempt;
	struct str model; /* absent: not told */
	int64_t billed_nanos;
	struct usage usage;
};

struct records_sum {
	int64_t lines, others, faulty; /* others: without an attempt */
};

typedef void records_f(void *who, const struct vendor_record *record, const char *file,
		       int64_t line);

/*
 * Read a file ("-" is standard input), calling fn for each record with an attempt. Lines that
 * make no sense are told on standard error (the first few) and counted. False: the file cannot
 * be read, *fault_r says why.
 */
bool records_read(const char *path, const struct catalog *prices, records_f *fn, void *who,
		  struct records_sum *sum, struct fault *fault_r) MUST_CHECK;

#endif
