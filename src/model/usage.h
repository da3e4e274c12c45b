/*
 * usage.h -- the tokens one answer used, in disjoint classes (tbl/usage.h).
 */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H

#include <stdbool.h>
#include <stdint.h>

enum usage_class {
#define USAGE(name, fallback, text) USAGE_##name,
#include "tbl/usage.h"
#undef USAGE
	USAGE_COUNT
};

/* sets of classes */
#define USAGE_BIT(class) (1u << (class))
#define USAGE_ALL        (USAGE_BIT(USAGE_COUNT) - 1)

struct usage {
	bool seen;      /* the vendor reported it; absent is not zero */
	bool estimated; /* made up by us, because the vendor reported none, or its count goes on */
	int64_t tokens[USAGE_COUNT];
	int64_t reasoning; /* of the output tokens */
};

/* input of all kinds; output of all kinds; negative counts count as 0 */
int64_t usage_input(const struct usage *u);
int64_t usage_output(const struct usage *u);
bool usage_is_output(enum usage_class c);
const char *usage_class_name(enum usage_class c);

#endif
