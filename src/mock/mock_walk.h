/*
 * mock_walk.h -- an answer as a sequence of events, piece by piece.
 *
 * Nothing is rendered ahead, so thousands of streams cost little. With several
 * choices their events take turns.
 */
#ifndef MOCK_MOCK_WALK_H
#define MOCK_MOCK_WALK_H

#include "mock/mock_answer.h"

enum mock_event_kind {
	EVENT_START, /* of a choice */
	EVENT_OPEN_REASONING,
	EVENT_REASONING,
	EVENT_CLOSE_REASONING,
	EVENT_OPEN_TEXT,
	EVENT_TEXT,
	EVENT_CLOSE_TEXT,
	EVENT_REFUSAL,
	EVENT_OPEN_CALL,
	EVENT_ARGUMENTS,
	EVENT_CLOSE_CALL,
	EVENT_FINISH, /* of a choice */
	EVENT_USAGE,  /* once, after all */
	EVENT_END,    /* the end mark */
	EVENT_KINDS
};

struct mock_event {
	enum mock_event_kind kind;
	size_t choice, call;
	struct str piece; /* of what is being said */
	struct str sofar; /* all of it so far, piece included */
	bool first;       /* piece of its part */
};

struct mock_cursor {
	enum mock_event_kind next;
	size_t call;
	size_t at; /* bytes of the part that is being said */
	bool done;
};

struct mock_walk {
	const struct mock_answer *answer; /* (not owned) */
	struct mock_cursor *cursors;
	size_t turn; /* whose turn it is */
	size_t piece_bytes;
	int64_t pieces, pieces_done;
	int64_t produced, reasoned; /* tokens so far */
	enum mock_event_kind tail;
};

/* chunks: pieces that an answer is cut in at most; 0 = one token each */
bool mock_walk_init(struct mock_walk *w, struct arena *a, const struct mock_answer *answer,
		    int64_t chunks) MUST_CHECK;
/* false: behind the end */
bool mock_walk_next(struct mock_walk *w, struct mock_event *event_r);
/* what mock_walk_next() would give, without going there */
enum mock_event_kind mock_walk_peek(const struct mock_walk *w);
/* is it content, for which a client waits? */
bool mock_event_is_content(enum mock_event_kind kind);

#endif
