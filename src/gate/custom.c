/*
 * custom.c -- the configuration's own strategies in a gateway: one runner for each worker and
 * catalog.
 *
 * A runner is made by the thread that swaps catalogs, so that no request waits while scripts are
 * read, and belongs to the worker from then on. It lives as long as its catalog, because a request
 * keeps both.
 */
#include "core/custom.h"
#include "base/clock.h"
#include "base/log.h"
#include "gate/request.h"

static void changed(void *who, const struct custom_strategy *strategy, bool tried, const char *why)
{
	const struct worker *w = who;
	struct log_line l;

	if (!log_begin(&l, tried ? LOG_INFO : LOG_WARN,
		       tried ? "strategy_tried_again" : "strategy_left_alone"))
		return;
	log_str(&l, "strategy", strategy->name);
	log_int(&l, "worker", w->index);
	if (!tried) {
		log_int(&l, "seconds", CUSTOM_PERIOD_S);
		log_text(&l, "why", why);
	}
	log_end(&l);
}

void worker_prepare(struct worker *w, struct catalog_in_use *c)
{
	const struct custom_host host = { .work_us = clock_work_us, .changed = changed, .who = w };

	if (c->catalog->n_strategies > 0 && !c->custom[w->index])
		c->custom[w->index] = custom_new(c->catalog, &host);
}

const struct custom_runner *request_runner(const struct request *r)
{
	const struct custom *c = r->catalog->custom[r->worker->index];

	return c ? custom_runner(c) : NULL;
}
