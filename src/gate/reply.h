/*
 * reply.h -- answers to clients that have no request behind them (yet), and the
 * one place that writes errors.
 */
#ifndef GATE_REPLY_H
#define GATE_REPLY_H

#include "base/err.h"
#include "io/front.h"

/* the API key that the client sent: Authorization: Bearer, or x-api-key; absent when none */
struct str bearer_key(const struct exchange *x);

/* Answer x with an error in its dialect. rid "": no request id is told. */
void reply_fault(struct exchange *x, const struct fault *f, const char *rid);

/* A set of response headers, with room for their values. */
#define HEADERS_MAX 24
struct headers {
	struct reply_header list[HEADERS_MAX];
	size_t n;
	char text[2048];
	size_t used;
};

/* the value is formatted and kept; what does not fit is left out */
void headers_add(struct headers *h, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

struct request;
/* x-request-id, x-smartrouter-*, x-ratelimit-*: what we can tell when the headers go out */
void headers_of_answer(struct headers *h, const struct request *r);

#endif
