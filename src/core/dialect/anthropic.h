/*
 * anthropic.h -- what the files of the Anthropic dialect share.
 *
 * Signed thinking travels to clients and back as `reasoning_details`: a list of
 *   {"type":"reasoning.text","text":...,"signature":...,"format":...,"model":...,"index":i}
 *   {"type":"reasoning.encrypted","data":...,"format":...,"model":...,"index":i}
 * with i counting the thinking blocks of a message. In a stream the first item of a
 * block says format and model, later ones bring more text, the last one the signature;
 * a client may send them back as they came or put together by index.
 */
#ifndef CORE_DIALECT_ANTHROPIC_H
#define CORE_DIALECT_ANTHROPIC_H

#include "core/dialect_util.h"

#define ANTHROPIC_REASONING_FORMAT "anthropic-claude-v1"

enum anthropic_block { BLOCK_NONE, BLOCK_TEXT, BLOCK_THINKING, BLOCK_TOOL, BLOCK_OTHER };

/* Anthropic's own counts; cumulative, so the largest seen of each is kept */
struct anthropic_usage {
	bool seen;
	bool whole; /* the output was counted to its end */
	int64_t input, read, written, written_long, output, thinking;
};

/* a block of a stream that has begun */
struct anthropic_begun {
	int64_t index;
	enum anthropic_block kind; /* BLOCK_NONE: it has ended */
	int32_t place;             /* among the answer's tool calls, or its thinking */
	bool arguments_sent;       /* of a tool */
	bool described;            /* of thinking: format and model were said */
};

struct anthropic_stream {
	struct anthropic_usage usage;
	bool started;
	bool spoke;                      /* some text or a tool was handed out */
	int32_t n_tools, n_thinking;     /* begun so far */
	int64_t latest;                  /* index of the block that began last */
	struct anthropic_begun begun[8]; /* by index, modulo their number */
};

/* --- asking: what is decided before a byte is written --- */

enum anthropic_thinking { THINK_UNSAID, THINK_OFF, THINK_BUDGET, THINK_ADAPTIVE };

struct anthropic_terms {
	enum anthropic_thinking thinking;
	int64_t budget;     /* tokens, with THINK_BUDGET */
	const char *effort; /* of output_config; NULL = unsaid */
	bool replay;        /* the history's thinking blocks go along */
	enum tool_choice choice;
	bool strict_tools;  /* a tool may ask to be strict */
	bool declare_tools; /* the history calls tools, but the request has none */
	struct json schema; /* of the answer; absent = none */
	bool wish_json;     /* any JSON object will do: asked for in the system prompt */
	struct str temperature, top_p, top_k; /* JSON numbers; absent = left out */
	const char *tier;                     /* service_tier; NULL = unsaid */
	struct json user_id;
};

/* Decide, note what was adapted in call, and refuse what cannot be asked of the target. */
enum err anthropic_settle(const struct call_ask *ask, struct arena *a, struct call *call,
			  struct anthropic_terms *terms_r, struct fault *fault_r) MUST_CHECK;

/* --- asking: messages --- */

struct anthropic_writer {
	const struct chat *chat;
	const struct target *target;
	const struct anthropic_terms *terms;
	struct arena *a;
	struct call *call;
	struct rope *rope;
};

/* the member `system`; nothing when there is nothing to say */
void anthropic_write_system(struct anthropic_writer *w, struct members *body);
/* the array of `messages`; false when nothing in them can be sent */
bool anthropic_write_messages(struct anthropic_writer *w) MUST_CHECK;
/* Will there be one? True only where it is certain. */
bool anthropic_has_turns(const struct chat *chat);
/* the members `tools` and `tool_choice` */
void anthropic_write_tools(struct anthropic_writer *w, struct members *body);

/* One block of signed thinking that is to be sent back: the items of reasoning_details that
 * make it up, from `first` up to but not including `end` (absent: up to the last). */
struct anthropic_thought {
	struct json items, first, end;
	bool redacted;
};
/* The next block after t (zeroed: the first one) that this target can take back. */
bool anthropic_next_thought(const struct message *m, const struct target *target,
			    struct anthropic_thought *t);
void anthropic_write_thought(struct rope *r, const struct anthropic_thought *t);

/* The schema of an answer; true when an object in it had to be closed. */
bool anthropic_write_schema(struct rope *r, struct json schema);

/* white space, escaped or not, is all there is in the string; how many bytes of it end the text */
bool anthropic_is_blank(struct json string);
size_t anthropic_trailing_blank(struct str chars);

/* ERR_UNSUPPORTED for a part that Anthropic does not take */
enum err anthropic_part_check(const struct part *part, struct arena *a, struct fault *fault_r);
/* one content block */
void anthropic_write_part(struct anthropic_writer *w, const struct part *part);

/* --- answers --- */

enum err anthropic_read_reply(struct arena *a, const struct target *target, struct str body,
			      struct answer *answer_r, struct vendor_fault *fault_r) MUST_CHECK;
enum err anthropic_read_event(void *stream, struct arena *a, const struct target *target,
			      const struct sse_event *event, struct answer *answer_r,
			      struct vendor_fault *fault_r) MUST_CHECK;
void anthropic_read_fault(struct arena *a, const struct vendor_head *head, struct str body,
			  struct vendor_fault *fault_r);
/* an error object inside a 200: the status it would have had comes from its type */
enum err anthropic_fault_inside(struct arena *a, struct json root, struct vendor_fault *fault_r);

#endif
