/* plan.c -- what is asked, and which targets shall answer it, best first. No waiting. */
#include "gate/probe.h"
#include "gate/reply.h"
#include "gate/request.h"

static struct str wanted_strategy(struct request *r)
{
	return r->x ? arena_str(&r->arena, exchange_header(r->x, "x-smartrouter-strategy"))
		    : STR_NONE;
}

/* those of another catalog count other targets */
static const struct breakers *breakers_of(const struct request *r)
{
	const struct worker *w = r->worker;

	return w->settings->breakers_keep && w->breakers->catalog == r->catalog->catalog
		       ? w->breakers
		       : NULL;
}

static enum err plan(struct request *r, const struct probe_offer *offers, uint32_t n_offers,
		     struct fault *fault_r)
{
	struct worker *w = r->worker;
	const struct standing_ask standing = {
		.breakers = breakers_of(r),
		.offers = offers,
		.n_offers = n_offers,
		.now_us = store_now_us(&w->store),
		.chance = (uint32_t)(rnd_u64(&w->rnd) >> 32),
	};
	const struct choose_ask ask = {
		.catalog = r->catalog->catalog,
		.policy = r->policy,
		.payer = &r->payer,
		.chat = &r->chat,
		.usable = r->catalog->usable,
		.skills = &r->skills,
		.snapshot = r->snapshot,
		.task_model = r->catalog->learned->task,
		.quality_model = r->catalog->learned->quality,
		.custom = request_runner(r),
		.wanted = wanted_strategy(r),
		.standing = &standing,
		.panic = r->panic,
		.seed = choose_seed(r->chat.body),
		.now_s = store_now_us(&w->store) / 1000000,
		.scratch = &w->scratch,
	};
	enum err e = choose(&ask, &r->arena, &r->facts, r->plan, fault_r);

	arena_reset(&w->scratch);
	return e;
}

void step_plan(struct request *r)
{
	struct worker *w = r->worker;
	struct probe_offer offers[PROBES_MAX];
	uint32_t n;
	struct fault f;
	enum err e;

	probe_give_back(r); /* of a plan that came to nothing */
	n = probing_offers(w->probing, r->catalog->catalog, offers);
	e = plan(r, offers, n, &f);
	if (e == ERR_OK && !probe_take(r))
		e = plan(r, NULL, 0, &f); /* as if there were no place */
	if (r->plan->custom_failed)
		stats_count(&w->stats, COUNT_custom_failed);
	if (r->plan->panic)
		stats_count(&w->stats, COUNT_panics);
	if (e == ERR_OK) {
		request_go(r, STEP_admit);
		return;
	}
	stats_count(&w->stats, COUNT_refused_request);
	request_fail(r, &f);
}
