/*
 * listing.h -- which orgs, teams and keys there are.
 */
#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include "ctl/await.h"

struct records {
	struct record *items;
	size_t n, cap;
};

/*
 * Add the records of a scope to the list. where: NULL everywhere; "ORG": in that org (for
 * SCOPE_org itself); for keys also "ORG/TEAM".
 * EXIT_FAILED: there is no such org or team; EXIT_USAGE: it is no such name.
 */
int listing_add(struct session *s, enum scope scope, const char *where,
		struct records *list) MUST_CHECK;

#endif
