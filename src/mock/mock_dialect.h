/*
 * mock_dialect.h -- one vendor's way of answering: bytes for events.
 *
 * A dialect is a check (mock_check.h), what it writes for each event of a stream,
 * what it writes for a whole answer, and its errors. All writing goes through
 * templates (mock_template.h), so that the shapes on the wire can be read in the
 * dialect's file and compared with recordings.
 */
#ifndef MOCK_MOCK_DIALECT_H
#define MOCK_MOCK_DIALECT_H

#include "mock/mock_answer.h"
#include "mock/mock_walk.h"

/* what the templates can name */
struct mock_fill {
	const struct mock_ask *ask;
	const struct mock_answer *answer;
	const struct mock_choice *choice;
	size_t index; /* of the choice */
	const struct mock_event *event;
	size_t call;             /* of the choice's calls */
	struct mock_usage usage; /* to be told now */
	uint64_t frames;         /* events that gave bytes so far */
	bool opened;             /* a part was opened before */
	struct rnd *rnd;
	struct str request_id;
	const char *refused; /* the type of the error that is the whole answer; NULL: none */
};

#define MOCK_MAX_HEADERS 24

struct mock_reply_heads {
	struct {
		const char *name, *value;
	} items[MOCK_MAX_HEADERS];
	size_t n;
};

struct mock_dialect {
	const char *name;
	enum mock_vendor vendor;
	bool x_api_key; /* else Bearer */
	bool (*check)(struct mock_ask *ask);
	void (*call_id)(struct buf *out, struct rnd *r, size_t call);
	/* a stream's bytes for one event; may be none */
	void (*frame)(struct buf *out, const struct mock_fill *f);
	void (*whole)(struct buf *out, const struct mock_fill *f);
	/* an error as a body, and inside a stream */
	void (*error)(struct buf *out, const struct mock_error *e, const struct mock_fill *f);
	void (*error_frame)(struct buf *out, const struct mock_error *e, const struct mock_fill *f);
	void (*heads)(struct mock_reply_heads *heads, struct arena *a, const struct mock_fill *f,
		      int status);
	const char *keepalive; /* what a waiting stream may send */
	const char *stream_type;
	bool errors_in_stream;         /* a refused stream is a 200 with an error event */
	enum mock_event_kind end_mark; /* of a stream: the event that says "this was all" */
	const char
		*second_end; /* what an end mark too many looks like; "" = the dialect has none */
};

extern const struct mock_dialect mock_openai, mock_deepseek, mock_qwen, mock_qwen_native,
	mock_anthropic;

/* add one; value is kept (NULL is not added) */
void mock_head(struct mock_reply_heads *heads, const char *name, const char *value);

#endif
