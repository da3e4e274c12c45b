/*
 * catalog_view.h -- what a configuration offers to clients, as this machine would
 * serve it: models with their prices, endpoints with or without credential.
 */
#ifndef CTL_CATALOG_VIEW_H
#define CTL_CATALOG_VIEW_H

#include "conf/conf.h"
#include "ctl/out.h"

/* now_s: the time whose prices are shown, Unix seconds */
void catalog_print(struct arena *a, const struct settings *s, const struct catalog *c,
		   int64_t now_s);
json_t *catalog_json(const struct settings *s, const struct catalog *c, int64_t now_s);

#endif
