/* histories.c -- orgs and the histories of their data. */
#include "store/histories.h"

struct org_history *histories_find(const struct histories *h, struct str org)
{
	struct org_history *o;

	HASH_FIND(hh, h->orgs, org.p, org.n, o);
	return o;
}

struct org_history *histories_note(struct histories *h, const struct store *s, struct str org,
				   int64_t now_us)
{
	struct org_history *o = histories_find(h, org);

	if (!o) {
		o = store_waiting(sizeof(*o));
		str_copy(o->org, sizeof(o->org), org);
		HASH_ADD_KEYPTR(hh, h->orgs, o->org, org.n, o);
	}
	if (!o->history[0])
		str_copy(o->history, sizeof(o->history), store_history(s, org));
	o->at_us = now_us;
	return o;
}

bool history_changed(const struct org_history *o, const struct store *s)
{
	struct str now = store_history(s, str_of(o->org));

	return now.n > 0 && o->history[0] && !str_is(now, o->history);
}

void history_take(struct org_history *o, const struct store *s, int64_t now_us)
{
	str_copy(o->history, sizeof(o->history), store_history(s, str_of(o->org)));
	o->changed_us = now_us;
	o->telling.round++;
}

bool histories_changed(const struct histories *h, const struct store *s)
{
	for (const struct org_history *o = h->orgs; o; o = o->hh.next)
		if (history_changed(o, s))
			return true;
	return false;
}

void histories_take(struct histories *h, const struct store *s, int64_t now_us)
{
	for (struct org_history *o = h->orgs; o; o = o->hh.next)
		if (history_changed(o, s))
			history_take(o, s, now_us);
}

bool histories_are_there(const struct histories *h, const struct store *s)
{
	for (const struct org_history *o = h->orgs; o; o = o->hh.next)
		if (store_history(s, str_of(o->org)).n == 0)
			return false;
	return true;
}

bool histories_is_new(const struct histories *h, const struct store *s, struct str org,
		      int64_t since_us)
{
	struct str now = store_history(s, org);

	for (const struct org_history *o = h->orgs; o; o = o->hh.next)
		if (o->changed_us > since_us && str_is(now, o->history))
			return true;
	return false;
}

static void forget(struct histories *h, struct org_history *o)
{
	HASH_DEL(h->orgs, o);
	free(o);
}

void histories_sweep(struct histories *h, int64_t since_us)
{
	struct org_history *o, *more;

	HASH_ITER (hh, h->orgs, o, more)
		if (o->at_us < since_us && o->holders == 0)
			forget(h, o);
}

void histories_release(struct histories *h)
{
	struct org_history *o, *more;

	HASH_ITER (hh, h->orgs, o, more)
		forget(h, o);
}
