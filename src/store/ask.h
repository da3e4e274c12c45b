/*
 * ask.h -- keys and arguments of one script call, gathered in one place on the stack.
 *
 * How many there can be follows from the tables, so there is room by
 * construction; to run out of it is a bug and aborts.
 */
#ifndef STORE_ASK_H
#define STORE_ASK_H

#include "io/script.h"
#include "model/plan.h"
#include "store/held.h"
#include "store/keys.h"
#include "store/lease.h"

/* reservation, open, suspense, ledger, answer, slice; records; budgets; rates */
#define ASK_KEYS (6 + SCOPE_COUNT + BUDGETS_MAX + RATES_MAX)
/* admit has the most: plain ones, scopes, budgets, rates, candidates */
#define ASK_ARGS (20 + 4 * SCOPE_COUNT + 3 * BUDGETS_MAX + 3 * RATES_MAX + PLAN_MAX)
/* digits of a number and what follows it; a candidate is seven numbers */
#define ASK_DIGITS 21

struct ask {
	struct rkey room[ASK_KEYS];
	struct str keys[ASK_KEYS];
	size_t n_keys;
	struct str args[ASK_ARGS];
	size_t n_args;
	char text[(ASK_ARGS + 6 * PLAN_MAX) * ASK_DIGITS];
	size_t used;
};

void ask_init(struct ask *a);

/* where the next key is to be written: ask_key(a, key_open(ask_room(a), org)) */
struct rkey *ask_room(struct ask *a);
void ask_key(struct ask *a, struct str key);
void ask_records(struct ask *a, const struct held *h); /* innermost scope first */
void ask_cells(struct ask *a, const struct held *h, const struct cells *cells);

/* s is not copied before ask_script() */
void ask_str(struct ask *a, struct str s);
void ask_int(struct ask *a, int64_t n);
/* two arguments: token and end */
void ask_lease(struct ask *a, const struct lease *lease);
/* which history the caller knows, who it is, and what the barrier needs to know */
void ask_history(struct ask *a, const struct store *s, struct str org);
/* one argument, spaces between */
void ask_numbers(struct ask *a, size_t count, const int64_t *n);

/* what the caller waits for until then: a command that lay in a stopped server's buffer does
 * nothing */
void ask_not_after(struct ask *a, const struct store *s);
/* of each budget its limit, and when its counter expires */
void ask_budgets(struct ask *a, const struct held *h, const struct cells *budgets);
/* the time that lies in all periods of the budgets: two arguments */
void ask_period(struct ask *a, const struct held *h, const struct cells *budgets);
/* payer, budgets and token rates as they stand in the reservation; texts must live on */
void ask_held(struct ask *a, const struct held *h, const struct cells *budgets,
	      char texts[3][HELD_TEXT]);

void ask_script(struct ask *a, struct store *s, enum script_id id, redis_reply_f *fn, void *who);

#endif
