/* reconcile_journal.h -- the journal of a gateway that will not come back. */
#ifndef CTL_RECONCILE_JOURNAL_H
#define CTL_RECONCILE_JOURNAL_H

#include "ctl/session.h"

/* Settle what the journals in a gateway's state_dir say, and set them aside, so that it is done
 * once. dry: only tell. An exit code; one that is in use by a gateway is refused. */
int reconcile_journal(struct session *s, const char *dir, bool dry) MUST_CHECK;

#endif
