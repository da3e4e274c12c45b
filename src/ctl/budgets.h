/*
 * budgets.h -- budgets of orgs, teams and keys with what is spent of them, for
 * people and for scripts.
 */
#ifndef CTL_BUDGETS_H
#define CTL_BUDGETS_H

#include "ctl/await.h"

struct json_t; /* jansson's: its names and those of base/json.h exclude each other */

struct budgets {
	struct budget *items;
	size_t n;
};

/* all budgets of these records, in their current periods */
int budgets_read(struct session *s, const struct record *records, size_t n,
		 struct budgets *budgets_r) MUST_CHECK;

/* what may still be reserved; below 0 when the limit was lowered since, or a vendor billed more
 * than was thought possible */
int64_t budget_left(const struct budget *b);

/* named: with a column that says whose it is */
void budgets_table(struct session *s, const struct budgets *b, bool named);
struct json_t *budgets_json(const struct budgets *b, bool named);

#endif
