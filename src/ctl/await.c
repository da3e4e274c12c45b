/* await.c -- the store's calls, waited for. */
#include "ctl/await.h"

/* a call under way: `item` is where its results go */
struct answer {
	struct session *session;
	void *item;
};

/* begin(a) begins the call for a->item; its callback gets a and calls session_answered() */
static int await_each(struct session *s, void *items, size_t size, size_t n,
		      void (*begin)(struct answer *a))
{
	struct answer answers[AWAIT_AT_ONCE];
	int code = EXIT_FINE;

	for (size_t done = 0; done < n && !code;) {
		size_t now = n - done < AWAIT_AT_ONCE ? n - done : AWAIT_AT_ONCE;

		for (size_t i = 0; i < now; i++, done++) {
			answers[i] = (struct answer){ s, (char *)items + done * size };
			session_begin(s);
			begin(&answers[i]);
		}
		code = session_wait(s);
	}
	return code;
}

/* --- ids --- */

static void got_ids(void *who, bool ok, size_t n, const struct str *ids)
{
	struct answer *a = who;
	struct arena *arena = &a->session->arena;
	struct str *items = ok ? ARENA_ARRAY(arena, struct str, n + 1) : NULL;

	for (size_t i = 0; items && i < n; i++)
		items[i] = arena_str(arena, ids[i]);
	*(struct ids *)a->item = (struct ids){ items, items ? n : 0 };
	session_answered(a->session, ok);
}

int await_ids(struct session *s, struct str org, enum scope scope, struct ids *ids_r)
{
	struct answer a = { s, ids_r };

	session_begin(s);
	record_list(&s->store, org, scope, got_ids, &a);
	return session_wait(s);
}

/* --- records --- */

static void got_record(void *who, bool ok, size_t n, const struct field *fields)
{
	struct answer *a = who;

	if (ok)
		record_fill(a->item, &a->session->arena, n, fields);
	session_answered(a->session, ok);
}

static void begin_record(struct answer *a)
{
	const struct entity *e = &((struct record *)a->item)->who;

	record_read(&a->session->store, str_of(e->org), e->scope, str_of(e->id), got_record, a);
}

int await_records(struct session *s, struct record *records, size_t n)
{
	return await_each(s, records, sizeof(*records), n, begin_record);
}

int await_record(struct session *s, const struct entity *e, struct record *record_r)
{
	char name[ENTITY_TEXT];
	int code;

	*record_r = (struct record){ .who = *e };
	code = await_records(s, record_r, 1);
	if (code || record_r->found)
		return code;
	say_error("%s %s does not exist", scope_name(e->scope), entity_text(name, e));
	return EXIT_FAILED;
}

int await_org(struct session *s, const char *org)
{
	struct entity e;
	struct record r;

	if (!org)
		return EXIT_FINE;
	entity_set(&e, SCOPE_org, str_of(org), str_of(org));
	return await_record(s, &e, &r);
}

static void got_put(void *who, enum put_end end, int64_t ver)
{
	struct answer *a = who;

	(void)ver;
	*(enum put_end *)a->item = end;
	session_answered(a->session, end != PUT_LOST);
}

int await_put(struct session *s, enum put_mode mode, const struct entity *e, struct str team,
	      const struct field *fields, size_t n, enum put_end *end_r)
{
	struct answer a = { s, end_r };

	session_begin(s);
	record_put(&s->store, mode, str_of(e->org), e->scope, str_of(e->id), team, fields, n,
		   got_put, &a);
	return session_wait(s);
}

int await_drop(struct session *s, const struct entity *e, enum put_end *end_r)
{
	struct answer a = { s, end_r };

	session_begin(s);
	record_drop(&s->store, str_of(e->org), e->scope, str_of(e->id), got_put, &a);
	return session_wait(s);
}

/* --- money --- */

static void got_budget(void *who, bool ok, const struct budget_state *state)
{
	struct answer *a = who;

	if (ok)
		((struct budget *)a->item)->state = *state;
	session_answered(a->session, ok);
}

static void begin_budget(struct answer *a)
{
	struct store *store = &a->session->store;
	struct budget *b = a->item;

	period_span(b->period, store_now_us(store), &b->span);
	budget_read(store, str_of(b->who.org), b->who.scope, str_of(b->who.id), str_of(b->span.id),
		    got_budget, a);
}

int await_budgets(struct session *s, struct budget *budgets, size_t n)
{
	return await_each(s, budgets, sizeof(*budgets), n, begin_budget);
}

static void got_reservation(void *who, bool ok, const struct reservation *res)
{
	struct answer *a = who;
	struct reservation_item *item = a->item;

	item->found = res != NULL;
	if (res)
		item->res = *res;
	session_answered(a->session, ok);
}

static void begin_reservation(struct answer *a)
{
	const struct reservation_item *item = a->item;

	books_read(&a->session->store, item->org, item->rid, got_reservation, a);
}

int await_reservations(struct session *s, struct reservation_item *items, size_t n)
{
	return await_each(s, items, sizeof(*items), n, begin_reservation);
}

static void got_settled(void *who, enum settle_end end, int64_t over_nanos, const char *entry)
{
	struct answer *a = who;

	(void)over_nanos, (void)entry;
	((struct settle_item *)a->item)->end = end;
	session_answered(a->session, end < SETTLE_LOST);
}

static void begin_settle(struct answer *a)
{
	const struct settle_item *item = a->item;

	books_settle(&a->session->store, item->held, &item->charge, got_settled, a);
}

int await_settle(struct session *s, struct settle_item *items, size_t n)
{
	return await_each(s, items, sizeof(*items), n, begin_settle);
}
