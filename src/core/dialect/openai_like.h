/*
 * openai_like.h -- what vendors that speak OpenAI's chat schema share.
 *
 * The client's own JSON goes out with only the edited members changed; answers
 * are read alike. What a vendor does differently stands in its struct like, in
 * core/dialect/VENDOR.c.
 */
#ifndef CORE_DIALECT_OPENAI_LIKE_H
#define CORE_DIALECT_OPENAI_LIKE_H

#include "core/param_rules.h"

/* how a vendor's ways differ */
enum {
	LIKE_NO_DEVELOPER = 1 << 0,    /* a developer's messages go out as the system's */
	LIKE_NEEDS_CONTENT = 1 << 1,   /* an assistant's content may not be absent or null */
	LIKE_KEEPS_REASONING = 1 << 2, /* reasoning_content in the history is understood */
	LIKE_KEEPS_MARKS = 1 << 3,     /* cache_control marks are understood */
	LIKE_NO_REFUSALS = 1 << 4,     /* refusals in the history go out as text */
	LIKE_AUDIO_BY_URL = 1 << 5,    /* input_audio.data is a data: URL */
	LIKE_HAS_TIERS = 1 << 6,       /* service_tier is understood */
	LIKE_NO_STRICT = 1 << 7,       /* function.strict is not understood */
	LIKE_NO_FUNCTIONS = 1 << 8,    /* `functions` and allowed_tools are not understood */
};

/* A number that code writes: values beyond its ends are brought to them. */
struct like_number {
	const char *param;
	double least, most;
	const char *at_least, *at_most; /* JSON of the ends */
	const char *why;                /* of the clamping */
	const char *fine; /* what models with QUIRK_NO_SAMPLING do anyway; NULL: no sampling */
};

#define LIKE_MOST_NUMBERS 8

/* what goes out for members that code writes: judged first, written later */
struct like_terms {
	struct str numbers[LIKE_MOST_NUMBERS];
	struct str tier;
};

struct like_call;

struct like {
	struct param_rules params;
	const struct like_number *numbers; /* at most LIKE_MOST_NUMBERS */
	size_t n_numbers;
	const struct fault_rule *faults;
	size_t n_faults;
	uint32_t ways;
	/* further reasons not to serve; may be NULL */
	enum err (*check)(const struct chat *chat, const struct model *model,
			  struct fault *fault_r);
	/* members that only this vendor has, thinking above all */
	void (*write_own)(const struct like_call *c, struct members *m);
	/* the whole body, and path and headers of c->call; NULL: as OpenAI has them */
	void (*write_body)(const struct like_call *c, const struct like_terms *terms);
};

/* members that are written by code, for the table in struct like.params; beside its numbers */
/* clang-format off */
#define LIKE_TAKEN \
	{ "model",                 PARAM_TAKEN, NULL, NULL }, \
	{ "models",                PARAM_TAKEN, NULL, NULL }, \
	{ "provider",              PARAM_TAKEN, NULL, NULL }, \
	{ "messages",              PARAM_TAKEN, NULL, NULL }, \
	{ "tools",                 PARAM_TAKEN, NULL, NULL }, \
	{ "stream",                PARAM_TAKEN, NULL, NULL }, \
	{ "stream_options",        PARAM_TAKEN, NULL, NULL }, \
	{ "max_tokens",            PARAM_TAKEN, NULL, NULL }, \
	{ "max_completion_tokens", PARAM_TAKEN, NULL, NULL }, \
	{ "service_tier",          PARAM_TAKEN, NULL, NULL }, \
	{ "reasoning_effort",      PARAM_TAKEN, NULL, NULL }, \
	{ "thinking",              PARAM_TAKEN, NULL, NULL }, \
	{ "enable_thinking",       PARAM_TAKEN, NULL, NULL }, \
	{ "thinking_budget",       PARAM_TAKEN, NULL, NULL }
/* clang-format on */

/* one call being written */
struct like_call {
	const struct like *like;
	const struct call_ask *ask;
	const struct chat *chat;
	const struct model *model;
	struct thinking_plan thinking;
	struct call *call;
};

/* a tool call of a stream */
struct like_call_seen {
	int16_t choice;
	int16_t index; /* the vendor's: some count from 1, or leave numbers out */
	bool named;    /* its id and name were told */
};

/* state of one stream */
struct like_stream {
	bool seen;    /* a choice, with or without content */
	bool content; /* something was handed out that a client could see */
	/* In the order they came, which is how clients are told to count them. The vendor's own
	 * numbers are kept for calls beyond these. */
	uint32_t n_calls;
	struct like_call_seen calls[256];
};

/* struct dialect's functions, with the vendor's differences in front */
enum err like_check(const struct like *like, const struct chat *chat, const struct target *target,
		    enum unsupported unsupported, struct fault *fault_r) MUST_CHECK;
enum err like_write_call(const struct like *like, const struct call_ask *ask, struct arena *a,
			 struct call *call_r, struct fault *fault_r) MUST_CHECK;
enum err like_read_reply(const struct like *like, struct arena *a, struct str body,
			 struct answer *answer_r, struct vendor_fault *fault_r) MUST_CHECK;
enum err like_read_event(const struct like *like, struct like_stream *stream, struct arena *a,
			 const struct sse_event *event, struct answer *answer_r,
			 struct vendor_fault *fault_r) MUST_CHECK;
void like_read_fault(const struct like *like, struct arena *a, const struct vendor_head *head,
		     struct str body, struct vendor_fault *fault_r);

/* Those functions without it, and the dialect: `vendor` is the name of its struct like. */
/* clang-format off */
#define LIKE_DIALECT(vendor, its_client)                                                          \
	static enum err check(const struct chat *chat, const struct target *target,               \
			      enum unsupported unsupported, struct fault *fault_r)                \
	{                                                                                         \
		return like_check(&vendor, chat, target, unsupported, fault_r);                   \
	}                                                                                         \
	static enum err write_call(const struct call_ask *ask, struct arena *a,                   \
				   struct call *call_r, struct fault *fault_r)                    \
	{                                                                                         \
		return like_write_call(&vendor, ask, a, call_r, fault_r);                         \
	}                                                                                         \
	static enum err read_reply(struct arena *a, const struct target *target, struct str body, \
				   struct answer *answer_r, struct vendor_fault *fault_r)         \
	{                                                                                         \
		(void)target;                                                                     \
		return like_read_reply(&vendor, a, body, answer_r, fault_r);                      \
	}                                                                                         \
	static enum err read_event(void *stream, struct arena *a, const struct target *target,    \
				   const struct sse_event *event, struct answer *answer_r,        \
				   struct vendor_fault *fault_r)                                  \
	{                                                                                         \
		(void)target;                                                                     \
		return like_read_event(&vendor, stream, a, event, answer_r, fault_r);             \
	}                                                                                         \
	static void read_fault(struct arena *a, const struct vendor_head *head, struct str body,  \
			       struct vendor_fault *fault_r)                                      \
	{                                                                                         \
		like_read_fault(&vendor, a, head, body, fault_r);                                 \
	}                                                                                         \
	const struct dialect dialect_##vendor = {                                                 \
		.name = #vendor,                                                                  \
		.auth = AUTH_BEARER,                                                              \
		.caches_unasked = true,                                                           \
		.check = check,                                                                   \
		.write_call = write_call,                                                         \
		.stream_size = sizeof(struct like_stream),                                        \
		.read_reply = read_reply,                                                         \
		.read_event = read_event,                                                         \
		.read_fault = read_fault,                                                         \
		.client = (its_client),                                                           \
	}
/* clang-format on */

/* members of struct like.numbers, as far as they are sent */
void like_write_numbers(const struct like_call *c, const struct like_terms *terms,
			struct members *m);

/* One choice of a whole answer (stream is NULL) or of an event; what it says is in `message`.
 * False: it cannot be one. A content that is no string is left out. */
bool like_read_choice(struct arena *a, struct like_stream *stream, struct json choice,
		      struct json message, uint32_t nth, struct delta *d_r) MUST_CHECK;
/* Was the choice of this delta, the newest, told before? A whole answer tells each once. */
bool like_repeats_choice(const struct answer *answer, const struct delta *d);

/* openai_like_messages.c: the client's messages and tools, as they came or edited */
void like_write_messages(const struct like_call *c, struct members *m);
void like_write_tools(const struct like_call *c, struct members *m);

/* usage as these vendors report it; not seen when `usage` holds no counts */
void like_read_usage(struct json usage, struct usage *usage_r);

#endif
