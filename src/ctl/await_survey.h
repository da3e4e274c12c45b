/*
 * await_survey.h -- what people ask of Redis (store/survey.h), waited for.
 *
 * As ctl/await.h: exit codes, results in the session's arena.
 */
#ifndef CTL_AWAIT_SURVEY_H
#define CTL_AWAIT_SURVEY_H

#include "ctl/session.h"
#include "store/survey.h"

int await_server(struct session *s, struct survey_server *server_r) MUST_CHECK;
/* name absent: nobody leads */
int await_leader(struct session *s, struct str *name_r, int64_t *lease_ms_r) MUST_CHECK;

/* how many requests of an org hold money, and how many have it in suspense */
int await_counts(struct session *s, struct str org, int64_t *open_r,
		 int64_t *suspended_r) MUST_CHECK;

#define SURVEY_PAGE 100

struct suspense_page {
	struct str rids[SURVEY_PAGE];
	size_t n;
};
/* requests with money in suspense, oldest first, from the given place on */
int await_suspense(struct session *s, struct str org, int64_t from,
		   struct suspense_page *page_r) MUST_CHECK;

/* one page of an org's ledger, of which the charges that were estimates are kept */
struct estimates_page {
	struct {
		struct str rid;
		int64_t attempt, at_us;
	} items[SURVEY_PAGE];
	size_t n;
	struct str last; /* id of the page's last entry; absent: the page is empty */
};
/* from: "-" = the first, "(ID" = behind it */
int await_estimates(struct session *s, struct str org, struct str from,
		    struct estimates_page *page_r) MUST_CHECK;

int await_ledger_note(struct session *s, struct str org, const struct ledger_note *note) MUST_CHECK;

#endif
