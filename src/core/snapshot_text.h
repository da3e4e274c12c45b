/*
 * snapshot_text.h -- a snapshot as JSON: what the leader publishes, what gateways
 * read, what `explain` and `replay` keep (doc/decision.md, "The text of a snapshot").
 *
 * Pure. Everything is named, so that the text outlives the catalog that it was made
 * under: what the reader's catalog does not have is passed over. Canonical: numbers
 * have four digits, and what is not known is not there, so equal texts are equal
 * knowledge, and write(read(text)) is text.
 */
#ifndef CORE_SNAPSHOT_TEXT_H
#define CORE_SNAPSHOT_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "model/snapshot.h"

/* bytes of a text, and of a snapshot read from one, at most */
#define SNAPSHOT_TEXT_MAX   (4u << 20)
#define SNAPSHOT_MEMORY_MAX (64u << 20)

void snapshot_write(const struct snapshot *s, struct buf *out);

/* Bound to c. Its hash is the text's; version and at_s are the caller's to set. NULL: *fault_r says
 * what is wrong with it. */
struct snapshot *snapshot_read(struct str text, struct catalog *c,
			       struct fault *fault_r) MUST_CHECK;

/* 16 digits of hex and a NUL, as in struct snapshot */
void snapshot_hash(struct str text, char hash_r[17]);

#endif
