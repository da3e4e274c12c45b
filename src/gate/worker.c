/* worker.c -- one thread that serves requests: built, run, stopped. */
#include "gate/worker.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/apikey_memo.h"
#include "core/custom.h"
#include "gate/probe.h"
#include "gate/request.h"
#include "gate/routes.h"
#include "gate/secrets.h"

/* --- catalogs --- */

struct catalog_in_use *catalog_in_use_new(struct catalog *c, struct learned *learned)
{
	struct catalog_in_use *u = calloc(1, sizeof(*u));

	if (!u) {
		catalog_unref(c);
		return NULL;
	}
	u->refs = 1;
	u->catalog = c;
	u->learned = learned_ref(learned);
	u->usable = calloc(c->n_endpoints + 1, sizeof(bool));
	u->secrets = u->usable ? secrets_load(c, u->usable) : NULL;
	if (!u->secrets) {
		catalog_in_use_unref(u);
		return NULL;
	}
	return u;
}

struct catalog_in_use *catalog_in_use_ref(struct catalog_in_use *u)
{
	__atomic_add_fetch(&u->refs, 1, __ATOMIC_RELAXED);
	return u;
}

void catalog_in_use_unref(struct catalog_in_use *u)
{
	if (!u || __atomic_sub_fetch(&u->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < COUNT_OF(u->custom); i++)
		custom_free(u->custom[i]);
	learned_unref(u->learned);
	secrets_free(u->secrets);
	free(u->usable);
	catalog_unref(u->catalog);
	free(u);
}

/* --- building --- */

/* memory of finished requests that waits for the next */
#define SPARE_CHUNK_BYTES (2 << 20)

/* Who connects waits until it is known how requests can be served, if at all. */
static void take_clients(struct worker *w)
{
	if (w->redis_known && w->catalog_known && !w->closing)
		front_accept(w->front);
}

static void redis_changed(void *who, bool up, const char *why)
{
	struct worker *w = who;

	__atomic_store_n(&w->redis_up, up, __ATOMIC_RELAXED);
	w->redis_known = true;
	take_clients(w);
	if (up) {
		store_read_clock(&w->store);
		rejoin_look(w);
		settlements_go_on(w);
		log_say(LOG_INFO, "redis_up", "worker %u", w->index);
		return;
	}
	stats_count(&w->stats, COUNT_redis_down);
	log_say(LOG_WARN, "redis_down", "worker %u: %s", w->index, why);
}

static struct journal *open_journal(struct worker *w, struct fault *f)
{
	const struct settings *s = w->settings;
	char name[64];
	const struct journal_conf conf = {
		.dir = s->gateway_state_dir,
		.name = name,
		.segment_bytes = (size_t)s->gateway_journal_segment_bytes,
		.sync_ms = s->gateway_journal_sync_ms,
	};

	snprintf(name, sizeof(name), "%s-%u", w->shared->incarnation, w->index);
	return journal_open(w->loop, &conf, f);
}

static struct apikey_memo *open_memo(const struct settings *s)
{
	unsigned char random[APIKEY_MEMO_KEY_BYTES];

	randombytes_buf(random, sizeof(random));
	return apikey_memo_new((uint32_t)s->gateway_key_cache_entries, random);
}

static struct decision_log *open_decisions(struct worker *w)
{
	const struct settings *s = w->settings;
	char dir[1100], name[64];
	const struct decision_log_conf conf = {
		.dir = dir,
		.name = name,
		.segment_bytes = (size_t)s->decisions_segment_bytes,
		.most_bytes = (size_t)s->decisions_max_size_bytes,
	};

	snprintf(dir, sizeof(dir), "%s/decisions", s->gateway_state_dir);
	snprintf(name, sizeof(name), "%s-%u", w->shared->incarnation, w->index);
	return decision_log_open(w->loop, &conf);
}

static struct upstream *open_upstream(struct worker *w)
{
	const struct settings *s = w->settings;
	const struct upstream_limits limits = {
		.max_calls = (uint32_t)s->gateway_max_calls,
		.per_multi = (uint32_t)s->gateway_calls_per_multi,
		.buffer_bytes = (size_t)s->gateway_call_buffer_bytes,
		.header_bytes = (size_t)s->gateway_max_answer_header_bytes,
	};

	return upstream_new(w->loop, &limits, w->shared->trust);
}

static struct front *open_front(struct worker *w, struct fault *f)
{
	const struct settings *s = w->settings;
	const struct front_limits limits = {
		.shards = (uint32_t)s->gateway_shards,
		.max_connections = (uint32_t)s->gateway_max_connections,
		.max_per_ip = (uint32_t)s->gateway_max_connections_per_ip,
		.header_bytes = (size_t)s->gateway_max_header_bytes,
		.body_bytes = (size_t)s->gateway_max_body_bytes,
		.bodies_bytes = (size_t)s->gateway_max_bodies_bytes,
		.header_ms = s->gateway_header_timeout_ms,
		.body_ms = s->gateway_body_timeout_ms,
		.body_grace_ms = s->gateway_body_grace_ms,
		.body_rate = s->gateway_body_rate_bytes,
		.idle_ms = s->gateway_idle_timeout_ms,
		.stream_high_bytes = (size_t)s->gateway_stream_high_bytes,
		.stream_low_bytes = (size_t)s->gateway_stream_low_bytes,
		.stream_stall_ms = s->gateway_stream_stall_ms,
	};

	return front_new(w->loop, w->shared->listen, true, &limits, &gate_handler, w, f);
}

struct worker *worker_new(const struct worker_shared *shared, struct settings *settings,
			  uint32_t index, const struct in_use *in_use, struct fault *fault_r)
{
	struct worker *w = calloc(1, sizeof(*w));

	fault_set(fault_r, ERR_INTERNAL, "", "out of memory");
	if (!w)
		return NULL;
	w->magic = WORKER_MAGIC;
	w->index = index;
	w->shared = shared;
	w->settings = settings_ref(settings);
	arena_init(&w->scratch, (size_t)settings->gateway_request_memory_bytes);
	w->rnd = rnd_seed((uint64_t)clock_wall_us() * 31 + index);
	w->catalog = catalog_in_use_ref(in_use->catalog);
	worker_prepare(w, in_use->catalog);
	w->snapshot = snapshot_ref(in_use->snapshot);
	w->breakers = breakers_ref(in_use->breakers);
	TAILQ_INIT(&w->requests);
	TAILQ_INIT(&w->spare_requests);
	w->chunks.max_bytes = SPARE_CHUNK_BYTES;
	w->loop = loop_new();
	if (!w->loop)
		goto failed;
	settlements_init(w);
	rejoin_init(w);
	w->payers = payers_new(&w->store, (uint32_t)settings->gateway_key_cache_entries);
	w->digests = open_memo(settings);
	w->observations = observations_new();
	w->upstream = open_upstream(w);
	w->probing = probing_new(w);
	w->decisions = open_decisions(w);
	if (!w->payers || !w->digests || !w->observations || !w->upstream || !w->probing ||
	    !w->decisions || !(w->journal = open_journal(w, fault_r)) ||
	    !store_open(&w->store, w->loop, settings, shared->redis_password, redis_changed, w,
			fault_r) ||
	    !durable_open(w, fault_r) || !(w->front = open_front(w, fault_r)))
		goto failed;
	snprintf(w->store.worker, sizeof(w->store.worker), "%s-%u", shared->incarnation, index);
	front_hold(w->front);
	return w;
failed:
	worker_free(w);
	return NULL;
}

static void news_free(struct news *n);

void worker_free(struct worker *w)
{
	if (!w)
		return;
	/* Clients first, vendors next: their requests end in settles, which Redis and the journal,
	 * or at last the journal alone, still take. */
	if (w->front)
		front_free(w->front);
	requests_end(w);
	w->closing = true;
	store_close(&w->store);
	durable_close(w);
	settlements_forget(w);
	probing_free(w->probing);
	rejoin_release(w);
	if (w->upstream)
		upstream_free(w->upstream);
	if (w->journal)
		journal_close(w->journal);
	decision_log_close(w->decisions);
	payers_free(w->payers);
	apikey_memo_free(w->digests);
	observations_free(w->observations);
	settings_unref(w->settings);
	catalog_in_use_unref(w->catalog);
	snapshot_unref(w->snapshot);
	breakers_unref(w->breakers);
	news_free(w->news);
	arena_release(&w->scratch);
	requests_forget(w);
	if (w->loop)
		loop_free(w->loop);
	free(w);
}

/* --- running --- */

/* what still has to be said and settled when the time is over may take so long */
#define LAST_WORDS_US 1000000
#define LOOK_US       20000

static bool is_done(const struct worker *w)
{
	return w->in_flight == 0 && w->settlements.n == 0 && front_exchanges(w->front) == 0;
}

static void hurry(struct worker *w)
{
	log_say(LOG_WARN, "stop_timeout", "worker %u: %u requests, %u settlements left", w->index,
		w->in_flight, w->settlements.n);
	w->hurrying = true;
	w->stop_by_us = loop_now_us(w->loop) + LAST_WORDS_US;
	requests_hurry(w);
}

static void look_whether_done(void *who)
{
	struct worker *w = who;
	bool late = loop_now_us(w->loop) >= w->stop_by_us;

	if (is_done(w) || (late && w->hurrying)) {
		loop_stop(w->loop);
		return;
	}
	if (late)
		hurry(w);
	timer_set(w->loop, &w->stop, loop_now_us(w->loop) + LOOK_US);
}

static void be_open(void *who)
{
	struct worker *w = who;

	w->catalog_known = true;
	take_clients(w);
}

static void leave(void *who)
{
	struct worker *w = who;

	front_leave(w->front);
}

static void begin_stop(void *who)
{
	struct worker *w = who;

	w->draining = true;
	front_quiesce(w->front);
	w->stop_by_us = loop_now_us(w->loop) + w->settings->gateway_stop_timeout_ms * 1000;
	w->stop = (struct timer){ .fire = look_whether_done, .who = w };
	timer_set(w->loop, &w->stop, loop_now_us(w->loop));
}

static void end(void *who)
{
	struct worker *w = who;

	loop_stop(w->loop);
}

void worker_run(struct worker *w)
{
	loop_run(w->loop);
}

void worker_open(struct worker *w)
{
	loop_post(w->loop, be_open, w);
}

void worker_leave(struct worker *w)
{
	loop_post(w->loop, leave, w);
}

void worker_stop(struct worker *w)
{
	loop_post(w->loop, begin_stop, w);
}

void worker_end(struct worker *w)
{
	loop_post(w->loop, end, w);
}

/* --- news for a running worker --- */

struct news {
	struct settings *settings;
	struct in_use in_use;
};

static void news_free(struct news *n)
{
	if (!n)
		return;
	settings_unref(n->settings);
	catalog_in_use_unref(n->in_use.catalog);
	snapshot_unref(n->in_use.snapshot);
	breakers_unref(n->in_use.breakers);
	free(n);
}

static void take_news(void *who)
{
	struct worker *w = who;
	struct news *n = __atomic_exchange_n(&w->news, NULL, __ATOMIC_ACQ_REL);
	const struct news old = { w->settings, { w->catalog, w->snapshot, w->breakers } };

	if (!n)
		return;
	if (n->in_use.catalog != w->catalog)
		stats_count(&w->stats, COUNT_catalogs);
	w->settings = n->settings;
	w->catalog = n->in_use.catalog;
	w->snapshot = n->in_use.snapshot;
	w->breakers = n->in_use.breakers;
	*n = old;
	news_free(n);
}

/* Only the newest counts. A worker that has ended does not take it any more: then it goes with the
 * worker. */
void worker_use(struct worker *w, struct settings *settings, const struct in_use *in_use)
{
	struct news *n = calloc(1, sizeof(*n)), *untaken;

	if (!n)
		return;
	worker_prepare(w, in_use->catalog);
	*n = (struct news){ settings_ref(settings),
			    { catalog_in_use_ref(in_use->catalog), snapshot_ref(in_use->snapshot),
			      breakers_ref(in_use->breakers) } };
	untaken = __atomic_exchange_n(&w->news, n, __ATOMIC_ACQ_REL);
	if (!untaken)
		loop_post(w->loop, take_news, w);
	news_free(untaken);
}
