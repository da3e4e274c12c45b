/*
 * pipe.h -- dialect_pipe: the dialects behind a pipe, for tests written in Python.
 *
 * One job comes in, one JSON object goes out; no job leaves anything behind for
 * the next. What a job's members mean stands beside the function that reads them.
 */
#ifndef TOOLS_PIPE_H
#define TOOLS_PIPE_H

#include "core/dialect.h"
#include "core/gather.h"

#define PIPE_MAX_BYTES ((size_t)256 << 20)

struct job {
	struct arena *a;
	struct json meta; /* settings of the job */
	struct str body;  /* the vendor's or the client's bytes */
	struct buf *out;
};

/* the members of meta that name a target: see target_read() */
struct target_spec {
	struct model model;
	struct endpoint endpoint;
	struct target target;
	const struct dialect *dialect;
};

/* what the gateway itself would tell of an answer */
extern const struct answer_head pipe_head;

/* meta: {"dialect", "upstream", "cannot": [names], "quirks": [names], "thinking", "image_tokens"};
 * only dialect is needed. The model can do everything but what is named. */
bool target_read(struct target_spec *spec_r, struct json meta, struct arena *a);

/* --- the verbs --- */

/* a whole body: {"fault", "fault_body"} or {"reply", "usage", "ended"} */
void pipe_reply(const struct job *job, const struct target_spec *spec);
/* a stream: see pipe_stream.c */
void pipe_stream(const struct job *job, const struct target_spec *spec);
/* another status: {"fault", "fault_body", "fault_frame"} */
void pipe_fault(const struct job *job, const struct target_spec *spec);
/* a client's body to each of meta.targets: see pipe_request.c */
void pipe_request(const struct job *job, const struct target_spec *none);

/* --- members of the object that goes out --- */

void out_name(struct buf *out, const char *name); /* with the comma before it, if one is due */
void out_text(struct buf *out, const char *name, struct str text); /* absent is null */
void out_int(struct buf *out, const char *name, int64_t value);
void out_bool(struct buf *out, const char *name, bool value);
void out_usage(struct buf *out, const char *name, const struct usage *usage);
void out_vendor_fault(struct buf *out, const char *name, const struct vendor_fault *fault);
void out_fault(struct buf *out, const char *name, const struct fault *fault);

/* what a client is told of a vendor's fault */
void fault_of_vendor(struct fault *fault_r, const struct vendor_fault *vendor, struct arena *a);

#endif
