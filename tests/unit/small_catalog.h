/* small_catalog.h -- a catalog of three targets, for tests of what is known of them. */
#ifndef UNIT_SMALL_CATALOG_H
#define UNIT_SMALL_CATALOG_H

#include "model/catalog.h"

/* two models of one vendor, the first at two endpoints; tasks "code" and "other" */
static inline struct catalog *small_catalog(void)
{
	struct catalog *c = catalog_new(1 << 20);
	struct arena *a = &c->arena;

	c->n_models = 2;
	c->models = ARENA_ARRAY(a, struct model, 2);
	c->models[0] = (struct model){ .id = STR("big"), .vendor = STR("acme"), .n_targets = 2 };
	c->models[1] = (struct model){
		.id = STR("org/small"), .vendor = STR("acme"), .first_target = 2, .n_targets = 1
	};
	c->n_endpoints = 2;
	c->endpoints = ARENA_ARRAY(a, struct endpoint, 2);
	c->endpoints[0] = (struct endpoint){ .name = STR("east"), .vendor = STR("acme") };
	c->endpoints[1] = (struct endpoint){ .name = STR("west"),
					     .vendor = STR("acme"),
					     .index = 1 };
	c->n_targets = 3;
	c->targets = ARENA_ARRAY(a, struct target, 3);
	c->targets[0] = (struct target){ &c->models[0], &c->endpoints[0] };
	c->targets[1] = (struct target){ &c->models[0], &c->endpoints[1] };
	c->targets[2] = (struct target){ &c->models[1], &c->endpoints[0] };
	c->n_tasks = 2;
	c->tasks = ARENA_ARRAY(a, struct str, 2);
	c->tasks[0] = STR("code");
	c->tasks[1] = STR("other");
	return c;
}

#endif
