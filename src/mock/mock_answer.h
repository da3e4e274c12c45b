/*
 * mock_answer.h -- what is answered, in nobody's dialect.
 *
 * The same request gets the same answer: texts are made from the prompt, and only
 * ids differ. A text of n tokens has 4n bytes, so it counts n (mock_ask.h).
 */
#ifndef MOCK_MOCK_ANSWER_H
#define MOCK_MOCK_ANSWER_H

#include "base/rand.h"
#include "mock/mock_ask.h"
#include "mock/mock_rules.h"

enum mock_done { DONE_STOP, DONE_LENGTH, DONE_CALLS, DONE_STOP_SEQUENCE, DONE_REFUSAL };

struct mock_call {
	struct str id, name, arguments; /* JSON text */
};

struct mock_choice {
	struct str reasoning, text, refusal; /* plain; absent = none */
	struct mock_call *calls;
	size_t n_calls;
	enum mock_done done;
	struct str stop;       /* the stop sequence that was met */
	int64_t hidden_tokens; /* reasoning that is counted, not shown */
};

/* disjoint classes, except that output includes reasoning */
struct mock_usage {
	int64_t input, cache_read, cache_write, cache_write_long, output, reasoning;
};

struct mock_answer {
	struct mock_choice *choices;
	size_t n;
	struct mock_usage usage;    /* the truth: what is billed */
	struct mock_usage reported; /* what the client is told */
	bool usage_hidden;          /* it is told nothing */
	struct str finish;          /* a finish reason ordered by a rule, or absent */
	int64_t created;            /* Unix seconds */
	uint64_t seed;              /* of ids */
};

/* the whole answer, in ask->a; what comes from a cache is in cached (input is ignored) */
bool mock_answer_make(struct mock_ask *ask, const struct mock_rule *rule,
		      const struct mock_usage *cached, int64_t now_s, uint64_t number,
		      struct mock_answer *answer_r) MUST_CHECK;

/* tokens of a choice's output, all of it */
int64_t mock_choice_tokens(const struct mock_choice *c);
/* text without a cut-off character at its end, at most n bytes of it */
struct str mock_cut_text(struct str text, size_t n);

/* a JSON value that fits a schema; an object when there is none. Bounded depth. */
void mock_fill_schema(struct buf *out, struct json schema, struct json root, int depth);

/* n characters of letters and digits */
void mock_random_text(struct buf *out, struct rnd *r, size_t n);
void mock_random_hex(struct buf *out, struct rnd *r, size_t n);
/* 8-4-4-4-12 */
void mock_random_uuid(struct buf *out, struct rnd *r);

#endif
