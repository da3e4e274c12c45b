/*
 * changes.h -- what `create` and `set` change of an org, team or key: the options
 * that say it, and the fields of the record that come of it.
 */
#ifndef CTL_CHANGES_H
#define CTL_CHANGES_H

#include "ctl/record.h"
#include "ctl/session.h"

struct amount {
	bool given;
	int64_t value; /* negative: the limit is removed */
};

struct changes {
	const char *name; /* NULL: not given */
	const char *policy, *models, *strategy, *expires, *without_redis;
	struct amount budget[PERIOD_COUNT], rate[RATE_COUNT], concurrency;
};

/* rows for a struct of values that has its `struct changes changes` right behind its common */
struct changing {
	struct common common;
	struct changes changes;
};

extern const struct option_list limit_options; /* of all scopes */
extern const struct option_list key_options;   /* of keys only */

/* PERIOD=USD or PERIOD=none, as --budget and `budget set` take it */
bool budget_read_limit(const char *text, struct amount budget[PERIOD_COUNT], struct fault *fault_r);

#define CHANGES_MOST (6 + PERIOD_COUNT + RATE_COUNT + 1)

struct fields {
	struct field items[CHANGES_MOST + 8]; /* room for what a command adds */
	size_t n;
};

void fields_add(struct fields *f, const char *name, struct str value);
void fields_addi(struct fields *f, struct arena *a, const char *name, int64_t value);

/* The changes as fields of a record. EXIT_USAGE: one of them makes no sense, and that was told. */
int changes_fields(struct session *s, const struct changes *c, struct fields *fields_r) MUST_CHECK;

#endif
