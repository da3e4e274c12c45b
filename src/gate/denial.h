/*
 * denial.h -- a denied admission in words: which entity, limit and period, and
 * when to come back.
 */
#ifndef GATE_DENIAL_H
#define GATE_DENIAL_H

#include "base/err.h"
#include "gate/stats.h"
#include "model/verdict.h"

void denial_fault(const struct verdict *v, const struct payer *payer, struct fault *fault_r);
enum counter denial_counter(const struct verdict *v);

#endif
