/*
 * mock.h -- the fake vendors: one process that is OpenAI, Anthropic, DeepSeek and Qwen.
 *
 * The truth in tests: it refuses what the vendors refuse, answers in their bytes,
 * breaks as it is told to, and writes down what it would have billed.
 *
 *   mock.c          options, start and end
 *   mock_serve.c    from a path to a dialect
 *   mock_admin.c    the admin endpoint
 *   mock_play.c     one answer in time: waits, pieces, faults
 *   mock_fault.c    what goes wrong in it
 *   mock_settle.c   one bill
 */
#ifndef MOCK_MOCK_H
#define MOCK_MOCK_H

#include "io/front.h"
#include "mock/mock_cache.h"
#include "mock/mock_ledger.h"
#include "mock/mock_price.h"
#include "mock/mock_rules.h"

#define MOCK_MAX_DOORS (1 + MOCK_VENDORS)

struct mock;

/* an address that is listened on */
struct mock_door {
	struct mock *mock; /* (not owned) */
	struct front *front;
	const char *address; /* as given */
	bool single;         /* one vendor only, without its prefix */
	enum mock_vendor vendor;
};

struct mock_stats {
	uint64_t requests, open, most_open;
	uint64_t statuses[MOCK_VENDORS][600]; /* of chats, by vendor */
	uint64_t outcomes[MOCK_VENDORS][8];   /* enum mock_outcome */
	int64_t billed_nanos[MOCK_VENDORS];
};

struct mock {
	struct loop *loop;
	struct mock_door doors[MOCK_MAX_DOORS];
	size_t n_doors;
	struct mock_models models;
	const char *keys[MOCK_VENDORS]; /* the one credential that is good; NULL: any is */
	struct mock_rule defaults;
	struct mock_rules rules;
	struct mock_prices prices;
	struct mock_cache cache;
	struct mock_ledger ledger;
	struct mock_stats stats;
	uint64_t number; /* of the last request */
	bool stopping;
};

/* how a request ended, for the ledger and for billing */
enum mock_outcome {
	OUTCOME_COMPLETE,
	OUTCOME_REFUSED, /* an error instead of an answer */
	OUTCOME_ERROR,   /* an error inside of an answer */
	OUTCOME_GARBAGE,
	OUTCOME_CUT, /* broken off by a rule */
	OUTCOME_CLIENT_GONE,
	OUTCOME_SHUTDOWN, /* the mock was stopped before the end */
	OUTCOMES
};

const char *mock_outcome_name(enum mock_outcome o);

/* mock_admin.c: answers /_mock/... */
void mock_admin(struct mock *m, struct exchange *x);

/* front's callbacks; who is a struct mock_door */
extern const struct front_handler mock_handler;

#endif
