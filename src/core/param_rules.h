/*
 * param_rules.h -- what a vendor makes of each member of a request, by a table.
 *
 * For dialects that build a vendor's request anew: what only steers an answer is
 * left out and reported, what changes what the answer holds is refused.
 */
#ifndef CORE_PARAM_RULES_H
#define CORE_PARAM_RULES_H

#include "core/dialect_util.h"

enum param_fate {
	PARAM_TAKEN,   /* has a counterpart, which the dialect's own code writes */
	PARAM_PASSED,  /* goes along as it stands */
	PARAM_DROPPED, /* left out and reported */
	PARAM_REFUSED,
};

struct param_rule {
	const char *name;
	enum param_fate fate;
	const char *fine; /* JSON of the value that asks for nothing, as null always does */
	const char *why;
};

struct param_rules {
	const struct param_rule *rules;
	size_t n;
	struct param_rule others; /* for members that have no rule */
};

/* ERR_UNSUPPORTED for the first refused member; dropped ones become adaptions of the call.
 * Names are put into a. */
enum err params_judge(const struct param_rules *rules, const struct chat *chat, struct arena *a,
		      struct call *call, struct fault *fault_r);

/* the members that go along as they stand */
void params_pass(const struct param_rules *rules, const struct chat *chat, struct members *m);

/* Where parameters must not be adapted, the first adaption is a fault. */
enum err adaptions_judge(const struct call *call, enum unsupported unsupported,
			 struct fault *fault_r);

#endif
