/*
 * kept_file.h -- files that a program writes at each start, and that their owner may edit: an
 * edited one is kept.
 *
 * What was last written lies beside them under the same name in the folder written/, by which an
 * edit is known, and from which it can be told what a newer program would have written.
 */
#ifndef CTL_KEPT_FILE_H
#define CTL_KEPT_FILE_H

#include "base/obj.h"
#include "base/str.h"

/* the whole file, for its owner alone; false: see errno */
bool file_write(const char *path, struct str text) MUST_CHECK;

/* has it been edited since kept_file_write()? */
bool kept_file_is_edited(const char *dir, const char *name) MUST_CHECK;
/* does it hold this text now? */
bool kept_file_has(const char *dir, const char *name, const char *text) MUST_CHECK;
/* unless it was edited; false: see errno */
bool kept_file_write(const char *dir, const char *name, struct str text) MUST_CHECK;

#endif
