/*
 * in_use.c -- the catalog and the snapshot that workers decide by, swapped together.
 *
 * A snapshot counts targets as its catalog does, so one never goes without the other:
 * when the catalog changes, the text of the snapshot is read again for the new one.
 */
#include "base/log.h"
#include "core/snapshot_text.h"
#include "gate/gateway.h"

int64_t gateway_epoch(const struct gateway *g)
{
	return g->catalog->catalog->epoch;
}

int64_t gateway_version(const struct gateway *g)
{
	return (int64_t)g->snapshot->version;
}

void gateway_tell_workers(struct gateway *g)
{
	const struct in_use in_use = { g->catalog, g->snapshot, g->breakers };

	for (uint32_t i = 0; i < g->n_workers; i++)
		worker_use(g->workers[i], g->settings, &in_use);
}

static void use(struct gateway *g, struct catalog_in_use *c, struct snapshot *s)
{
	if (c != g->catalog)
		catalog_in_use_unref(g->catalog);
	snapshot_unref(g->snapshot);
	g->catalog = c;
	g->snapshot = s;
	gateway_tell_workers(g);
}

/* --- breakers --- */

void gateway_use_breakers(struct gateway *g)
{
	struct breakers *b = watch_breakers(g->watch, g->catalog);

	if (!b)
		return;
	breakers_unref(g->breakers);
	g->breakers = b;
	gateway_tell_workers(g);
}

/* --- snapshots --- */

/* NULL: *fault_r says why */
static struct snapshot *read_for(const struct published *p, struct catalog *c,
				 struct fault *fault_r)
{
	struct snapshot *s = snapshot_read(p->text, c, fault_r);

	if (s) {
		s->version = (uint64_t)p->number;
		s->at_s = p->at_us / 1000000;
	}
	return s;
}

bool gateway_use_snapshot(struct gateway *g, const struct published *p)
{
	struct fault fault = { .code = ERR_INTERNAL, .text = "out of memory" };
	char *text = malloc(p->text.n + 1);
	struct snapshot *s = text ? read_for(p, g->catalog->catalog, &fault) : NULL;

	if (!s) {
		free(text);
		log_say(LOG_ERROR, "snapshot_unreadable", "version %lld: %s; the old one stays",
			(long long)p->number, fault.text);
		return false;
	}
	memcpy(text, p->text.p, p->text.n);
	free(g->snapshot_text);
	g->snapshot_text = text;
	g->snapshot_from = (struct published){ .number = p->number,
					       .at_us = p->at_us,
					       .text = { text, p->text.n } };
	use(g, g->catalog, s);
	return true;
}

/* what is known, for another catalog; nothing, where there is no text or no memory for it */
static struct snapshot *bind_again(const struct gateway *g, struct catalog *c)
{
	struct snapshot *s = NULL;
	struct fault fault;

	if (g->snapshot_text)
		s = read_for(&g->snapshot_from, c, &fault);
	return s ? s : snapshot_new(c, SNAPSHOT_MEMORY_MAX);
}

/* --- catalogs --- */

bool gateway_begin_with(struct gateway *g, struct catalog *c)
{
	g->catalog = catalog_in_use_new(c, g->learned);
	g->snapshot = g->catalog ? snapshot_new(c, SNAPSHOT_MEMORY_MAX) : NULL;
	g->breakers = g->catalog ? breakers_new(c, 0) : NULL;
	return g->snapshot && g->breakers;
}

void gateway_use_catalog(struct gateway *g, struct catalog *c)
{
	struct catalog_in_use *u = catalog_in_use_new(c, g->learned);
	struct snapshot *s = u ? bind_again(g, c) : NULL;
	struct breakers *b = s ? watch_breakers(g->watch, u) : NULL;

	if (!b) {
		snapshot_unref(s);
		catalog_in_use_unref(u);
		log_say(LOG_ERROR, "out_of_memory", "the new catalog is not taken into use");
		return;
	}
	breakers_unref(g->breakers);
	g->breakers = b;
	use(g, u, s);
}

void gateway_use_learned(struct gateway *g, struct learned *l)
{
	bool same = learned_same(g->learned, l);

	learned_unref(g->learned);
	g->learned = l;
	if (same)
		return;
	log_say(LOG_INFO, "learned", "task model %.12s, quality model %.12s", learned_task_hash(l),
		learned_quality_hash(l));
	gateway_use_catalog(g, catalog_ref(g->catalog->catalog));
}

void gateway_forget_in_use(struct gateway *g)
{
	learned_unref(g->learned);
	catalog_in_use_unref(g->catalog);
	snapshot_unref(g->snapshot);
	breakers_unref(g->breakers);
	free(g->snapshot_text);
}
