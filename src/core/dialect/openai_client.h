/*
 * openai_client.h -- the half of the OpenAI dialect that faces clients.
 *
 * Reading is strict and names the member at fault; nothing of what the client
 * wrote is quoted. Writing always satisfies OpenAI's published schema, also where
 * OpenAI itself does not.
 */
#ifndef CORE_DIALECT_OPENAI_CLIENT_H
#define CORE_DIALECT_OPENAI_CLIENT_H

#include "base/text.h"
#include "core/dialect.h"

extern const struct client_dialect openai_client;

/* --- reading: openai_read.c for the top level, openai_read_*.c for its large members --- */

struct reader {
	struct arena *a;
	struct chat *chat;
	struct fault *fault;
	char room[64];
	struct text at;      /* where we are: "messages[3].content[1]"; "" = top level */
	int64_t media_bytes; /* of images, audio, files: no text */
};

enum err openai_read_request(struct arena *a, struct str body, const struct json_limits *limits,
			     struct chat *chat_r, struct fault *fault_r) MUST_CHECK;
enum err openai_read_messages(struct reader *r, struct json messages) MUST_CHECK;
enum err openai_read_tools(struct reader *r) MUST_CHECK;
enum err openai_read_route(struct reader *r) MUST_CHECK;

/* Where later faults are: at a member of the top level, at the nth element of what we are at, at a
 * member of it. */
void reader_at(struct reader *r, const char *member);
void reader_nth(struct reader *r, uint32_t nth);
void reader_inside(struct reader *r, const char *member);
void reader_at_top(struct reader *r);
/* Faults of a member of what we are at (NULL: of itself). "'messages[3].role' must be a string". */
enum err reader_wrong(struct reader *r, const char *member, const char *must);
enum err reader_missing(struct reader *r, const char *member);
enum err reader_full(struct reader *r);

/* a cache_control mark, wherever it stands: what it asks for decides about the dearest price */
void reader_note_mark(struct reader *r, struct json mark);

/* ERR_OK when the member is a string (with something in it), else the fault */
enum err reader_need_text(struct reader *r, struct json object, const char *member,
			  struct json *value_r) MUST_CHECK;
/* ERR_OK when the member is absent, null (then *value_r is absent) or a value of that type */
enum err reader_may_have(struct reader *r, struct json object, const char *member,
			 enum json_type type, struct json *value_r) MUST_CHECK;

/* --- writing: openai_write.c --- */

void openai_write_reply(struct buf *out, const struct answer_head *head,
			const struct answer *answer);
void openai_write_chunk(struct buf *out, struct chunk_state *st, const struct answer_head *head,
			const struct answer *answer);
void openai_write_end(struct buf *out, struct chunk_state *st, const struct answer_head *head,
		      const struct usage *usage);
void openai_write_fault(struct buf *out, const struct fault *fault);
void openai_write_stream_fault(struct buf *out, const struct fault *fault);

#endif
