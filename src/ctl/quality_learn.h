/*
 * quality_learn.h -- linear functions of prompts, learned by LIBLINEAR.
 *
 * A prompt is a vector: the rarities of its n-grams, divided by the length of all of them, and
 * its counts, standardised. This header hides <linear.h>, whose names collide with ours.
 */
#ifndef CTL_QUALITY_LEARN_H
#define CTL_QUALITY_LEARN_H

#include "ctl/quality_table.h"

#define LEARN_COLUMNS ((1u << GRAM_BITS) + QUALITY_COUNTS)
#define LEARN_COUNTS  0.3 /* a standardised count's weight beside a vector of length 1 */

/* the prompts of a set as vectors; what is learned is learned from some of them */
struct vectors;

struct vectors *vectors_new(const struct samples *s, const struct quality_head *head,
			    const uint8_t *rarity);
void vectors_free(struct vectors *v); /* NULL is fine */

/* a linear function: weights of n-grams, then of counts */
struct weights {
	float *w; /* LEARN_COLUMNS; of the caller */
	double bias;
};

double vectors_value(const struct vectors *v, size_t sample, const struct weights *weights);
/* adds times * the n-grams of a sample */
void vectors_add(const struct vectors *v, size_t sample, double times, float *sum);
double vectors_dot(const struct vectors *v, size_t sample, const float *w);

/*
 * Logistic regression: the log-odds of label[i] for the sample list[i], for n of them. strength:
 * LIBLINEAR's C. False: no memory.
 */
bool learn_odds(const struct vectors *v, const uint32_t *list, const bool *label, size_t n,
		double strength, struct weights *out) MUST_CHECK;

/* One function for each of `classes` labels, the greatest of them being the label's
 * (Crammer and Singer). */
bool learn_classes(const struct vectors *v, const uint32_t *list, const uint32_t *label, size_t n,
		   uint32_t classes, double strength, struct weights *out) MUST_CHECK;

#endif
