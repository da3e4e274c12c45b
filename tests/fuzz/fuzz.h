/*
 * fuzz.h -- what the fuzz targets share.
 *
 * An input begins with a few bytes that choose (which dialect, which quirks, where
 * to cut); the rest is the text under test. A target does not only look for
 * crashes: it states what must hold for every input, with HOLDS().
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"

/* room of every arena and buffer in a target: more than any input can need */
#define FUZZ_ROOM ((size_t)32 << 20)

/* libFuzzer calls it for each input */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What must be true of this input. If not, libFuzzer keeps it and stops. */
#define HOLDS(condition, ...)                                          \
	do {                                                           \
		if (!(condition))                                      \
			fuzz_finding(__FILE__, __LINE__, __VA_ARGS__); \
	} while (0)

_Noreturn void fuzz_finding(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A number from 0 to `most`, from the first bytes of *in; 0 when they are used up. */
uint64_t fuzz_choose(struct str *in, uint64_t most);
/* Any number: small and extreme ones as often as others. */
int64_t fuzz_any(struct str *in);
/* The bytes up to the next NUL, or all of them; *in becomes what follows it. */
struct str fuzz_part(struct str *in);

/* The same bytes in memory of their own, behind which nothing may be read; free() it. */
char *fuzz_own(struct str s) MUST_CHECK;

#endif
