/*
 * durable.h -- asks whether Redis' replicas have the settles that it confirmed, so
 * that they need not be kept for long (rule R3).
 *
 * WAIT stops the connection on which it is sent, so it has one of its own: nobody's
 * admission waits behind it. It speaks of the writes of its own connection; a
 * marker written there comes after every settle that was confirmed before.
 */
#ifndef GATE_DURABLE_H
#define GATE_DURABLE_H

#include "io/redis.h"
#include "io/timer.h"

struct worker;

struct durable {
	struct redis *redis;
	uint64_t newest;     /* number of the newest settle when the round began */
	uint32_t under_way;  /* servers that have not answered in it */
	uint32_t replicas;   /* of all servers */
	bool on_one, on_all; /* of each server at least one replica has it, all have */
	struct timer next;
};

/* False: *fault_r says why. */
bool durable_open(struct worker *w, struct fault *fault_r) MUST_CHECK;
void durable_close(struct worker *w);
/* Settles are kept: ask soon. */
void durable_ask(struct worker *w);

#endif
