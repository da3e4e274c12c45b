/*
 * watch.c -- the breakers of all vendors, as Redis has them now.
 *
 * A message tells at once that a vendor's have changed, asking every follow_interval tells when the
 * message was lost. While Redis is away the last ones stay in use.
 */
#include "base/hash.h"
#include "base/log.h"
#include "core/breaker.h"
#include "gate/gateway.h"
#include "gate/secrets.h"
#include "store/breakers.h"

#define NUMBER "#" /* counts the changes */

struct entry {
	struct str name;
	struct breaker breaker;
};

struct vendor_watch {
	struct vendor_watch *next;
	struct watch *watch;
	struct str vendor;  /* (owned) */
	bool asking, again; /* again: there was news meanwhile */
	uint64_t held;      /* hash of what Redis had: of its names and texts */
	struct arena arena; /* of the entries */
	struct entry *entries;
	size_t n;
};

struct watch {
	struct gateway *gateway;
	struct timer ask;
	struct vendor_watch *vendors;
};

/* --- for a catalog --- */

/* What another credential brought about is not ours. */
static bool concerns_us(const struct watch *w, const struct catalog_in_use *c,
			const struct breaker_place *p)
{
	return p->digest == 0 ||
	       p->digest == secrets_digest(c->secrets, p->endpoint, w->gateway->shared.pepper);
}

static void bind_vendor(const struct watch *w, const struct catalog_in_use *c,
			const struct vendor_watch *v, struct breakers *all)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct entry *e = &v->entries[i];
		struct breaker_place place;

		if (breakers_find(all, v->vendor, e->name, &place) && concerns_us(w, c, &place))
			breakers_put(all, &place, &e->breaker);
	}
}

struct breakers *watch_breakers(const struct watch *w, const struct catalog_in_use *c)
{
	const struct settings *s = w->gateway->settings;
	struct breakers *all = breakers_new(c->catalog, s->breakers_slow_start_ms * 1000);

	for (const struct vendor_watch *v = all ? w->vendors : NULL; v; v = v->next)
		bind_vendor(w, c, v, all);
	return all;
}

/* --- asking --- */

static int64_t number_of(size_t n, const struct str *names, const struct str *texts)
{
	int64_t number = 0;

	for (size_t i = 0; i < n; i++)
		if (str_is(names[i], NUMBER) && str_i64(texts[i], &number))
			return number;
	return 0;
}

/* Their number does not tell whether they are others: after a failover it may be the same. */
static uint64_t hash_of(size_t n, const struct str *names, const struct str *texts)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < n; i++)
		hash = hash_bytes(hash_bytes(hash, names[i]), texts[i]);
	return hash;
}

/* One that cannot be read is closed: to keep away from nobody is the smaller fault. */
static void keep(struct vendor_watch *v, size_t n, const struct str *names, const struct str *texts)
{
	arena_reset(&v->arena);
	v->n = 0;
	v->entries = ARENA_ARRAY(&v->arena, struct entry, n + 1);
	for (size_t i = 0; v->entries && i < n; i++) {
		struct entry *e = &v->entries[v->n];

		if (!breaker_read(texts[i], &e->breaker))
			continue;
		e->name = arena_str(&v->arena, names[i]);
		v->n += !v->arena.full;
	}
}

static void fetch(struct vendor_watch *v);

static void got(void *who, bool ok, size_t n, const struct str *names, const struct str *texts)
{
	struct vendor_watch *v = who;
	uint64_t hash = hash_of(n, names, texts);

	v->asking = false;
	if (ok && hash != v->held) {
		keep(v, n, names, texts);
		v->held = hash;
		gateway_use_breakers(v->watch->gateway);
		log_say(LOG_DEBUG, "breakers", "%.*s, change %lld", STR_ARG(v->vendor),
			(long long)number_of(n, names, texts));
	}
	if (ok && v->again)
		fetch(v);
}

static void fetch(struct vendor_watch *v)
{
	v->again = v->asking;
	if (v->asking)
		return;
	v->asking = true;
	breakers_read(&v->watch->gateway->store, v->vendor, got, v);
}

/* NULL: no memory */
static struct vendor_watch *watch_of(struct watch *w, struct str vendor)
{
	struct vendor_watch *v = w->vendors;
	char *name;

	while (v && !str_eq(v->vendor, vendor))
		v = v->next;
	if (v || !(v = calloc(1, sizeof(*v))))
		return v;
	if (!(name = strndup(vendor.p, vendor.n))) {
		free(v);
		return NULL;
	}
	v->watch = w;
	v->vendor = str_of(name);
	arena_init(&v->arena, 16 << 20);
	v->next = w->vendors;
	w->vendors = v;
	return v;
}

static bool is_ours(const struct watch *w, struct str vendor)
{
	const struct catalog *c = w->gateway->catalog->catalog;

	for (uint32_t i = 0; i < c->n_endpoints; i++)
		if (str_eq(c->endpoints[i].vendor, vendor))
			return true;
	return false;
}

void watch_heard(struct watch *w, struct str vendor)
{
	struct vendor_watch *v = is_ours(w, vendor) ? watch_of(w, vendor) : NULL;

	if (v)
		fetch(v);
}

static void ask(void *who)
{
	struct watch *w = who;
	struct gateway *g = w->gateway;
	const struct catalog *c = g->catalog->catalog;
	int64_t interval_us = g->settings->gateway_follow_interval_ms * 1000;

	timer_set(g->loop, &w->ask, loop_now_us(g->loop) + interval_us);
	for (uint32_t i = 0; i < c->n_endpoints; i++) {
		struct vendor_watch *v = watch_of(w, c->endpoints[i].vendor);

		if (v && !v->asking)
			fetch(v);
	}
}

struct watch *watch_start(struct gateway *g)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->gateway = g;
	w->ask = (struct timer){ .fire = ask, .who = w };
	timer_set(g->loop, &w->ask, 0);
	return w;
}

void watch_free(struct watch *w)
{
	struct vendor_watch *v, *next;

	if (!w)
		return;
	timer_cancel(w->gateway->loop, &w->ask);
	for (v = w->vendors; v; v = next) {
		next = v->next;
		arena_release(&v->arena);
		free((char *)v->vendor.p);
		free(v);
	}
	free(w);
}
