/*
 * suspense.h -- money in suspense: what may have been billed, and nobody knows how
 * much (doc/money.md).
 */
#ifndef CTL_SUSPENSE_H
#define CTL_SUSPENSE_H

#include "ctl/await.h"

/* One request, valid during the call. */
typedef void suspense_f(void *who, const struct reservation *res);

/*
 * Every request of an org with money in suspense, oldest first; org absent: of all orgs.
 * An exit code.
 */
int suspense_walk(struct session *s, struct str org, suspense_f *fn, void *who) MUST_CHECK;

/* of all its attempts */
int64_t suspense_nanos(const struct reservation *res);
/* when the first of them went there, us since 1970 */
int64_t suspense_since_us(const struct reservation *res);

#endif
