/* job_expire.c -- overdue reservations to suspense (rule R5). */
#include "base/log.h"
#include "coord/org_round.h"
#include "store/books.h"

static void list_overdue(struct org_round *r)
{
	struct coordinator *c = r->job->coordinator;

	books_overdue(&c->store, r->org, (uint32_t)c->settings->coordinator_expire_batch,
		      org_round_listed, r);
}

static void expired(void *who, enum expire_end end, int64_t nanos)
{
	struct org_round *r = who;

	if (end == EXPIRE_OK)
		log_say(LOG_WARN, "expired", "%.*s: %lld nano-dollars to suspense",
			STR_ARG(r->name), (long long)nanos);
	if (end == EXPIRE_FENCED) {
		log_say(LOG_WARN, "fenced", "another one leads: expire");
		org_round_end(r);
		return;
	}
	/* one that cannot be read must not keep the others: it is the first of every round */
	org_round_next(r);
}

static bool expire(struct org_round *r)
{
	struct coordinator *c = r->job->coordinator;

	books_expire(&c->store, &c->lease, r->org, r->name, expired, r);
	return true;
}

void job_expire(struct job *j)
{
	static const struct org_round_steps steps = { .list = list_overdue,
						      .look = expire,
						      .one_batch = true };

	org_round_begin(j, &steps);
}
