/* fuzz.c -- reading choices from an input, and telling a finding. */
#include "fuzz.h"

#include <stdarg.h>

void fuzz_finding(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: finding: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

static uint64_t take_bytes(struct str *in, int n)
{
	uint64_t value = 0;

	for (int i = 0; i < n && in->n; i++) {
		value = value << 8 | (unsigned char)in->p[0];
		*in = str_sub(*in, 1, in->n);
	}
	return value;
}

uint64_t fuzz_choose(struct str *in, uint64_t most)
{
	int bytes = 1;

	while (bytes < 8 && most >> 8 * bytes)
		bytes++;
	return most == UINT64_MAX ? take_bytes(in, bytes) : take_bytes(in, bytes) % (most + 1);
}

int64_t fuzz_any(struct str *in)
{
	static const int64_t odd[] = { INT64_MIN, -1, 0, 1, INT32_MAX, 1LL << 53, INT64_MAX };
	uint64_t kind = fuzz_choose(in, 15);

	if (kind < COUNT_OF(odd))
		return odd[kind];
	return (int64_t)take_bytes(in, (int)kind - (int)COUNT_OF(odd));
}

struct str fuzz_part(struct str *in)
{
	if (str_absent(*in))
		return STR("");
	return str_cut(in, '\0');
}

char *fuzz_own(struct str s)
{
	char *own = malloc(s.n ? s.n : 1);

	if (!own)
		abort();
	if (s.n)
		memcpy(own, s.p, s.n);
	return own;
}
