/*
 * journal_file.h -- the files of a journal: DIR/NAME.NUMBER.journal.
 */
#ifndef STORE_JOURNAL_FILE_H
#define STORE_JOURNAL_FILE_H

#include "base/err.h"

#define JOURNAL_PATH_MAX 512
#define JOURNAL_SUFFIX   ".journal"

/* Which start of the machine this is: what was written and not synced survives all but another. */
void journal_boot(char *dst, size_t cap);

/*
 * A new file, the first from *number + 1 that does not exist; *number and path_r say which. Room
 * for `bytes` is claimed where the file system can. -1: errno says why.
 */
int journal_file_create(const char *dir, const char *name, unsigned *number, size_t bytes,
			char path_r[JOURNAL_PATH_MAX]);
/* All of it, or nothing: 0 or an errno. size: what is in the file. */
int journal_file_append(int fd, size_t size, struct str bytes) MUST_CHECK;
/* gives back the claimed room that was not used, and closes */
void journal_file_end(int fd, size_t size);

/* Names of the segments in dir, sorted, NULL at the end; to be freed. False: *fault_r says why. */
bool journal_files(const char *dir, char ***names_r, size_t *n_r, struct fault *fault_r) MUST_CHECK;
void journal_files_free(char **names);

#endif
