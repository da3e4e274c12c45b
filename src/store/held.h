/*
 * held.h -- at which counters a request's money is held, and its tokens counted.
 *
 * The list follows from the limits that struct held carries, innermost scope
 * first; every script gets it in this order.
 */
#ifndef STORE_HELD_H
#define STORE_HELD_H

#include "core/period.h"
#include "store/books.h"

#define BUDGETS_MAX  (SCOPE_COUNT * PERIOD_COUNT)
#define RATES_MAX    (SCOPE_COUNT * RATE_COUNT)
#define LIMIT_FIELDS (RATE_COUNT + PERIOD_COUNT)

/* one counter: of a budget, or of a rate */
struct cell {
	enum scope scope;
	bool is_rate;
	enum period period;
	enum rate_kind rate;
};

struct cells {
	struct cell cell[BUDGETS_MAX > RATES_MAX ? BUDGETS_MAX : RATES_MAX];
	size_t n;
};

void held_budgets(const struct held *h, struct cells *cells_r);
void held_rates(const struct held *h, bool tokens_only, struct cells *cells_r);

static inline struct str held_org(const struct held *h)
{
	return str_of(h->scope[SCOPE_org].id);
}

/* scripts count scopes from 1, innermost first */
static inline int64_t scope_number(enum scope s)
{
	return SCOPE_COUNT - (int64_t)s;
}

/* the field of a record that is its limit: "budget:month", "tpm" */
const char *cell_field(const struct cell *c);
/* all of them, periods first */
extern const char *const limit_fields[LIMIT_FIELDS];
/* Unix seconds when a budget's counter may go; 0 = never */
int64_t cell_expires_s(const struct held *h, const struct cell *c);

/* --- the same as text, in the reservation --- */

#define HELD_TEXT 384

/* "key:m202611 org:t", "key:tpm" */
struct str held_text(const struct held *h, const struct cells *cells, char dst[HELD_TEXT]);
/* "TEAM KEY" */
struct str held_payer(const struct held *h, char dst[2 * ID_MAX]);

/* From text back: sets limits (0 = there is one), periods, ids. False when it is no such text. */
bool held_read_cells(struct held *h, struct str text) MUST_CHECK;
bool held_read_payer(struct held *h, struct str text) MUST_CHECK;

#endif
