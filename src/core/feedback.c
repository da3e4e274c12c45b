/* feedback.c -- a rating or an outcome to reward and weight. */
#include "core/feedback.h"

#include <math.h>

static const struct {
	const char *name;
	int64_t reward, weight;
} outcomes[] = {
#define OUTCOME(name, reward, weight, text) { #name, reward, weight },
#include "tbl/outcomes.h"
#undef OUTCOME
};

static const char outcome_names[] =
#define OUTCOME(name, reward, weight, text) ", " #name
#include "tbl/outcomes.h"
#undef OUTCOME
	;

static enum err check_members(struct json root, struct arena *a, struct fault *f)
{
	static const char *const known[] = { "request_id", "rating", "outcome" };

	JSON_EACH (name, root) {
		bool found = false;

		for (size_t i = 0; i < COUNT_OF(known); i++)
			found |= json_is(name, known[i]);
		if (json_is(name, "comment"))
			return fault_set(f, ERR_VALUE, "comment",
					 "`comment` is not taken: nothing that people write is "
					 "kept.");
		if (!found && !str_absent(json_text(name, a)))
			return fault_set(f, ERR_VALUE, "",
					 "The body may have `request_id`, and `rating` or "
					 "`outcome`; it has something else.");
	}
	return ERR_OK;
}

static enum err read_rating(struct json rating, struct feedback *feedback, struct fault *f)
{
	double share = -1;

	feedback->weight = FEEDBACK_WHOLE;
	if (json_is(rating, "up"))
		share = 1;
	else if (json_is(rating, "down"))
		share = 0;
	else if (json_type(rating) != JSON_NUMBER || !json_double(rating, &share))
		share = -1;
	if (!(share >= 0 && share <= 1))
		return fault_set(f, ERR_VALUE, "rating",
				 "`rating` must be a number from 0 to 1, \"up\" or \"down\".");
	feedback->reward = llround(share * FEEDBACK_WHOLE);
	return ERR_OK;
}

static enum err read_outcome(struct json outcome, struct feedback *feedback, struct fault *f)
{
	for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
		if (!json_is(outcome, outcomes[i].name))
			continue;
		feedback->reward = outcomes[i].reward;
		feedback->weight = outcomes[i].weight;
		return ERR_OK;
	}
	return fault_set(f, ERR_VALUE, "outcome", "`outcome` must be one of: %s.",
			 outcome_names + strlen(", "));
}

static enum err read_root(struct json root, struct arena *a, struct feedback *feedback,
			  struct fault *f)
{
	struct json rating = json_get(root, "rating"), outcome = json_get(root, "outcome");
	enum err e = check_members(root, a, f);

	if (e)
		return e;
	if (json_unset(json_get(root, "request_id")))
		return fault_set(f, ERR_MISSING, "request_id",
				 "`request_id` is missing: the x-request-id of the answer.");
	feedback->request_id = json_text(json_get(root, "request_id"), a);
	if (str_absent(feedback->request_id))
		return fault_set(f, ERR_VALUE, "request_id", "`request_id` must be a string.");
	if (json_unset(rating) && json_unset(outcome))
		return fault_set(f, ERR_MISSING, "rating",
				 "Neither `rating` nor `outcome` is there.");
	if (!json_unset(rating) && !json_unset(outcome))
		return fault_set(f, ERR_VALUE, "outcome", "Send `rating` or `outcome`, not both.");
	return json_unset(outcome) ? read_rating(rating, feedback, f)
				   : read_outcome(outcome, feedback, f);
}

enum err feedback_read(struct arena *a, struct str body, struct feedback *feedback_r,
		       struct fault *fault_r)
{
	struct json_doc doc;
	enum json_fail fail;
	size_t at;

	*feedback_r = (struct feedback){ 0 };
	fail = json_parse(&doc, a, body, &json_limits_default, &at);
	if (fail)
		return fault_set(fault_r, ERR_JSON, "",
				 "The body is not valid JSON: %s at byte %zu.",
				 json_fail_text(fail), at);
	if (json_type(json_root(&doc)) != JSON_OBJECT)
		return fault_set(fault_r, ERR_JSON, "", "The body must be a JSON object.");
	return read_root(json_root(&doc), a, feedback_r, fault_r);
}
