/*
 * ask.h -- keys and arguments of one script call: keys first, each written as it is sent as soon as
 * it is known.
 *
 * What ask_init() began ends with ask_script() or ask_drop().
 */
#ifndef STORE_ASK_H
#define STORE_ASK_H

#include "io/script.h"
#include "store/held.h"
#include "store/keys.h"
#include "store/lease.h"

/* a number in decimal and what follows it */
#define ASK_DIGITS (I64_DIGITS + 1)
/* numbers in one argument, at most */
#define ASK_NUMBERS 7

struct ask {
	struct script_words words;
	struct rkey room;
};

void ask_init(struct ask *a);

/* where a key can be written before it is asked for: ask_key(a, key_open(ask_room(a), org)) */
struct rkey *ask_room(struct ask *a);
void ask_key(struct ask *a, struct str key);
void ask_records(struct ask *a, const struct held *h); /* innermost scope first */
void ask_cells(struct ask *a, const struct held *h, const struct cells *cells);

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
/* of each budget when its counter expires */
void ask_expiries(struct ask *a, const struct held *h, const struct cells *budgets);
/* payer and cells as they stand in the reservation: an argument each */
void ask_payer(struct ask *a, const struct held *h);
void ask_held(struct ask *a, const struct held *h, const struct cells *cells);

void ask_script(struct ask *a, struct store *s, enum script_id id, redis_reply_f *fn, void *who);
/* it is not asked after all */
void ask_drop(struct ask *a);

#endif
