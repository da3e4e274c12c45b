/*
 * settings.h -- the settings of one process: their table, and reading them.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "conf/field.h"

enum setting_when { RELOAD, RESTART };

struct setting {
	const char *section;
	const char *name; /* "gateway.listen" */
	enum setting_when when;
};

/* two arrays of *n_r lines, sections together, in the order of tbl/settings.h */
const struct setting *settings_table(size_t *n_r);
const struct field *settings_fields(void);

bool settings_has_section(struct str name);

/* every default; NULL: no memory */
struct settings *settings_new(void);
/* what the sections of this root say, with every check */
void settings_read(struct settings *s, const struct node *root, struct conf_faults *faults);

#endif
