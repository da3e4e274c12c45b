/*
 * budget_suspense.h -- `budget suspense`: what may have been billed, and nobody knows
 * how much.
 */
#ifndef CTL_BUDGET_SUSPENSE_H
#define CTL_BUDGET_SUSPENSE_H

#include "ctl/command.h"

int budget_suspense(struct session *s, void *values, int n, char **args);

#endif
