/*
 * feedback.h -- the body of POST /v1/feedback.
 *
 * Takes no word about the answer but a number or a name of tbl/outcomes.h: what people write
 * about answers is not kept, so it is refused and not dropped silently.
 */
#ifndef CORE_FEEDBACK_H
#define CORE_FEEDBACK_H

#include "base/err.h"
#include "base/json.h"

#define FEEDBACK_WHOLE 1000000 /* reward of a good answer, weight of somebody's word */

struct feedback {
	struct str request_id;
	int64_t reward, weight; /* millionths */
};

/* request_id lies in a, or in the body */
enum err feedback_read(struct arena *a, struct str body, struct feedback *feedback_r,
		       struct fault *fault_r) MUST_CHECK;

#endif
