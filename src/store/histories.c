/* histories.c -- orgs and the histories of their data. */
#include "store/histories.h"

static bool is_present(const struct org_history *o, const struct store *s)
{
	struct str now = store_history(s, str_of(o->org));

	return now.n == 0 || !o->history[0] || str_is(now, o->history);
}

void histories_note(struct histories *h, const struct store *s, struct str org, int64_t now_us)
{
	struct org_history *o;

	HASH_FIND(hh, h->orgs, org.p, org.n, o);
	if (!o) {
		o = calloc(1, sizeof(*o));
		if (!o)
			return; /* after a failover others wait for the whole grace */
		str_copy(o->org, sizeof(o->org), org);
		HASH_ADD_KEYPTR(hh, h->orgs, o->org, org.n, o);
	}
	if (!o->history[0])
		str_copy(o->history, sizeof(o->history), store_history(s, org));
	o->at_us = now_us;
}

bool histories_changed(const struct histories *h, const struct store *s)
{
	for (const struct org_history *o = h->orgs; o; o = o->hh.next)
		if (!is_present(o, s))
			return true;
	return false;
}

bool histories_are_there(const struct histories *h, const struct store *s)
{
	for (const struct org_history *o = h->orgs; o; o = o->hh.next)
		if (store_history(s, str_of(o->org)).n == 0)
			return false;
	return true;
}

void histories_take(struct histories *h, const struct store *s)
{
	for (struct org_history *o = h->orgs; o; o = o->hh.next)
		if (!is_present(o, s))
			str_copy(o->history, sizeof(o->history), store_history(s, str_of(o->org)));
}

void histories_sweep(struct histories *h, int64_t since_us)
{
	struct org_history *o, *more;

	HASH_ITER (hh, h->orgs, o, more) {
		if (o->at_us >= since_us)
			continue;
		HASH_DEL(h->orgs, o);
		free(o);
	}
}

void histories_release(struct histories *h)
{
	histories_sweep(h, INT64_MAX);
}
