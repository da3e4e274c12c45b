/*
 * budget_resolve.h -- `budget resolve`: end the suspense of an attempt by an
 * operator's word.
 */
#ifndef CTL_BUDGET_RESOLVE_H
#define CTL_BUDGET_RESOLVE_H

#include "ctl/command.h"

#define RESOLVE_NO_CHARGE (-1LL)

struct resolve_values {
	struct common common;
	int64_t charge_nanos; /* RESOLVE_NO_CHARGE: not given */
	bool release;
	const char *why, *org;
};

extern const struct option_list resolve_options;

int budget_resolve(struct session *s, void *values, int n, char **args);

#endif
