/*
 * scrub.h -- a vendor's error message without pieces of the prompt or of a key.
 *
 * Vendors like to quote what they reject. The message is worth passing on (it
 * says what is wrong with a schema or a parameter), the quotes are not: whatever
 * of 12 bytes or more also stands in the request's messages, and whatever looks
 * like a key, is replaced by "[...]".
 */
#ifndef CORE_SCRUB_H
#define CORE_SCRUB_H

#include "model/chat.h"

/* Printable text of at most max bytes, in a. Absent when a is full. */
struct str scrub_message(struct arena *a, struct str message, const struct chat *chat, size_t max);

#endif
