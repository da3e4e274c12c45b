/*
 * payer_skills.h -- what a payer's own feedback says of models: that of its key, and of the
 * others of its team and org.
 *
 * Pure. Answers are counted at all three, so that an org's hold its teams', and a team's its
 * keys'. Here each is taken once: q = (good + kappa q') / (n + kappa) from the others of the
 * org over the others of the team to the key (doc/decision.md, "Quality and feedback").
 */
#ifndef CORE_PAYER_SKILLS_H
#define CORE_PAYER_SKILLS_H

#include "model/payer.h"

struct evidence;
struct model;

/* kept in Redis of a key, team or org: those judged longest ago make room */
#define SKILLS_MAX 640

/* older judgements count less: by this for each later one of the same task */
#define SKILL_KEPT 0.9995

/* what a key, team or org found of a model at a task, in answers; older ones count less */
struct judged {
	uint64_t name; /* skill_name() */
	enum scope scope;
	double good, bad;
};

struct payer_skill {
	uint64_t name;
	float mean, mass;
};

struct payer_skills {
	struct payer_skill *list; /* sorted by name */
	size_t n;
};

/* model: "vendor/id" */
uint64_t skill_name(struct str task, struct str model);

/* What several scopes found becomes one skill each; sorts judged. list_r has room for n. */
size_t payer_skills_make(struct judged *judged, size_t n, struct payer_skill *list_r);

/* What there is to say of a model: e->payer_mean, e->payer_mass. skills: NULL is fine. */
void payer_evidence(const struct payer_skills *skills, struct str task, const struct model *model,
		    struct evidence *e);

#endif
