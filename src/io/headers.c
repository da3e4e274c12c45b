/* headers.c -- the headers of an answer. */
#include "io/headers.h"

#include <stdarg.h>
#include <stdio.h>

void headers_add(struct headers *h, const char *name, const char *fmt, ...)
{
	size_t room = sizeof(h->text) - h->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(h->text + h->used, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room || h->n == HEADERS_MAX)
		return;
	h->list[h->n++] = (struct reply_header){ name, h->text + h->used };
	h->used += (size_t)n + 1;
}
