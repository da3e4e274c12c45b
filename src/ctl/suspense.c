/* suspense.c -- walk over the money in suspense. */
#include "ctl/suspense.h"

#include "ctl/await_survey.h"
#include "ctl/each_org.h"

/* with the memory of one page, used again for the next */
struct walk {
	suspense_f *fn;
	void *who;
	struct suspense_page page;
	struct reservation_item items[SURVEY_PAGE];
};

static int walk_page(struct session *s, struct str org, struct walk *w)
{
	int code;

	for (size_t i = 0; i < w->page.n; i++)
		w->items[i] = (struct reservation_item){ .org = org, .rid = w->page.rids[i] };
	code = await_reservations(s, w->items, w->page.n);
	for (size_t i = 0; i < w->page.n && !code; i++)
		if (w->items[i].found)
			w->fn(w->who, &w->items[i].res);
	return code;
}

static int walk_org(struct session *s, struct str org, void *who)
{
	struct walk *w = who;
	int64_t from = 0;
	int code;

	do {
		code = await_suspense(s, org, from, &w->page);
		if (!code)
			code = walk_page(s, org, w);
		from += SURVEY_PAGE;
	} while (!code && w->page.n == SURVEY_PAGE);
	return code;
}

int suspense_walk(struct session *s, struct str org, suspense_f *fn, void *who)
{
	struct walk *w = ARENA_NEW(&s->arena, struct walk);

	if (!w)
		return EXIT_FINE; /* the arena is full, which the session's end tells */
	w->fn = fn;
	w->who = who;
	return each_org(s, org, walk_org, w);
}

int64_t suspense_since_us(const struct reservation *res)
{
	int64_t oldest = 0;

	for (int i = 0; i < ATTEMPTS_MAX; i++)
		if (res->attempt[i].state == 'X' &&
		    (oldest == 0 || res->attempt[i].suspended_us < oldest))
			oldest = res->attempt[i].suspended_us;
	return oldest;
}

int64_t suspense_nanos(const struct reservation *res)
{
	int64_t sum = 0;

	for (int i = 0; i < ATTEMPTS_MAX; i++)
		if (res->attempt[i].state == 'X')
			sum += res->attempt[i].reserved_nanos;
	return sum;
}
