/*
 * dialect_util.h -- what the dialect files share: reading a vendor's JSON with
 * care, writing members into a rope, and the decisions that every vendor needs.
 */
#ifndef CORE_DIALECT_UTIL_H
#define CORE_DIALECT_UTIL_H

#include "core/dialect.h"
#include "core/fault_rules.h"

/* --- reading what a vendor sent --- */

/* Wider than for requests (log probabilities are many values); memory is the arena's to bound. */
extern const struct json_limits vendor_json_limits;

/* One JSON value. Blank lines before it (DeepSeek's keep-alive), a byte order mark and a stray
 * "data: " (Qwen's errors) are skipped. False: there is none, or it is not JSON. */
bool vendor_json(struct json_doc *doc_r, struct arena *a, struct str text) MUST_CHECK;

/* A string's escaped characters; absent when it is no string or empty: some vendors send ""
 * where they mean "as before", which must never overwrite anything. */
struct str json_word(struct json j);
/* a token count: 0 when it is no number, never negative, never above 10^15 */
int64_t json_tokens(struct json j);

/* Members of an object by their names: values_r[i] is that of names[i], absent when there is none.
 * What is left is returned as raw `"name":value` with commas between, in a. Those that are null are
 * left out: null is how vendors say "not set", and not all members may be null in OpenAI's schema.
 * Absent when nothing is left. Cheapest when names stand as vendors mostly send them. */
struct str members_sorted(struct arena *a, struct json object, const struct str *names, size_t n,
			  struct json *values_r);

/* Two such lists as one; of a name that stands in both the first one's value. A copy in a. */
struct str members_joined(struct arena *a, struct str first, struct str second);

/* Usage of a vendor whose input count includes all of these. Each takes its share of what is left
 * of the input, so that the classes always add up to it; likewise for the output. */
struct usage_counts {
	int64_t input, cache_read, cache_write, audio, image;
	int64_t output, output_audio, reasoning;
};
void usage_split(const struct usage_counts *n, struct usage *usage_r);

/* An answer that cannot be used: the same and other targets may be asked. Returns the error. */
enum err vendor_garbage(struct vendor_fault *f, const char *why);

/* --- asking --- */

/* ERR_OK, or ERR_UNSUPPORTED with the parameter whose feature the model lacks (struct model.can) */
enum err features_check(const struct chat *chat, const struct model *model, struct fault *fault_r);

/* note what was done to a parameter; more than MAX_ADAPTIONS are not noted */
void call_adapted(struct call *call, const char *param, enum adapted what, const char *why);

/* Will the model think before it answers, and must it be told so? */
struct thinking_plan {
	bool on;
	bool tell;           /* the client asked, or the model's default is not what we want */
	const char *changed; /* why it is not what the client asked for; NULL = it is */
};
/* A forced tool switches thinking off where both together are refused by the vendor
 * (QUIRK_NO_FORCED_TOOL_THINKING). */
struct thinking_plan thinking_plan(const struct chat *chat, const struct model *model);
/* ERR_UNSUPPORTED when a tool is forced on a model that cannot stop thinking for it */
enum err thinking_check(const struct chat *chat, const struct model *model,
			struct fault *fault_r);
/* tokens to think with, for vendors that count instead of naming a level; -1 = no bound asked for */
int64_t thinking_budget(const struct chat *chat);

/* --- writing members of one JSON object, commas between --- */

struct members {
	struct rope *rope;
	bool any;
};

/* "{" and "}" */
struct members members_open(struct rope *r);
void members_close(struct members *m);

/* the comma if one is due, and "name": ; the value is the caller's next write to the rope */
void member_name(struct members *m, const char *name);
void member_raw(struct members *m, const char *name, struct str raw); /* pointed at when large */
void member_text(struct members *m, const char *name, struct str text);
void member_int(struct members *m, const char *name, int64_t value);
void member_bool(struct members *m, const char *name, bool value);
/* a member as it stands in the client's JSON, name and value */
void member_as_sent(struct members *m, struct json name);

#endif
