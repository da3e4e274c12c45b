/* explain_fleet.c -- what a running fleet decides under: its catalog, its snapshot, a payer. */
#include "conf/conf.h"
#include "core/snapshot_text.h"
#include "ctl/explain.h"
#include "store/payer.h"
#include "store/published.h"

/* --- what is published --- */

struct text_asked {
	struct session *session;
	struct published is; /* copied into the session's arena */
};

static void got_text(void *who, bool ok, const struct published *p)
{
	struct text_asked *t = who;
	struct arena *a = &t->session->arena;

	if (ok) {
		t->is = *p;
		t->is.hash = arena_str(a, p->hash);
		t->is.text = str_absent(p->text) ? STR_NONE : arena_str(a, p->text);
	}
	session_answered(t->session, ok);
}

static int read_published(struct session *s, struct text_asked *catalog,
			  struct text_asked *snapshot)
{
	*catalog = *snapshot = (struct text_asked){ .session = s };
	session_begin(s);
	published_read(&s->store, PUBLISHED_CATALOG, got_text, catalog);
	session_begin(s);
	published_read(&s->store, PUBLISHED_SNAPSHOT, got_text, snapshot);
	return session_wait(s);
}

static struct catalog *read_catalog(const struct published *p)
{
	struct conf_faults *faults = calloc(1, sizeof(*faults));
	struct catalog *c = faults ? conf_read(p->text, faults) : NULL;

	if (c)
		c->epoch = p->number;
	else
		say_error("the published catalog cannot be read: %s",
			  faults && faults->n ? faults->items[0].text : "no memory");
	free(faults);
	return c;
}

static struct snapshot *read_snapshot(const struct published *p, struct catalog *c)
{
	struct fault f = { .text = "out of memory" };
	struct snapshot *s;

	if (str_absent(p->text)) {
		say_note("no snapshot is published yet: nothing is known of the fleet");
		s = snapshot_new(c, SNAPSHOT_MEMORY_MAX);
	} else {
		s = snapshot_read(p->text, c, &f);
	}
	if (!s) {
		say_error("the published snapshot cannot be read: %s", f.text);
		return NULL;
	}
	s->version = (uint64_t)p->number;
	s->at_s = p->at_us / 1000000;
	return s;
}

/* --- who pays --- */

struct payer_asked {
	struct session *session;
	struct world *world;
	bool found;
};

static void got_payer(void *who, bool ok, const struct payer *payer,
		      const struct payer_skills *skills)
{
	struct payer_asked *p = who;
	struct world *w = p->world;

	p->found = ok && payer;
	if (p->found) {
		w->payer = *payer;
		w->skills.list = ARENA_ARRAY(&p->session->arena, struct payer_skill, skills->n + 1);
		w->skills.n = w->skills.list ? skills->n : 0;
		if (w->skills.n)
			memcpy(w->skills.list, skills->list, skills->n * sizeof(*skills->list));
	}
	session_answered(p->session, ok);
}

static int read_payer(struct session *s, const struct entity *key, struct world *w)
{
	struct payer_asked p = { .session = s, .world = w };
	char name[ENTITY_TEXT];
	int code;

	session_begin(s);
	payer_read(&s->store, str_of(key->org), str_of(key->id), got_payer, &p);
	code = session_wait(s);
	if (code || p.found)
		return code;
	say_error("there is no key %s", entity_text(name, key));
	return EXIT_FAILED;
}

int world_of_fleet(struct session *s, const struct entity *key, struct world *w)
{
	struct text_asked catalog, snapshot;
	int code = read_published(s, &catalog, &snapshot);

	if (code)
		return code;
	if (str_absent(catalog.is.text)) {
		say_error("no catalog is published: is a coordinator running?");
		return EXIT_FAILED;
	}
	w->catalog = read_catalog(&catalog.is);
	w->snapshot = w->catalog ? read_snapshot(&snapshot.is, w->catalog) : NULL;
	if (!w->snapshot)
		return EXIT_FAILED;
	code = world_breakers(s, w);
	return code || !key ? code : read_payer(s, key, w);
}
