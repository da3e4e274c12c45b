/*
 * without_redis.h -- a request while Redis is away: who it is, whether it may go on, and what it
 * leaves behind (doc/failures.md, "Without Redis"). Nothing here waits.
 */
#ifndef GATE_WITHOUT_REDIS_H
#define GATE_WITHOUT_REDIS_H

#include "gate/request.h"

/* Need Redis not even be asked? Its connection is known to be down; or, between the attempts of a
 * request, Redis never heard of it. */
bool without_redis_goes(const struct request *r) MUST_CHECK;
/* The payer as it was when Redis was well. False: not known. */
bool without_redis_payer(struct request *r, struct payer *payer_r) MUST_CHECK;

/*
 * In the place of books_admit() and books_extend(): *v_r as Redis would answer.
 * VERDICT_NO_STORE: it is not to be served without Redis. Of an attempt that Redis was
 * asked for and gave no answer about, an end is made first.
 */
void without_redis_admit(struct request *r, struct verdict *v_r);
void without_redis_extend(struct request *r, const struct plan *plan, uint32_t from,
			  struct verdict *v_r);

/* the request has ended */
void without_redis_end(struct request *r);

#endif
