/* hash_read.h -- all of a hash in Redis. */
#ifndef STORE_HASH_READ_H
#define STORE_HASH_READ_H

#include "store/store.h"

/* n fields and their values, which live until it returns; none when it is not ok */
typedef void hash_read_f(void *who, bool ok, size_t n, const struct str *fields,
			 const struct str *values);

/* what: the word by which a refusal is logged; a literal */
void hash_read(struct store *s, const char *what, struct str key, hash_read_f *fn, void *who);

#endif
