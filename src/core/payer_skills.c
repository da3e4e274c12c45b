/* payer_skills.c -- judgements of three scopes to one figure, and found again. */
#include "core/payer_skills.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "core/quality.h"
#include "model/catalog.h"
#include "model/facts.h"

uint64_t skill_name(struct str task, struct str model)
{
	return hash_bytes(hash_bytes(0, task), model);
}

static int by_name(const void *left, const void *right)
{
	const struct judged *a = left, *b = right;

	return (a->name > b->name) - (a->name < b->name);
}

/* What the wider scope has beside the narrower one. Each forgets at its own pace, so that little
 * can come out as less than nothing. */
static void take_out(struct judged *wider, const struct judged *narrower)
{
	wider->good = fmax(wider->good - narrower->good, 0);
	wider->bad = fmax(wider->bad - narrower->bad, 0);
}

/* scopes: what each found, wider ones holding the narrower */
static struct payer_skill combine(uint64_t name, struct judged scopes[SCOPE_COUNT])
{
	struct payer_skill skill = { .name = name };
	double mean = 0, rest = 1, mass = 0; /* rest: the weight of what is wider than the org */

	for (int s = 0; s + 1 < SCOPE_COUNT; s++)
		take_out(&scopes[s], &scopes[s + 1]);
	for (int s = 0; s < SCOPE_COUNT; s++) {
		double n = scopes[s].good + scopes[s].bad, all = n + QUALITY_SHRINKAGE;

		mean = (scopes[s].good + QUALITY_SHRINKAGE * mean) / all;
		rest *= QUALITY_SHRINKAGE / all;
		mass += n;
	}
	skill.mean = rest < 1 ? (float)(mean / (1 - rest)) : 0;
	skill.mass = (float)mass;
	return skill;
}

size_t payer_skills_make(struct judged *judged, size_t n, struct payer_skill *list_r)
{
	size_t found = 0;

	if (n > 0)
		qsort(judged, n, sizeof(judged[0]), by_name);
	for (size_t i = 0; i < n;) {
		struct judged scopes[SCOPE_COUNT] = { { 0 } };
		uint64_t name = judged[i].name;

		for (; i < n && judged[i].name == name; i++)
			scopes[judged[i].scope] = judged[i];
		list_r[found++] = combine(name, scopes);
	}
	return found;
}

static int to_name(const void *left, const void *right)
{
	const uint64_t *name = left;
	const struct payer_skill *skill = right;

	return (*name > skill->name) - (*name < skill->name);
}

void payer_evidence(const struct payer_skills *skills, struct str task, const struct model *model,
		    struct evidence *e)
{
	const struct payer_skill *found;
	char id[2 * ID_MAX + 2];
	uint64_t name;
	int n;

	e->payer_mean = e->payer_mass = 0;
	if (!skills || skills->n == 0)
		return;
	n = snprintf(id, sizeof(id), "%.*s/%.*s", STR_ARG(model->vendor), STR_ARG(model->id));
	if (n < 0 || (size_t)n >= sizeof(id))
		return;
	name = skill_name(task, (struct str){ id, (size_t)n });
	found = bsearch(&name, skills->list, skills->n, sizeof(skills->list[0]), to_name);
	if (!found)
		return;
	e->payer_mean = found->mean;
	e->payer_mass = found->mass;
}
