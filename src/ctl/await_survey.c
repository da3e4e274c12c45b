/* await_survey.c -- what people ask of Redis, waited for. */
#include "ctl/await_survey.h"

/* a question under way: how to read the reply, and where it goes */
struct question {
	struct session *session;
	const char *what;
	bool (*read)(struct session *s, const redisReply *reply, void *result);
	void *result;
};

static void replied(void *who, enum redis_end end, const redisReply *reply)
{
	struct question *q = who;
	bool ok = store_took(&q->session->store, q->what, end, reply) &&
		  q->read(q->session, reply, q->result);

	session_answered(q->session, ok);
}

static bool read_number(struct session *s, const redisReply *reply, void *result)
{
	(void)s;
	return survey_number_read(reply, result);
}

/* --- the server, the leader --- */

static bool read_server(struct session *s, const redisReply *reply, void *result)
{
	(void)s;
	return survey_server_read(reply, result);
}

int await_server(struct session *s, struct survey_server *server_r)
{
	struct question q = { s, "server", read_server, server_r };

	session_begin(s);
	survey_server(&s->store, replied, &q);
	return session_wait(s);
}

static bool read_leader(struct session *s, const redisReply *reply, void *result)
{
	struct str name, *name_r = result;

	if (!survey_leader_read(reply, &name))
		return false;
	*name_r = str_absent(name) ? STR_NONE : arena_str(&s->arena, name);
	return true;
}

int await_leader(struct session *s, struct str *name_r, int64_t *lease_ms_r)
{
	struct question who = { s, "leader", read_leader, name_r };
	struct question lease = { s, "lease", read_number, lease_ms_r };

	session_begin(s);
	session_begin(s);
	survey_leader(&s->store, replied, &who);
	survey_lease(&s->store, replied, &lease);
	return session_wait(s);
}

/* --- reservations --- */

int await_counts(struct session *s, struct str org, int64_t *open_r, int64_t *suspended_r)
{
	struct question open = { s, "open reservations", read_number, open_r };
	struct question suspended = { s, "suspense", read_number, suspended_r };

	session_begin(s);
	session_begin(s);
	survey_open(&s->store, org, replied, &open);
	survey_suspended(&s->store, org, replied, &suspended);
	return session_wait(s);
}

static bool read_suspense(struct session *s, const redisReply *reply, void *result)
{
	struct suspense_page *page = result;
	size_t n;

	if (!survey_suspense_read(reply, &n))
		return false;
	page->n = n < SURVEY_PAGE ? n : SURVEY_PAGE;
	for (size_t i = 0; i < page->n; i++)
		page->rids[i] = arena_str(&s->arena, survey_suspense_at(reply, i));
	return true;
}

int await_suspense(struct session *s, struct str org, int64_t from, struct suspense_page *page_r)
{
	struct question q = { s, "suspense", read_suspense, page_r };

	session_begin(s);
	survey_suspense(&s->store, org, from, SURVEY_PAGE, replied, &q);
	return session_wait(s);
}

/* --- the ledger --- */

static bool read_estimates(struct session *s, const redisReply *reply, void *result)
{
	struct estimates_page *page = result;
	size_t n;

	if (!survey_ledger_read(reply, &n))
		return false;
	*page = (struct estimates_page){ .n = 0 };
	for (size_t i = 0; i < n && i < SURVEY_PAGE; i++) {
		struct ledger_entry entry;
		bool good = survey_ledger_at(reply, i, &entry);

		if (i + 1 == n)
			page->last = arena_str(&s->arena, entry.id);
		if (!good || !entry.estimated)
			continue;
		page->items[page->n].rid = arena_str(&s->arena, entry.rid);
		page->items[page->n].attempt = entry.attempt;
		page->items[page->n++].at_us = entry.at_us;
	}
	return true;
}

int await_estimates(struct session *s, struct str org, struct str from,
		    struct estimates_page *page_r)
{
	struct question q = { s, "ledger", read_estimates, page_r };

	session_begin(s);
	survey_ledger(&s->store, org, from, SURVEY_PAGE, replied, &q);
	return session_wait(s);
}

static bool read_note(struct session *s, const redisReply *reply, void *result)
{
	(void)s;
	(void)result;
	return survey_ledger_note_read(reply);
}

int await_ledger_note(struct session *s, struct str org, const struct ledger_note *note)
{
	struct question q = { s, "ledger", read_note, NULL };

	session_begin(s);
	survey_ledger_note(&s->store, org, note, replied, &q);
	return session_wait(s);
}
