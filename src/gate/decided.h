/*
 * decided.h -- what was decided for a request and what came of it, told: to the files of
 * gateway.state_dir, and to a client that asks (doc/explain.md).
 */
#ifndef GATE_DECIDED_H
#define GATE_DECIDED_H

#include "gate/request.h"

/* an attempt has ended, and this is what it used */
void decided_tried(struct request *r, const struct attempt *a, const struct usage *usage);
/* the request has ended: its record goes to the file */
void decided_write(struct request *r);

/* Did the client ask for the record, and is there one? */
bool decided_is_wanted(const struct request *r);
/* `"smartrouter":{...}`, in the request's arena; absent when it is not wanted, or there is no room
 */
struct str decided_member(struct request *r);
/* Puts that member into an object of JSON, behind whose last brace are so many more bytes. */
void decided_add(struct request *r, struct buf *object, size_t behind);

#endif
