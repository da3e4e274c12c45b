/*
 * entity.h -- names of orgs, teams and keys, as people write them.
 *
 *   org    ORG
 *   team   ORG/TEAM
 *   key    ORG_ID, the public part of a key; a whole key is taken too
 *
 * Where any of them may stand, the scope is put in front: org:ORG, team:ORG/TEAM, key:ORG_ID.
 */
#ifndef CTL_ENTITY_H
#define CTL_ENTITY_H

#include "base/err.h"
#include "model/payer.h"

struct entity {
	enum scope scope;
	char org[ID_MAX];
	char id[ID_MAX]; /* within its org; of an org the org's own */
};

#define ENTITY_TEXT (2 * ID_MAX)

/* False: *fault_r says what is wrong. A secret in text is not repeated there, and is
 * overwritten with 'x', so that the list of processes shows it no longer. */
bool entity_read(struct entity *e, enum scope scope, char *text, struct fault *fault_r) MUST_CHECK;
/* with the scope in front */
bool entity_read_any(struct entity *e, char *text, struct fault *fault_r) MUST_CHECK;

/* "ORG" or "ORG/TEAM"; without the team its id is "" */
bool place_read(struct entity *org_r, struct entity *team_r, const char *text,
		struct fault *fault_r) MUST_CHECK;

void entity_set(struct entity *e, enum scope scope, struct str org, struct str id);
/* as entity_read() reads it; returns dst */
const char *entity_text(char dst[ENTITY_TEXT], const struct entity *e);
/* with the scope in front */
const char *entity_full_text(char dst[ENTITY_TEXT + 8], const struct entity *e);

#endif
