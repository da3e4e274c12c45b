/* each_org.c -- the list of orgs, gone through. */
#include "ctl/each_org.h"

int each_org(struct session *s, struct str one, each_org_f *fn, void *who)
{
	struct ids orgs;
	int code;

	if (!str_absent(one))
		return fn(s, one, who);
	session_about(s, "the list of orgs", STR_NONE);
	code = await_ids(s, STR_NONE, SCOPE_org, &orgs);
	for (size_t i = 0; i < orgs.n && !code; i++) {
		session_about(s, "org ", orgs.items[i]);
		code = session_partly(s, fn(s, orgs.items[i], who));
	}
	session_about(s, "", STR_NONE);
	return code;
}
