/* fuzz_vendor.h -- a model at a vendor, chosen by the input's first bytes. */
#ifndef FUZZ_FUZZ_VENDOR_H
#define FUZZ_FUZZ_VENDOR_H

#include "core/dialect.h"
#include "fuzz.h"

struct fuzz_vendor {
	struct model model;
	struct endpoint endpoint;
	struct target target;
	const struct dialect *dialect;
};

/* what the model is and can, of any dialect */
void vendor_choose(struct fuzz_vendor *v, struct str *in);
/* and which dialect is spoken to it */
void vendor_speak(struct fuzz_vendor *v, enum dialect_id id);

/* what the gateway tells of its answers */
extern const struct answer_head fuzz_head;

/* A vendor's fault must be one that can be acted upon, and told to clients. */
void vendor_fault_must_be_good(const struct vendor_fault *fault);

#endif
