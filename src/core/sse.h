/*
 * sse.h -- bytes of an event stream to events, however the bytes are split.
 *
 * Takes what the four vendors send: LF, CRLF or CR; `data:` with or without a
 * space; several data lines; comments; a missing last blank line; UTF-8 cut in
 * two by a read. (HTML Living Standard, "Server-sent events", plus the comment
 * that DashScope hides an HTTP status in.)
 */
#ifndef CORE_SSE_H
#define CORE_SSE_H

#include "base/buf.h"

struct sse_event {
	struct str name;    /* of `event:`; empty = none */
	struct str data;    /* data lines joined by LF; absent = the event had none */
	struct str comment; /* the last comment line before its end, after the colon; absent = none */
};

struct sse {
	struct buf line; /* an unfinished line */
	struct buf data, name, comment;
	size_t max_event;
	bool has_data, has_comment;
	bool given;    /* the event was handed out: the next call forgets it */
	bool after_cr; /* a CR ended the line: an LF right behind it belongs to it */
	bool bom_done;
};

/* A line or an event larger than max_event bytes is an error. */
void sse_init(struct sse *s, size_t max_event);
void sse_release(struct sse *s);

enum sse_result { SSE_MORE, SSE_EVENT, SSE_COMMENT, SSE_TOO_LARGE };

/*
 * Consume from *in. SSE_EVENT: *event_r is filled, valid until the next call; call
 * again for the rest of *in. SSE_COMMENT: comment lines with no event around them
 * (a keep-alive). SSE_MORE: *in is used up. SSE_TOO_LARGE: give the stream up.
 */
enum sse_result sse_feed(struct sse *s, struct str *in, struct sse_event *event_r) MUST_CHECK;
/* The stream has ended: an event whose blank line is missing, if there is one. */
enum sse_result sse_finish(struct sse *s, struct sse_event *event_r) MUST_CHECK;

#endif
