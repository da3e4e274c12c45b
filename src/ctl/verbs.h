/*
 * verbs.h -- what can be done to an org, a team and a key alike.
 *
 * Each is the `run` of a verb (ctl/command.h); its values are a struct
 * verb_values, whose scope the command has set.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include "ctl/changes.h"
#include "ctl/command.h"

struct verb_values {
	struct changing changing; /* first: limit_options and key_options point into it */
	enum scope scope;
	const char *id;   /* key create --id */
	int64_t grace_ms; /* key rotate --grace */
};

int verb_create(struct session *s, void *values, int n, char **args); /* org or team */
int verb_list(struct session *s, void *values, int n, char **args);
int verb_show(struct session *s, void *values, int n, char **args);
int verb_set(struct session *s, void *values, int n, char **args);
int verb_block(struct session *s, void *values, int n, char **args);
int verb_unblock(struct session *s, void *values, int n, char **args);
int verb_delete(struct session *s, void *values, int n, char **args);

/* an argument as the name of somebody; EXIT_USAGE: it is none, and that was told */
int verb_entity(enum scope scope, char *text, struct entity *e_r) MUST_CHECK;
/* EXIT_FAILED, and says so, unless the change was made */
int verb_put_code(const struct entity *e, enum put_end end) MUST_CHECK;
/* fields that every new record has */
void verb_new_fields(struct session *s, struct fields *f);

#endif
