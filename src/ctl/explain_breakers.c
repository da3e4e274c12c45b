/* explain_breakers.c -- the breakers of a running fleet, so that explain leaves out whom it would.
 */
#include "ctl/explain.h"
#include "store/breakers.h"

struct reading {
	struct session *session;
	struct breakers *all;
	struct str vendor;
};

static void got(void *who, bool ok, size_t n, const struct str *names, const struct str *texts)
{
	struct reading *r = who;
	struct breaker b;

	for (size_t i = 0; ok && i < n; i++) {
		struct breaker *place = breakers_find(r->all, r->vendor, names[i]);

		if (!place || !breaker_read(texts[i], &b))
			continue;
		*place = b;
		r->all->any = true;
	}
	session_answered(r->session, ok);
}

int world_breakers(struct session *s, struct world *w)
{
	const struct catalog *c = w->catalog;
	struct reading r = { .session = s };
	int code = EXIT_FINE;

	w->breakers = breakers_new(w->catalog, s->settings->breakers_slow_start_ms * 1000);
	r.all = w->breakers;
	for (uint32_t i = 0; r.all && i < c->n_endpoints && !code; i++) {
		if (!catalog_first_of_vendor(c, i))
			continue;
		r.vendor = c->endpoints[i].vendor;
		session_begin(s);
		breakers_read(&s->store, r.vendor, got, &r);
		code = session_wait(s);
	}
	return code;
}
