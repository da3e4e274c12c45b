/*
 * upstream_memory.c -- memory for libcurl that is wiped when it is given back.
 *
 * libcurl copies headers into buffers of its own, and with them the credentials.
 */
#include "io/upstream_parts.h"

#include <malloc.h>
#include <sodium.h>

static void free_wiped(void *p)
{
	if (p)
		sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

static void *realloc_wiped(void *old, size_t n)
{
	size_t had = old ? malloc_usable_size(old) : 0;
	void *p;

	if (n != 0 && n <= had)
		return old;
	p = malloc(n);
	if (p && had)
		memcpy(p, old, had < n ? had : n);
	if (p)
		free_wiped(old);
	return p;
}

bool memory_init(void)
{
	/* only the first call of a process sets them */
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_wiped, realloc_wiped, strdup,
				    calloc) == CURLE_OK;
}
