/* pending.c -- attempts for which the vendors' records are wanted. */
#include "ctl/pending.h"

#include "ctl/await_survey.h"
#include "ctl/each_org.h"
#include "ctl/suspense.h"

struct collecting {
	struct session *session;
	struct pending *index;
	struct pending_slices slices;
};

struct pending *pending_find(struct pending *index, struct str id)
{
	struct pending *p;

	HASH_FIND(hh, index, id.p, id.n, p);
	return p;
}

bool pending_stays(const struct pending *p)
{
	return p->end == PENDING_LEFT || p->end == PENDING_RUNNING;
}

static void add(struct collecting *c, const struct held *h, int32_t attempt,
		const struct pending *what)
{
	struct pending *p = ARENA_NEW(&c->session->arena, struct pending);

	if (!p)
		return; /* the arena is full, which the session's end tells */
	*p = *what;
	p->attempt = attempt;
	str_copy(p->rid, sizeof(p->rid), str_of(h->rid));
	snprintf(p->id, sizeof(p->id), "%s-%d", h->rid, attempt);
	entity_set(&p->key, SCOPE_key, str_of(h->scope[SCOPE_org].id),
		   str_of(h->scope[SCOPE_key].id));
	if (!pending_find(c->index, str_of(p->id)))
		HASH_ADD_STR(c->index, id, p);
}

/* --- in suspense --- */

static void add_suspended(void *who, const struct reservation *res)
{
	struct collecting *c = who;

	/* its gateway may be cut off, and pay from it as we look */
	if (res->held.slice && !res->ended) {
		c->slices.n++;
		c->slices.nanos += suspense_nanos(res);
		return;
	}
	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		const struct pending what = { .nanos = res->attempt[i].reserved_nanos,
					      .since_us = res->attempt[i].suspended_us,
					      .over = res->ended };

		if (res->attempt[i].state == 'X')
			add(c, &res->held, i + 1, &what);
	}
}

/* --- charged at an estimate --- */

static int add_page(struct collecting *c, struct str org, const struct estimates_page *page)
{
	struct reservation_item items[SURVEY_PAGE];
	int code;

	for (size_t i = 0; i < page->n; i++)
		items[i] = (struct reservation_item){ .org = org, .rid = page->items[i].rid };
	code = await_reservations(c->session, items, page->n);
	for (size_t i = 0; i < page->n && !code; i++) {
		int64_t n = page->items[i].attempt;
		const struct reservation *res = &items[i].res;

		if (!items[i].found || n < 1 || n > ATTEMPTS_MAX ||
		    res->attempt[n - 1].state != 'S' || !res->attempt[n - 1].estimated)
			continue; /* corrected since, or too old to be corrected */
		add(c, &res->held, (int32_t)n,
		    &(struct pending){ .estimate = true,
				       .nanos = res->attempt[n - 1].cost_nanos,
				       .since_us = page->items[i].at_us,
				       .over = true });
	}
	return code;
}

static int add_estimates(struct collecting *c, struct str org)
{
	struct str from = STR("-");
	struct estimates_page page;
	int code;

	do {
		code = await_estimates(c->session, org, from, &page);
		if (!code)
			code = add_page(c, org, &page);
		from = arena_printf(&c->session->arena, "(%.*s", STR_ARG(page.last));
	} while (!code && !str_absent(page.last) && !str_absent(from));
	return code;
}

static int add_org(struct session *s, struct str org, void *who)
{
	struct collecting *c = who;
	int code = suspense_walk(s, org, add_suspended, c);

	return code ? code : add_estimates(c, org);
}

int pending_read(struct session *s, struct str org, struct pending **index_r,
		 struct pending_slices *slices_r)
{
	struct collecting c = { .session = s };
	int code = each_org(s, org, add_org, &c);

	*index_r = c.index;
	*slices_r = c.slices;
	return code;
}

void pending_forget(struct pending **index)
{
	HASH_CLEAR(hh, *index);
}

/* --- settling --- */

static enum pending_end end_of(const struct pending *p, const struct settle_item *item)
{
	if (item->end != SETTLE_OK)
		return PENDING_GONE;
	if (!p->recorded)
		return PENDING_RELEASED;
	return p->estimate ? PENDING_CORRECTED : PENDING_SETTLED;
}

static struct charge charge_of(const struct pending *p)
{
	struct charge c = { .attempt = p->attempt,
			    .cost_nanos = p->recorded ? p->billed_nanos : 0,
			    .tokens_used = -1,
			    .usage = p->usage };

	str_copy(c.model, sizeof(c.model), str_of(p->model));
	return c;
}

/* One that is there no more was settled, and has been forgotten since. */
static size_t choose_items(struct pending *const *list, const struct reservation_item *asked,
			   size_t n, struct settle_item *items_r)
{
	size_t chosen = 0;

	for (size_t i = 0; i < n; i++) {
		list[i]->end = PENDING_GONE;
		if (asked[i].found)
			items_r[chosen++] = (struct settle_item){
				.held = &asked[i].res.held,
				.charge = charge_of(list[i]),
				.mark = list[i],
			};
	}
	return chosen;
}

static int settle_some(struct session *s, struct pending *const *list, size_t n)
{
	struct reservation_item asked[AWAIT_AT_ONCE];
	struct settle_item items[AWAIT_AT_ONCE];
	size_t chosen = 0;
	int code;

	for (size_t i = 0; i < n; i++)
		asked[i] = (struct reservation_item){ .org = str_of(list[i]->key.org),
						      .rid = str_of(list[i]->rid) };
	code = await_reservations(s, asked, n);
	if (!code)
		chosen = choose_items(list, asked, n, items);
	if (!code)
		code = await_settle(s, items, chosen);
	for (size_t i = 0; i < chosen && !code; i++) {
		struct pending *p = items[i].mark;

		p->end = end_of(p, &items[i]);
	}
	return code;
}

int pending_settle(struct session *s, struct pending *const *list, size_t n)
{
	int code = EXIT_FINE;

	for (size_t done = 0; done < n && !code; done += AWAIT_AT_ONCE)
		code = settle_some(s, list + done,
				   n - done < AWAIT_AT_ONCE ? n - done : AWAIT_AT_ONCE);
	return code;
}
