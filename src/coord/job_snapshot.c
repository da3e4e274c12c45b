/*
 * job_snapshot.c -- what gateways reported is published as one snapshot, so that all of
 * them decide by the same (doc/decision.md, "What gateways tell each other").
 *
 * Vendor by vendor, one question after the other. When one is not answered nothing is
 * published: half of what is known would look as if the other half were not.
 */
#include "base/log.h"
#include "coord/coordinator.h"
#include "core/snapshot_build.h"
#include "core/snapshot_text.h"
#include "store/health.h"

/* of a vendor, in one round; what is left is forgotten in the next */
#define FORGET_MAX 1000

struct round {
	struct job *job;
	struct snapshot *s;
	struct snapshot_build build;
	uint32_t endpoint; /* of the catalog: its vendor is asked about */
};

static void end_round(struct round *r)
{
	struct job *j = r->job;

	snapshot_unref(r->s);
	free(r);
	job_done(j);
}

static void published(void *who, enum publish_end end, int64_t version)
{
	(void)version;
	if (end == PUBLISH_FENCED)
		log_say(LOG_WARN, "fenced", "another one leads: snapshot");
	end_round(who);
}

static void publish_snapshot(struct round *r)
{
	struct coordinator *c = r->job->coordinator;
	struct buf text;
	char hash[17];

	buf_init(&text, SNAPSHOT_TEXT_MAX);
	if (snapshot_build_finish(&r->build))
		snapshot_write(r->s, &text);
	else
		text.overflow = true;
	if (buf_ok(&text) && job_may_write(r->job)) {
		snapshot_hash(buf_str(&text), hash);
		publish(&c->store, PUBLISHED_SNAPSHOT, &c->lease, str_of(hash), buf_str(&text),
			published, r);
	} else {
		if (!buf_ok(&text))
			log_say(LOG_ERROR, "snapshot_too_large",
				"not published: more than %u bytes", SNAPSHOT_TEXT_MAX);
		end_round(r);
	}
	buf_release(&text);
}

static void next_vendor(struct round *r);

static void got_warm(void *who, bool ok, size_t n, const struct health_warm *warm)
{
	struct round *r = who;
	struct str vendor = r->s->catalog->endpoints[r->endpoint].vendor;

	for (size_t i = 0; i < n; i++)
		snapshot_build_warm(&r->build, vendor, warm[i].entry, warm[i].until_s);
	if (!ok) {
		end_round(r);
		return;
	}
	r->endpoint++;
	next_vendor(r);
}

static void got_tallies(void *who, bool ok, size_t n, const struct str *names,
			const struct str *texts)
{
	struct round *r = who;
	struct coordinator *c = r->job->coordinator;
	struct str vendor = r->s->catalog->endpoints[r->endpoint].vendor;
	struct str spent[FORGET_MAX];
	size_t n_spent = 0;

	if (!ok) {
		end_round(r);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (!snapshot_build_tally(&r->build, vendor, names[i], texts[i]) &&
		    n_spent < FORGET_MAX)
			spent[n_spent++] = names[i];
	if (n_spent && job_may_write(r->job))
		health_forget(&c->store, &c->lease, vendor, n_spent, spent);
	health_warm(&c->store, vendor, got_warm, r);
}

static void next_vendor(struct round *r)
{
	const struct catalog *c = r->s->catalog;

	while (r->endpoint < c->n_endpoints && !catalog_first_of_vendor(c, r->endpoint))
		r->endpoint++;
	if (r->endpoint == c->n_endpoints)
		publish_snapshot(r);
	else
		health_tallies(&r->job->coordinator->store, c->endpoints[r->endpoint].vendor,
			       got_tallies, r);
}

void job_snapshot(struct job *j)
{
	struct coordinator *c = j->coordinator;
	struct round *r = calloc(1, sizeof(*r));

	if (!r) {
		job_done(j);
		return;
	}
	r->job = j;
	r->s = snapshot_new(c->catalog, SNAPSHOT_MEMORY_MAX);
	if (r->s && snapshot_build_init(&r->build, r->s, store_now_us(&c->store)))
		next_vendor(r);
	else
		end_round(r);
}
