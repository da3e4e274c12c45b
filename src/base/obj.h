/*
 * obj.h -- a magic number at the head of long-lived structs.
 *
 * A callback gets a `void *`; CHECK_OBJ turns a wrong or freed pointer into an
 * abort at the door instead of a corrupted heap later. For bugs, never for input.
 */
#ifndef BASE_OBJ_H
#define BASE_OBJ_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK_OBJ(ptr, wanted)                                                           \
	do {                                                                             \
		if ((ptr) == NULL || (ptr)->magic != (wanted)) {                         \
			fprintf(stderr, "%s:%d: not a %s\n", __FILE__, __LINE__, #wanted); \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* the struct that holds `member` at ptr */
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MUST_CHECK      __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * The compiler clears every local variable (m4/sr_hardening.m4), but not these: they are large, on
 * every request's way, and counted, so that only what was written is read of them.
 */
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define UNSET __attribute__((uninitialized))
#endif
#endif
#ifndef UNSET
#define UNSET
#endif

#endif
