/* usage.c -- sums over the classes of tokens. */
#include "model/usage.h"

static const char *const names[USAGE_COUNT] = {
#define USAGE(name, fallback, text) #name,
#include "tbl/usage.h"
#undef USAGE
};

bool usage_is_output(enum usage_class c)
{
	return c == USAGE_output || c == USAGE_output_audio;
}

/* A vendor may report anything: negative counts count as 0, and the sum does not overflow. */
static int64_t sum(const struct usage *u, bool output)
{
	int64_t n = 0;

	for (int c = 0; c < USAGE_COUNT; c++) {
		if (usage_is_output((enum usage_class)c) != output || u->tokens[c] < 0)
			continue;
		if (__builtin_add_overflow(n, u->tokens[c], &n))
			return INT64_MAX;
	}
	return n;
}

int64_t usage_input(const struct usage *u)
{
	return sum(u, false);
}

int64_t usage_output(const struct usage *u)
{
	return sum(u, true);
}

const char *usage_class_name(enum usage_class c)
{
	return names[c];
}
