/*
 * trust.h -- the authorities by whose certificates vendors behind TLS are known.
 *
 * To read their file takes 20 ms and more of a processor, and libcurl does it for each new
 * connection, while everybody else of the loop waits. Here it is read once for all connections of
 * the process.
 */
#ifndef IO_TRUST_H
#define IO_TRUST_H

#include "base/err.h"

struct trust;

/* path NULL: the file that libcurl was built to read. NULL: *fault_r names the file, and says what
 * is wrong with it. */
struct trust *trust_load(const char *path, struct fault *fault_r) MUST_CHECK;
/* For connections from now on. False: as above, and nothing has changed. */
bool trust_load_again(struct trust *t, const char *path, struct fault *fault_r) MUST_CHECK;
/* once nobody connects any more; NULL is fine */
void trust_free(struct trust *t);

/* From any thread: connections of this SSL_CTX believe those authorities, and nobody else. */
void trust_give(struct trust *t, void *ssl_ctx);
/* From any thread: how often they were read. What trust_give() gives later is not older. */
uint64_t trust_generation(const struct trust *t);

#endif
