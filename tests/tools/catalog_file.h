/* catalog_file.h -- a configuration's catalog, from files: for the tools of tests. */
#ifndef TOOLS_CATALOG_FILE_H
#define TOOLS_CATALOG_FILE_H

#include "conf/conf.h"

/* a whole file, as conf_load() wants it read; who: NULL */
bool file_read(void *who, const char *path, struct buf *text_r, struct fault *fault_r) MUST_CHECK;

/* NULL: what is wrong was printed to stderr */
struct catalog *catalog_load(const char *path) MUST_CHECK;

#endif
