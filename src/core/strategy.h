/*
 * strategy.h -- the strategies that are built in (tbl/strategies.h).
 *
 * Each gives a candidate a score from its terms and the wishes; higher is better. Pure: no
 * state, no chance.
 */
#ifndef CORE_STRATEGY_H
#define CORE_STRATEGY_H

#include "core/decide.h"

typedef double strategy_score_f(const struct choice *choice, const struct candidate *c);

#define STRATEGY(name, guarded, text) strategy_score_f strategy_##name;
#include "tbl/strategies.h"
#undef STRATEGY

struct strategy {
	const char *name;
	strategy_score_f *score;
	bool guarded;
	const char *text;
};

/* NULL: none of that name is built in */
const struct strategy *strategy_of(struct str name);
/* is there one of that name, built in or in the configuration? */
bool strategy_exists(const struct catalog *catalog, struct str name);
/* ERR_VALUE: *fault_r says that there is none, and which there are */
enum err strategy_unknown(const struct catalog *catalog, struct str name, const char *param,
			  struct fault *fault_r);
/* walk them: NULL behind the last */
const struct strategy *strategy_nth(size_t i);

/* --- what several of them count with --- */

/* The quality that the client is to expect: an attempt that fails is answered by the next
 * candidate, later and a little worse. */
double strategy_quality_expected(const struct terms *t);
/* what counts as its latency: of a stream the first token, else the whole answer; 95th percentile,
 * s */
double strategy_latency_s(const struct choice *choice, const struct terms *t);
/* what the dearest candidate costs, nano-dollars; at least 1 */
double strategy_dearest(const struct choice *choice);

#endif
