/* calibration.c -- by how much vendors count other tokens than expected. */
#include "core/calibration.h"

#include "base/hash.h"
#include "core/prefix.h"

/* answers that a wider figure is worth: no correction to the model, the model to the kind */
#define PRIOR_OF_MODEL 5.0
#define PRIOR_OF_KIND  0.5

/* Fewer answers, after ageing, are none. */
#define LEAST_ANSWERS 0.01

_Static_assert(2 * PROMPT_KINDS <= SKETCH_BUCKETS, "two counters for each kind");

/* a number for the order of size: four times as long is the next */
static uint64_t size_of(const struct chat *chat)
{
	uint64_t bytes = chat->text_bytes > 0 ? (uint64_t)chat->text_bytes : 1;

	return (uint64_t)(64 - __builtin_clzll(bytes)) / 2;
}

uint32_t calibration_kind(const struct chat *chat)
{
	return (uint32_t)(hash_word(instructions_hash(chat), size_of(chat)) % PROMPT_KINDS);
}

static double within(double ratio)
{
	return ratio < CALIBRATION_LEAST  ? CALIBRATION_LEAST
	       : ratio > CALIBRATION_MOST ? CALIBRATION_MOST
					  : ratio;
}

void calibration_add(struct sketch *counters, uint32_t kind, double counted, double expected)
{
	bool added = sketch_add_count(counters, 2 * kind, within(counted / expected)) &&
		     sketch_add_count(counters, 2 * kind + 1, 1);

	(void)added; /* such counts always can */
}

void calibration_read(const struct sketch *counters, struct model_view *v)
{
	double sum = PRIOR_OF_MODEL, n = PRIOR_OF_MODEL;

	for (int k = 0; k < PROMPT_KINDS; k++) {
		sum += counters->counts[2 * k];
		n += counters->counts[2 * k + 1];
	}
	v->calibration = within(sum / n);
	for (int k = 0; k < PROMPT_KINDS; k++) {
		double of_kind = counters->counts[2 * k], n_kind = counters->counts[2 * k + 1];

		v->calibrations[k] = n_kind < LEAST_ANSWERS
					     ? 0
					     : within((of_kind + v->calibration * PRIOR_OF_KIND) /
						      (n_kind + PRIOR_OF_KIND));
	}
}

double calibration_of(const struct model_view *v, uint32_t kind)
{
	if (v->calibrations[kind] > 0)
		return v->calibrations[kind];
	return v->calibration > 0 ? v->calibration : 1;
}
