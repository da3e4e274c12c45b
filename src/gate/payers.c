/* payers.c -- a worker's copies of payers' records, used longest ago first out. */
#include "gate/payers.h"

#include <sys/queue.h>
#include <uthash.h>

#include "base/text.h"

/* a key that does not exist is asked for again after this */
#define UNKNOWN_US 1000000

struct waiter {
	STAILQ_ENTRY(waiter) next;
	payers_f *fn;
	void *who;
};

struct entry {
	char name[2 * ID_MAX]; /* "org/key" */
	struct payers *all;
	struct payer payer;
	struct payer_skills skills; /* (owned) */
	bool known;                 /* payer is filled */
	bool loading;
	int64_t read_us; /* on the loop's clock; 0 = never */
	STAILQ_HEAD(, waiter) waiters;
	UT_hash_handle hh;
};

struct payers {
	struct store *store;
	struct entry *entries; /* in order of use */
	uint32_t max;
};

static void entry_free(struct entry *e)
{
	free(e->skills.list);
	free(e);
}

struct payers *payers_new(struct store *store, uint32_t max)
{
	struct payers *p = calloc(1, sizeof(*p));

	if (p) {
		p->store = store;
		p->max = max;
	}
	return p;
}

void payers_free(struct payers *p)
{
	struct entry *e, *next;

	if (!p)
		return;
	HASH_ITER (hh, p->entries, e, next) {
		HASH_DEL(p->entries, e);
		entry_free(e);
	}
	free(p);
}

/* room for one more; entries that somebody waits for stay */
static void make_room(struct payers *p)
{
	struct entry *e, *next;

	HASH_ITER (hh, p->entries, e, next) {
		if (HASH_COUNT(p->entries) < p->max)
			return;
		if (e->loading)
			continue;
		HASH_DEL(p->entries, e);
		entry_free(e);
	}
}

static struct entry *find(struct payers *p, struct str org, struct str key, char name_r[2 * ID_MAX])
{
	struct text name = text_init(name_r, 2 * ID_MAX);
	struct entry *e;

	text_add(&name, org);
	text_adds(&name, "/");
	text_add(&name, key);
	HASH_FIND_STR(p->entries, name_r, e);
	return e;
}

static struct entry *find_or_add(struct payers *p, struct str org, struct str key)
{
	char name[2 * ID_MAX];
	struct entry *e = find(p, org, key, name);

	if (e) {
		HASH_DEL(p->entries, e); /* to the end of the order */
	} else {
		make_room(p);
		e = calloc(1, sizeof(*e));
		if (!e)
			return NULL;
		memcpy(e->name, name, sizeof(name));
		e->all = p;
		STAILQ_INIT(&e->waiters);
	}
	HASH_ADD_STR(p->entries, name, e);
	return e;
}

/* Without memory for it nothing is said of models, which is no reason to refuse anybody. */
static void keep_skills(struct entry *e, const struct payer_skills *skills)
{
	struct payer_skill *list = calloc(skills->n + 1, sizeof(*list));

	free(e->skills.list);
	e->skills = (struct payer_skills){ list, list ? skills->n : 0 };
	if (list && skills->n)
		memcpy(list, skills->list, skills->n * sizeof(*list));
}

/* A period that has just begun has no pace yet: then the last one's goes on. */
static void keep_payer(struct entry *e, const struct payer *payer)
{
	int64_t before = e->known ? e->payer.pace_micros : -1;

	e->payer = *payer;
	if (payer->pace_micros < 0 && payer_has_budget(payer))
		e->payer.pace_micros = before;
}

static void was_read(void *who, bool ok, const struct payer *payer,
		     const struct payer_skills *skills)
{
	struct entry *e = who;
	STAILQ_HEAD(, waiter) waiters = STAILQ_HEAD_INITIALIZER(waiters);
	struct payer copy;

	e->loading = false;
	if (ok) {
		if (payer)
			keep_payer(e, payer);
		e->known = payer != NULL;
		keep_skills(e, skills);
		e->read_us = loop_now_us(e->all->store->loop);
	}
	/* waiters may ask again from inside, which may move or evict the entry */
	STAILQ_CONCAT(&waiters, &e->waiters);
	if (payer)
		copy = e->payer;
	while (!STAILQ_EMPTY(&waiters)) {
		struct waiter *w = STAILQ_FIRST(&waiters);

		STAILQ_REMOVE_HEAD(&waiters, next);
		w->fn(w->who, ok, payer ? &copy : NULL, skills);
		free(w);
	}
}

static bool is_fresh(const struct entry *e, int64_t max_age_us)
{
	int64_t age = loop_now_us(e->all->store->loop) - e->read_us;

	if (e->read_us == 0)
		return false;
	if (!e->known)
		return age < UNKNOWN_US;
	return age < max_age_us;
}

void payers_get(struct payers *p, struct str org, struct str key, int64_t max_age_us, payers_f *fn,
		void *who)
{
	struct entry *e = find_or_add(p, org, key);
	struct waiter *w;

	if (e && is_fresh(e, max_age_us)) {
		struct payer copy = e->payer;

		fn(who, true, e->known ? &copy : NULL, &e->skills);
		return;
	}
	w = e ? calloc(1, sizeof(*w)) : NULL;
	if (!w) {
		fn(who, false, NULL, NULL);
		return;
	}
	w->fn = fn;
	w->who = who;
	STAILQ_INSERT_TAIL(&e->waiters, w, next);
	if (e->loading)
		return;
	e->loading = true;
	payer_read(p->store, org, key, was_read, e);
}

void payers_saw_pace(struct payers *p, struct str org, struct str key, int64_t micros)
{
	char name[2 * ID_MAX];
	struct entry *e = find(p, org, key, name);

	if (e && e->known)
		e->payer.pace_micros = micros;
}
