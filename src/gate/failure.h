/*
 * failure.h -- a vendor's fault in words for the client.
 */
#ifndef GATE_FAILURE_H
#define GATE_FAILURE_H

#include "base/err.h"

struct attempt;
struct request;

/* Names the vendor and the model; quotes the vendor's message only as far as it holds no piece of
 * the prompt or of a key. */
void failure_fault(struct request *r, const struct attempt *a, struct fault *fault_r);

#endif
