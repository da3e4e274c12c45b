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

/* Answer x with an error in its dialect; h: headers that it has besides. */
void reply_fault(struct exchange *x, const struct fault *f, struct headers *h);
/* The same for a request that never became one: see struct front_handler. */
void write_refusal(const struct fault *f, struct headers *h, struct buf *body_r);

struct catalog;
/* x-smartrouter-epoch: every answer tells under which catalog it was decided */
void header_of_epoch(struct headers *h, const struct catalog *c);

struct request;
/* x-request-id, x-smartrouter-*, x-ratelimit-*: what we can tell when the headers go out */
void headers_of_answer(struct headers *h, const struct request *r);

#endif
