/*
 * calibration.h -- by how much vendors count other tokens than expected.
 *
 * Pure. What an expectation gets wrong is much the same for prompts of one kind: of the same
 * instructions, tools and schema, and about as long. So a model has a ratio for each of a
 * bounded number of kinds, which kinds may share by chance. A ratio is the mean of
 * counted / expected, each answer's within CALIBRATION_LEAST .. CALIBRATION_MOST, so
 * that no single one says much. Sums add up in any order: they are counters of a tally
 * (core/tally.h), which gateways report and Redis ages.
 */
#ifndef CORE_CALIBRATION_H
#define CORE_CALIBRATION_H

#include "core/sketch.h"
#include "model/chat.h"
#include "model/snapshot.h"

#define CALIBRATION_LEAST 0.6
#define CALIBRATION_MOST  1.8

/* which of PROMPT_KINDS it is of */
uint32_t calibration_kind(const struct chat *chat);

/* counts an answer in the counters of TALLY_input; tokens above 0 */
void calibration_add(struct sketch *counters, uint32_t kind, double counted, double expected);
/* what the counters say, into v->calibration and v->calibrations */
void calibration_read(const struct sketch *counters, struct model_view *v);

/* The ratio for prompts of a kind: of the kind, else of all the model's, else 1. */
double calibration_of(const struct model_view *v, uint32_t kind);

#endif
