/*
 * routes.h -- which path is served by what (tbl/routes.h), and refusing the rest.
 */
#ifndef GATE_ROUTES_H
#define GATE_ROUTES_H

#include "io/front.h"

/* the front's callbacks of a worker; `who` is the struct worker */
extern const struct front_handler gate_handler;

#endif
