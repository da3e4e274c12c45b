/*
 * quality.c -- priors, feedback and the quality model's word become one figure.
 *
 * Whatever comes in is bounded here: feedback has come over the wire, and a mean that is no
 * number would poison every comparison after it.
 */
#include "core/quality.h"

#include <math.h>

static bool counts(double mean, double mass)
{
	return mass > 0 && isfinite(mass) && mean >= 0 && mean <= 1;
}

/* more of the same kind of evidence */
static void pool(struct skill *s, const struct skill *more)
{
	double mass = s->mass + more->mass;

	s->mean = (s->mean * s->mass + more->mean * more->mass) / mass;
	s->mass = mass;
}

/* evidence about less than s is about, which it is part of */
static void narrow(struct skill *s, double mean, double mass)
{
	double parent = fmin(s->mass, QUALITY_SHRINKAGE);

	if (!counts(mean, mass))
		return;
	s->mean = (mean * mass + s->mean * parent) / (mass + parent);
	s->mass = fmax(s->mass, mass + parent);
}

/* of the Beta that has seen one good and one bad answer more, so that nothing is ever certain */
static double spread(const struct skill *s)
{
	double p = (s->mean * s->mass + 1) / (s->mass + 2);

	return sqrt(p * (1 - p) / (s->mass + 3));
}

static struct skill prior_of(const struct catalog *c, const struct model *model, uint32_t task,
			     bool *known_r)
{
	*known_r = model->skills && counts(model->skills[task].mean, model->skills[task].mass);
	if (*known_r)
		return model->skills[task];
	if (c->unknown)
		return c->unknown[task];
	return (struct skill){ QUALITY_UNKNOWN_MEAN, 0 };
}

struct quality quality_of(const struct snapshot *snapshot, const struct model *model, uint32_t task,
			  const struct evidence *evidence)
{
	const struct catalog *c = snapshot->catalog;
	const struct skill *fleet = snapshot->models[model - c->models].skills;
	struct skill s;
	bool known;

	if (task >= c->n_tasks)
		task = c->n_tasks ? c->n_tasks - 1 : 0;
	s = prior_of(c, model, task, &known);
	if (fleet && counts(fleet[task].mean, fleet[task].mass)) {
		pool(&s, &fleet[task]);
		known = true;
	}
	if (evidence) {
		narrow(&s, evidence->payer_mean, evidence->payer_mass);
		narrow(&s, evidence->prompt_mean, evidence->prompt_mass);
		known |= counts(evidence->payer_mean, evidence->payer_mass) ||
			 counts(evidence->prompt_mean, evidence->prompt_mass);
	}
	return (struct quality){ .mean = s.mean, .se = spread(&s), .known = known };
}
