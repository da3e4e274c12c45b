/*
 * view.h -- orgs, teams and keys as tables and as JSON.
 */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include "ctl/budgets.h"
#include "ctl/out.h"

/* a line each */
void view_table(struct session *s, enum scope scope, const struct record *records, size_t n);
/* one, in full */
void view_record(struct session *s, const struct record *r);
json_t *view_json(struct session *s, const struct record *r);

#endif
