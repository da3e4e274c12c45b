/* probe.c -- get the place of a breaker's probe, lend it to a request, tell what came of it. */
#include "gate/probe.h"

#include "base/ablation.h"
#include "base/log.h"
#include "gate/request.h"

#define LOOK_US       200000  /* how often a worker looks for breakers whose time is over */
#define LOOK_JITTER   25      /* percent */
#define NO_REQUEST_US 250000  /* so long a place waits for a client's request */
#define LEASE_MORE_US 1000000 /* so much longer than the probe may take is its place kept */

struct probing {
	struct worker *worker;
	struct timer look;
	struct probe probes[PROBES_MAX];
};

/* --- places --- */

static void clear(struct probe *p)
{
	probe_call_cancel(p->call);
	catalog_in_use_unref(p->catalog);
	*p = (struct probe){ .probing = p->probing };
}

static struct probe *empty_place(struct probing *all)
{
	for (int i = 0; i < PROBES_MAX; i++)
		if (all->probes[i].state == PROBE_NONE)
			return &all->probes[i];
	return NULL;
}

static bool is_under_way(const struct probing *all, const struct endpoint *e,
			 const struct target *t)
{
	for (int i = 0; i < PROBES_MAX; i++) {
		const struct probe *p = &all->probes[i];

		if (p->state != PROBE_NONE && p->endpoint == e && p->target == t)
			return true;
	}
	return false;
}

struct worker *probe_worker(const struct probe *p)
{
	return p->probing->worker;
}

/* --- the result --- */

static void reported(void *who, bool ok, struct str changes)
{
	struct worker *w = who;

	if (ok)
		stats_breakers_changed(&w->stats, changes);
}

void probe_end(struct probe *p, struct probe_result result)
{
	struct worker *w = p->probing->worker;
	const struct breaker_item item = {
		.name = str_of(p->name),
		.cause = result.cause,
		.what = result.what,
		.token = p->token,
	};
	const struct breaker_report report = {
		.vendor = p->endpoint->vendor,
		.rules = breaker_rules_of(w->settings),
		.chance = rnd_below(&w->rnd, 1001),
		.items = &item,
		.n = 1,
	};

	if (result.what != PROBE_GONE)
		stats_count(&w->stats, COUNT_probes);
	if (result.what == PROBE_BAD)
		stats_count(&w->stats, COUNT_probes_failed);
	if (!w->closing)
		breakers_report(&w->store, &report, reported, w);
	clear(p);
}

/* --- getting a place --- */

static void answered(void *who, int64_t token, struct str changes)
{
	struct probe *p = who;

	stats_breakers_changed(&p->probing->worker->stats, changes);
	if (token == 0 && !ablated(ABLATE_probe)) {
		clear(p);
		return;
	}
	p->token = token;
	p->state = PROBE_FREE;
	p->free_since_us = loop_now_us(p->probing->worker->loop);
}

/* what a breaker that is due is of */
static enum probe_kind kind_of(const struct breaker *b, const struct target *t)
{
	if (b->digest)
		return PROBE_CREDENTIAL;
	return t ? PROBE_TARGET : PROBE_ENDPOINT;
}

static void ask(struct probing *all, const struct breaker *b, const struct endpoint *e,
		const struct target *t)
{
	struct worker *w = all->worker;
	int64_t time_us = w->settings->breakers_probe_timeout_ms * 1000;
	struct probe *p = empty_place(all);
	struct buf name;

	if (!p || is_under_way(all, e, t))
		return;
	buf_init(&name, sizeof(p->name));
	breaker_name(e, t ? t->model : NULL, b->digest, &name);
	if (buf_ok(&name) && str_copy(p->name, sizeof(p->name), buf_str(&name))) {
		p->state = PROBE_ASKED;
		p->catalog = catalog_in_use_ref(w->catalog);
		p->kind = kind_of(b, t);
		p->endpoint = e;
		p->target = t;
		p->until_us = loop_now_us(w->loop) + time_us;
		breakers_probe(&w->store, e->vendor, str_of(p->name), time_us + LEASE_MORE_US,
			       answered, p);
	}
	buf_release(&name);
}

/* without the rule of the one probe also while another one has the place */
static bool is_due(const struct breaker *b, int64_t now_us)
{
	return breaker_is_due(b, now_us) || (ablated(ABLATE_probe) && b->state == BREAKER_half);
}

/* A model of an endpoint that nobody reaches need not be asked. */
static void ask_for_due(struct probing *all)
{
	struct worker *w = all->worker;
	const struct breakers *b = w->breakers;
	const struct catalog *c = b->catalog;
	int64_t now_us = store_now_us(&w->store);

	if (!b->any || c != w->catalog->catalog)
		return;
	for (uint32_t i = 0; i < c->n_endpoints; i++)
		if (w->catalog->usable[i] && is_due(&b->endpoints[i], now_us))
			ask(all, &b->endpoints[i], &c->endpoints[i], NULL);
	for (uint32_t i = 0; i < c->n_targets; i++) {
		const struct endpoint *e = c->targets[i].endpoint;
		enum breaker_state there = b->endpoints[e->index].state;

		if (w->catalog->usable[e->index] && there != BREAKER_open &&
		    there != BREAKER_half && is_due(&b->targets[i], now_us))
			ask(all, &b->targets[i], e, &c->targets[i]);
	}
}

/* its time is over, or its request: it has shown nothing */
static const struct probe_result gone = { PROBE_GONE, CAUSE_failed };

static void end(struct request *r, struct probe_result result)
{
	struct probe *p = r->probe;

	r->probe = NULL;
	probe_end(p, result);
}

/* A place that nobody has used when its time is over is nobody's. A client's request goes on
 * without it: that a probe takes long is no reason to break off an answer. */
static void look_after(struct probe *p, int64_t now_us)
{
	const struct settings *s = p->probing->worker->settings;

	if (p->state == PROBE_TAKEN && now_us >= p->until_us)
		end(p->request, gone);
	if (p->state != PROBE_FREE)
		return;
	if (now_us >= p->until_us)
		clear(p);
	else if (s->breakers_active_probes && now_us >= p->free_since_us + NO_REQUEST_US) {
		p->state = PROBE_MADE;
		probe_call_start(p);
	}
}

static void look(void *who)
{
	struct probing *all = who;
	struct worker *w = all->worker;
	int64_t now_us = loop_now_us(w->loop);

	timer_set(w->loop, &all->look, now_us + rnd_jitter(&w->rnd, LOOK_US, LOOK_JITTER));
	for (int i = 0; i < PROBES_MAX; i++)
		look_after(&all->probes[i], now_us);
	if (w->settings->breakers_keep && !w->draining)
		ask_for_due(all);
}

struct probing *probing_new(struct worker *w)
{
	struct probing *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->worker = w;
	for (int i = 0; i < PROBES_MAX; i++)
		all->probes[i].probing = all;
	all->look = (struct timer){ .fire = look, .who = all };
	timer_set(w->loop, &all->look, 0);
	return all;
}

void probing_free(struct probing *p)
{
	if (!p)
		return;
	timer_cancel(p->worker->loop, &p->look);
	for (int i = 0; i < PROBES_MAX; i++)
		clear(&p->probes[i]);
	free(p);
}

/* --- a request as the probe --- */

uint32_t probing_offers(const struct probing *all, const struct catalog *c,
			struct probe_offer offers_r[PROBES_MAX])
{
	int64_t now_us = loop_now_us(all->worker->loop);
	uint32_t n = 0;

	for (int i = 0; i < PROBES_MAX; i++) {
		const struct probe *p = &all->probes[i];

		if (p->state == PROBE_FREE && p->catalog->catalog == c && now_us < p->until_us)
			offers_r[n++] = (struct probe_offer){ p->endpoint, p->target };
	}
	return n;
}

static bool is_of(const struct probe *p, const struct target *t)
{
	return p->target ? p->target == t : p->endpoint == t->endpoint;
}

static struct probe *free_place(struct probing *all, const struct target *t)
{
	for (int i = 0; i < PROBES_MAX; i++)
		if (all->probes[i].state == PROBE_FREE && is_of(&all->probes[i], t))
			return &all->probes[i];
	return NULL;
}

/* One of our own making is soon done; where there are none, anybody's must do. */
static bool is_quick(const struct request *r, const struct probe *p)
{
	int64_t left_ms = (p->until_us - loop_now_us(r->worker->loop)) / 1000;

	return !r->settings->breakers_active_probes ||
	       probe_fits(&r->plan->candidates[0].terms, r->chat.stream, left_ms);
}

bool probe_take(struct request *r)
{
	const struct candidate *first = &r->plan->candidates[0];
	struct probe *p;

	if (first->standing != STANDING_probe)
		return true;
	p = free_place(r->worker->probing, first->target);
	if (!p || !is_quick(r, p))
		return false;
	p->state = PROBE_TAKEN;
	p->request = r;
	r->probe = p;
	return true;
}

void probe_give_back(struct request *r)
{
	if (!r->probe)
		return;
	r->probe->state = PROBE_FREE;
	r->probe->request = NULL;
	r->probe = NULL;
}

void probe_begins(struct request *r, const struct attempt *a)
{
	if (r->probe && !is_of(r->probe, a->candidate->target))
		probe_give_back(r);
}

void probe_answered(struct request *r, const struct attempt *a)
{
	if (r->probe)
		end(r, probe_of_answer(r->probe->kind, a->slow));
}

void probe_failed(struct request *r, const struct attempt *a)
{
	if (r->probe)
		end(r, probe_of_fault(r->probe->kind, &a->fault, a->head.status));
}

void probe_gone(struct request *r)
{
	if (r->probe && r->attempt && is_of(r->probe, r->attempt->candidate->target))
		end(r, gone);
	else
		probe_give_back(r);
}
