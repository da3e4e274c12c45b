/*
 * scrub.h -- a vendor's error message without pieces of the prompt or of a key.
 *
 * Vendors like to quote what they reject. The message is worth passing on (it
 * says what is wrong with a schema or a parameter), the quotes are not: whatever
 * of 12 bytes or more also stands in the request's messages, in what its tools are
 * described as, in what it says of its user, or in the credential that the vendor was
 * sent, and whatever looks like a key, is replaced by "[...]".
 */
#ifndef CORE_SCRUB_H
#define CORE_SCRUB_H

#include "model/chat.h"

/* Printable text of at most max bytes, in a. Absent when a is full. The credential may be absent.
 */
struct str scrub_message(struct arena *a, struct str message, const struct chat *chat,
			 struct str credential, size_t max);

/* May this, which a client wrote where a name belongs, be repeated in an error? Not when it could
 * as well be a key, or a sentence. */
bool scrub_may_tell(struct str name);

#endif
