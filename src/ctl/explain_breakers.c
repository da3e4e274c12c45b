/* explain_breakers.c -- the breakers of a running fleet, so that explain leaves out whom it would.
 * Which credentials the gateways have nobody here knows: one that was refused counts. */
#include "core/breaker.h"
#include "ctl/breaker_list.h"
#include "ctl/explain.h"

static void put(void *who, struct str vendor, struct str name, const struct breaker *b)
{
	struct breakers *all = who;
	struct breaker_place place;

	if (breakers_find(all, vendor, name, &place))
		breakers_put(all, &place, b);
}

int world_breakers(struct session *s, struct world *w)
{
	w->breakers = breakers_new(w->catalog, s->settings->breakers_slow_start_ms * 1000);
	return w->breakers ? breaker_list(s, w->catalog, put, w->breakers) : EXIT_FINE;
}
