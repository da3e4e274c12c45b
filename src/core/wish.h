/*
 * wish.h -- what is asked of the choice of a model, read and joined.
 */
#ifndef CORE_WISH_H
#define CORE_WISH_H

#include "base/err.h"
#include "model/wish.h"

/* nothing is said */
void wish_unsaid(struct wish *w);
/* what holds when nobody says anything: strategy `order` and the fallbacks of tbl/wishes.h */
void wish_default(struct wish *w);
/* what is not said becomes what holds when nobody says anything */
void wish_fill(struct wish *w);

/*
 * "cost; quality_floor=0.8; max_cost=0.01": a strategy, parameters, or both. What the text does not
 * say stays as it is in *w; slices of it point into text. ERR_VALUE says what is wrong; param names
 * the text to whoever wrote it.
 */
enum err wish_read(struct str text, const char *param, struct wish *w,
		   struct fault *fault_r) MUST_CHECK;
/* One parameter by its name. ERR_VALUE: there is none, or the number is out of its bounds. */
enum err wish_set(struct wish *w, struct str name, struct str number, const char *param,
		  struct fault *fault_r) MUST_CHECK;

/* Add what `later` says to what was said before: its own word counts, or the stricter of both. */
void wish_join(struct wish *w, const struct wish *later);

#endif
