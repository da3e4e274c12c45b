/*
 * life.c -- a gateway's life after its start: SIGHUP reads the configuration again, SIGTERM ends
 * it.
 *
 * It leaves in this order: /readyz says no, while connections are still taken; when the load
 * balancer must have noticed, no new connections; when the last request is done and settled, the
 * workers end. A second SIGTERM ends them at once.
 */
#include <signal.h>

#include "base/log.h"
#include "gate/gateway.h"
#include "io/config.h"

/* --- reload --- */

static void note_restarts(const struct settings *old, const struct settings *new)
{
	const char *name;

	for (size_t i = 0; (name = settings_restart(old, new, &i)) != NULL;)
		log_say(LOG_WARN, "needs_restart",
			"%s has changed; it takes effect with the next start", name);
}

static void reload(struct gateway *g)
{
	/* what is published goes before the local file */
	const struct catalog *local = gateway_epoch(g) == 0 ? g->catalog->catalog : NULL;
	struct learned *learned;
	struct settings *s;
	struct catalog *c;
	struct fault f;

	if (!config_reload(g->config_path, local, &s, &c)) {
		log_say(LOG_ERROR, "reload_failed",
			"the configuration is wrong; the old one stays");
		return;
	}
	learned = learned_load(s, &f);
	if (!learned || !trust_load_again(g->shared.trust, s->gateway_ca_file, &f)) {
		log_say(LOG_ERROR, "reload_failed", "%s; the old configuration stays", f.text);
		learned_unref(learned);
		settings_unref(s);
		catalog_unref(c);
		return;
	}
	note_restarts(g->settings, s);
	settings_unref(g->settings); /* requests in flight keep it */
	g->settings = s;
	escrow_use(g->shared.escrow, s);
	log_limit((enum log_level)s->log_level);
	if (local)
		gateway_use_catalog(g, c);
	else
		catalog_unref(c);
	gateway_use_learned(g, learned);
	gateway_tell_workers(g);
	log_say(LOG_INFO, "reloaded", "%s", config_path(g->config_path));
}

/* --- the end --- */

bool gateway_stops(const struct gateway *g)
{
	return __atomic_load_n(&g->stopping, __ATOMIC_RELAXED);
}

static void each_worker(struct gateway *g, void (*tell)(struct worker *w))
{
	for (uint32_t i = 0; i < g->n_workers; i++)
		tell(g->workers[i]);
}

void gateway_open(struct gateway *g)
{
	if (g->open)
		return;
	g->open = true;
	each_worker(g, worker_open);
}

static void stop(void *who)
{
	each_worker(who, worker_stop);
}

static void leave(struct gateway *g)
{
	int64_t delay_us = g->settings->gateway_drain_delay_ms * 1000;

	if (gateway_stops(g)) { /* asked twice */
		each_worker(g, worker_end);
		return;
	}
	__atomic_store_n(&g->stopping, true, __ATOMIC_RELAXED);
	each_worker(g, worker_leave);
	g->drain = (struct timer){ .fire = stop, .who = g };
	timer_set(g->loop, &g->drain, loop_now_us(g->loop) + delay_us);
}

/* --- signals --- */

static void on_signal(void *who, int number)
{
	struct gateway *g = who;

	if (number == SIGHUP) {
		reload(g);
		return;
	}
	log_say(LOG_INFO, "stopping", "signal %d", number);
	leave(g);
}

void life_begin(struct gateway *g)
{
	signals_begin(&g->signals, g->loop, on_signal, g);
}

void life_end(struct gateway *g)
{
	timer_cancel(g->loop, &g->drain);
	signals_end(&g->signals);
}
