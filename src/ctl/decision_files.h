/*
 * decision_files.h -- files of decision records, read with the catalogs and snapshots that
 * stand in them.
 */
#ifndef CTL_DECISION_FILES_H
#define CTL_DECISION_FILES_H

#include "core/custom.h"
#include "core/decision.h"

/* one record; all of it is valid during the call */
struct decision_found {
	struct decision *decision;          /* bound to its catalog */
	struct snapshot *snapshot;          /* that it was decided under */
	const struct custom_runner *custom; /* of its catalog */
	struct snapshot *other; /* what was known then, as another catalog counts it; NULL: none was
				   asked for */
	const char *file;
	int64_t line;
};
typedef void decision_found_f(void *who, const struct decision_found *found);

struct decision_sum {
	int64_t records;  /* that fn was called for */
	int64_t damaged;  /* lines that cannot be read */
	int64_t torn;     /* last lines without an end, as a killed process leaves them */
	int64_t homeless; /* records whose catalog, targets or snapshot stand nowhere before them */
};

/*
 * Reads a file, or all files of a folder by their names; calls fn for each record. other: a
 * catalog under which the snapshots are wanted as well, or NULL. Lines that make no sense are told
 * on standard error (the first few) and counted. False: it cannot be read, *fault_r says why.
 */
bool decision_files_read(const char *path, struct catalog *other, decision_found_f *fn, void *who,
			 struct decision_sum *sum, struct fault *fault_r) MUST_CHECK;

#endif
