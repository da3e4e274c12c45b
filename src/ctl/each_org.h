/*
 * each_org.h -- every org, one after the other.
 *
 * Of a Cluster a node may be away: its orgs are left out, by name, and the others are gone
 * through all the same (session_partly()).
 */
#ifndef CTL_EACH_ORG_H
#define CTL_EACH_ORG_H

#include "ctl/await.h"

/* what is done with one; an exit code */
typedef int each_org_f(struct session *s, struct str org, void *who);

/* one: only with this; absent: with all */
int each_org(struct session *s, struct str one, each_org_f *fn, void *who) MUST_CHECK;

#endif
