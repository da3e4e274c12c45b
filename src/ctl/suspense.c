/* suspense.c -- walk over the money in suspense. */
#include "ctl/suspense.h"

#include "ctl/await_survey.h"

/* memory of one page, used again for the next */
struct room {
	struct suspense_page page;
	struct reservation_item items[SURVEY_PAGE];
};

static int walk_page(struct session *s, struct str org, struct room *room, suspense_f *fn,
		     void *who)
{
	int code;

	for (size_t i = 0; i < room->page.n; i++)
		room->items[i] = (struct reservation_item){ .org = org, .rid = room->page.rids[i] };
	code = await_reservations(s, room->items, room->page.n);
	for (size_t i = 0; i < room->page.n && !code; i++)
		if (room->items[i].found)
			fn(who, &room->items[i].res);
	return code;
}

static int walk_org(struct session *s, struct str org, struct room *room, suspense_f *fn, void *who)
{
	int64_t from = 0;
	int code;

	do {
		code = await_suspense(s, org, from, &room->page);
		if (!code)
			code = walk_page(s, org, room, fn, who);
		from += SURVEY_PAGE;
	} while (!code && room->page.n == SURVEY_PAGE);
	return code;
}

int suspense_walk(struct session *s, struct str org, suspense_f *fn, void *who)
{
	struct room *room = ARENA_NEW(&s->arena, struct room);
	struct ids orgs = { &org, 1 };
	int code = EXIT_FINE;

	if (str_absent(org))
		code = await_ids(s, STR_NONE, SCOPE_org, &orgs);
	for (size_t i = 0; i < orgs.n && room && !code; i++)
		code = walk_org(s, orgs.items[i], room, fn, who);
	return code;
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
