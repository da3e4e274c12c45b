/* replay_same.c -- is what was recorded what comes out again? */
#include "ctl/replay.h"

void replay_same_take(void *who, const struct decision_found *found)
{
	struct replay_same *r = who;
	struct plan plan;
	struct fault f;

	r->custom_failed += !str_absent(found->decision->custom_failed);
	decision_again(found->decision, found->snapshot, found->custom, &plan);
	if (decision_equal(found->decision, &plan, &f)) {
		r->equal++;
		return;
	}
	if (r->different++ == 0)
		snprintf(r->first, sizeof(r->first), "%s:%lld: request %.*s: %s", found->file,
			 (long long)found->line, STR_ARG(found->decision->id), f.text);
}
