/* breaker_list.c -- read the breakers of one vendor after the other. */
#include "ctl/breaker_list.h"

#include "base/exits.h"
#include "core/breaker.h"
#include "store/breakers.h"

struct reading {
	struct session *session;
	struct str vendor;
	breaker_listed_f *fn;
	void *who;
};

static void got(void *who, bool ok, size_t n, const struct str *names, const struct str *texts)
{
	struct reading *r = who;
	struct session *s = r->session;
	int64_t now_us = store_now_us(&s->store);
	int64_t retry_us = s->settings->breakers_credential_retry_ms * 1000;
	struct breaker b;

	for (size_t i = 0; ok && i < n; i++)
		if (breaker_read(texts[i], &b) && !breaker_is_nobodys(&b, now_us, retry_us))
			r->fn(r->who, r->vendor, names[i], &b);
	session_answered(s, ok);
}

int breaker_list(struct session *s, const struct catalog *c, breaker_listed_f *fn, void *who)
{
	struct reading r = { .session = s, .fn = fn, .who = who };
	int code = EXIT_FINE;

	for (uint32_t i = 0; i < c->n_endpoints && !code; i++) {
		if (!catalog_first_of_vendor(c, i))
			continue;
		r.vendor = c->endpoints[i].vendor;
		session_about(s, "the breakers of ", r.vendor);
		session_begin(s);
		breakers_read(&s->store, r.vendor, got, &r);
		code = session_partly(s, session_wait(s));
	}
	session_about(s, "", STR_NONE);
	return code;
}
