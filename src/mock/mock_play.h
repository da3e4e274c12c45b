/*
 * mock_play.h -- one answer in time: it waits, speaks in pieces, and breaks where a
 * rule says so.
 *
 * A play has one timer and renders one event at a time. It owns itself: it ends
 * with its last byte, or when its client is gone, and writes its bill on the way.
 */
#ifndef MOCK_MOCK_PLAY_H
#define MOCK_MOCK_PLAY_H

#include "mock/mock.h"
#include "mock/mock_dialect.h"

#define PLAY_MAGIC 0x706c6179u

enum play_phase {
	PLAY_ARRIVED,
	PLAY_HEADERS,
	PLAY_KEEPALIVE,
	PLAY_EARLY, /* what a stream says before there is content */
	PLAY_START,
	PLAY_TALK,
	PLAY_FINISH,
	PLAY_STALLED, /* for ever */
	PLAY_OVER,
	PLAY_PHASES
};

struct play {
	uint32_t magic;
	struct mock *mock; /* (not owned) */
	struct exchange *x;
	struct arena arena;
	struct timer timer;
	enum play_phase phase;
	bool waiting;     /* for the timer, for the client, or for ever */
	int64_t pause_us; /* to be waited before the next step */

	uint64_t number;
	int64_t arrived_us; /* since 1970 */
	struct mock_ask ask;
	struct mock_rule rule;
	struct mock_answer answer;
	struct mock_walk walk;
	struct mock_fill fill;
	struct rnd rnd;
	struct str request_id;

	struct buf out; /* rendered, to be written */
	bool spoken;    /* the headers are out */
	bool replied;   /* the whole answer is with the front, which has x now */
	bool clean;     /* how to end once all is written */
	bool middle_passed;
	bool paced;         /* the wait before the next piece is over */
	int64_t keepalives; /* to be sent */
	uint64_t body_bytes;
	int status;
	enum mock_outcome outcome;
};

/* A request whose body is to be answered by this dialect. Takes it over. */
void mock_play(struct mock *m, struct exchange *x, const struct mock_dialect *dialect,
	       const struct mock_heads *heads);
/* the client went away; p is gone afterwards */
void mock_play_gone(void *play);
/* the client has taken enough that more can be written */
void mock_play_drained(void *play);

/* --- between the files of a play --- */

/* mock_settle.c: what it costs, into the ledger and the statistics */
void play_settle(struct play *p);

/* mock_fault.c: does the rule break the answer at this place? Then the phase tells how it goes on.
 */
bool play_break(struct play *p, enum mock_place place);
/* an error as the whole answer */
void play_refuse(struct play *p, const struct mock_error *e);

/* what a rule says of headers */
void mock_rule_heads(const struct mock_rule *r, struct arena *a, int64_t now_s,
		     struct mock_reply_heads *heads);

/* mock_play.c */

/* begin the answer, unless it has begun */
void play_speak(struct play *p, int status, const char *type);
/* what is in p->out is all that is said; type NULL: the dialect's */
void play_say(struct play *p, int status, const char *type, enum mock_outcome outcome);
/* end it when p->out is written */
void play_over(struct play *p, enum mock_outcome outcome, bool clean);
/* the whole answer's text to p->out */
void play_render_whole(struct play *p);

#endif
