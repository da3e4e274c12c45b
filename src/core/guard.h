/*
 * guard.h -- another model than the policy's first only when the evidence is real.
 *
 * Most learned routers lose to the best single model because they follow noise. So a strategy's
 * choice is taken when its quality is, by so many standard errors, no more than quality_drop
 * below the first's; else the next best that passes, in the end the first itself.
 */
#ifndef CORE_GUARD_H
#define CORE_GUARD_H

#include "core/decide.h"

/* The candidates of choice->candidates in `order`, best score first. Moves the one to take to the
 * front of it, and says what it did. */
enum guard guard_check(const struct choice *choice, struct str strategy, uint32_t *order);

#endif
