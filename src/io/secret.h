/*
 * secret.h -- a credential, resolved from its reference.
 *
 *   ${NAME}           an environment variable
 *   file:/path        a file's content without the newline at its end
 *   credential:NAME   a systemd credential: a file in $CREDENTIALS_DIRECTORY
 *
 * The bytes lie in locked memory that no core dump holds, and are wiped when
 * freed. They are never logged; faults name the reference only.
 */
#ifndef IO_SECRET_H
#define IO_SECRET_H

#include "base/err.h"

#define SECRET_MAX 4096 /* bytes */

struct secret;

/* NULL: *fault_r says what is missing (an empty value counts as missing). */
struct secret *secret_resolve(struct str reference, struct fault *fault_r);
/* A secret of our own making, copied: e.g. a whole header line. NULL: no memory. */
struct secret *secret_of(struct str bytes);
/* NULL is fine */
void secret_free(struct secret *s);

/* NUL-terminated; lives as long as s */
const char *secret_text(const struct secret *s);

#endif
