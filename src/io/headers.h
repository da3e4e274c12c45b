/* headers.h -- the headers of an answer, and room for the values that are made for it. */
#ifndef IO_HEADERS_H
#define IO_HEADERS_H

#include "base/obj.h"
#include "base/str.h"

#define HEADERS_MAX 24

struct reply_header {
	const char *name;
	const char *value; /* must hold no CR, LF or NUL: such a header is left out */
};

/* {0} is the empty set */
struct headers {
	struct reply_header list[HEADERS_MAX];
	size_t n;
	char text[2048];
	size_t used;
};

/* the value is copied; what does not fit is left out */
void headers_add(struct headers *h, const char *name, struct str value);
void headers_addi(struct headers *h, const char *name, int64_t value);

#endif
