/*
 * wish.h -- what is asked of the choice of a model: a strategy and its parameters.
 *
 * Policy, key and request each say a part (tbl/wishes.h); core/wish.h reads and
 * joins them. What is not said is a NaN, or an absent name.
 */
#ifndef MODEL_WISH_H
#define MODEL_WISH_H

#include "base/str.h"

struct wish {
	struct str strategy; /* built in (tbl/strategies.h) or of the configuration; absent = not said */
#define WISH(name, fallback, least, most, join, text) double name;
#include "tbl/wishes.h"
#undef WISH
};

#endif
