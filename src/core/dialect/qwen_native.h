/* qwen_native.h -- what the files of DashScope's native mode share. */
#ifndef CORE_DIALECT_QWEN_NATIVE_H
#define CORE_DIALECT_QWEN_NATIVE_H

#include "core/dialect/qwen.h"

/*
 * A stream that was asked for increments may still repeat, in each event, all that it said
 * before; nothing in it tells which of the two it does. So a beginning that repeats itself
 * is watched until it is clear, and what it said is held back meanwhile. doc/vendors.md has
 * the rules, "Qwen, native mode: repetitions".
 */
enum native_habit { HABIT_UNKNOWN, HABIT_HELD, HABIT_PIECES, HABIT_WHOLE };

struct native_said {
	enum native_habit habit;
	uint32_t length, hash; /* of what was handed out */
};

#define NATIVE_HELD 64

struct native_held {
	uint32_t n;
	char bytes[NATIVE_HELD];
};

/*
 * What is new in `text`, the content of a JSON string; absent when nothing is. `over`: no more
 * will come. Without `held` a repetition is certain at first sight: JSON text never begins
 * with its own beginning twice.
 */
struct str native_news(struct native_said *said, struct native_held *held, struct arena *a,
		       struct str text, bool over);

/* DashScope gives up to 4 choices; calls beyond this many are not watched for repetitions */
#define NATIVE_CHOICES 4
#define NATIVE_TOOLS   16

struct native_choice {
	struct native_said text, reasoning, tools[NATIVE_TOOLS];
	struct native_held held_text, held_reasoning;
};

struct native_stream {
	struct like_stream like;
	struct native_choice choices[NATIVE_CHOICES];
};

extern const struct like qwen_native_like;

enum err native_read_reply(struct arena *a, const struct target *target, struct str body,
			   struct answer *answer_r, struct vendor_fault *fault_r) MUST_CHECK;
enum err native_read_event(void *stream, struct arena *a, const struct target *target,
			   const struct sse_event *event, struct answer *answer_r,
			   struct vendor_fault *fault_r) MUST_CHECK;

/* parameters.messages in native form; content in parts where the path is multimodal */
void native_write_messages(const struct like_call *c, struct members *m, bool parts);

#endif
