/* coordinator.c -- the coordinator's process: start, reload, stop. */
#include "coord/coordinator.h"

#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/commands.h"
#include "base/exits.h"
#include "base/log.h"
#include "io/config.h"

#define HEARTBEAT_US 1000000

static const char usage[] =
	"usage: smartrouter coordinator [--config FILE]\n\n"
	"Does what must be done once in a fleet: publishes the catalog and what gateways saw of\n"
	"vendors, works out the pace of budgets, moves the money of overdue reservations to\n"
	"suspense. Run two or more; one leads, the others stand by.\n"
	"SIGTERM: hand over and end. SIGHUP: read the configuration again and publish it.\n\n"
	"  --config FILE   the configuration (default: $SMARTROUTER_CONFIG, then\n"
	"                  /etc/smartrouter/smartrouter.yaml)\n"
	"  --help          this text\n";

static void reload(struct coordinator *c)
{
	struct settings *s;
	struct catalog *catalog;

	if (!config_reload(c->config_path, c->catalog, &s, &catalog)) {
		log_say(LOG_ERROR, "reload_failed",
			"the configuration is wrong; the old one stays");
		return;
	}
	settings_unref(c->settings);
	catalog_unref(c->catalog);
	c->settings = s;
	c->catalog = catalog;
	log_limit((enum log_level)s->log_level);
	log_say(LOG_INFO, "reloaded", "%s", config_path(c->config_path));
	job_hurry(&c->jobs[JOB_publish]);
}

static void on_signal(void *who, int number)
{
	struct coordinator *c = who;

	if (number == SIGHUP) {
		reload(c);
		return;
	}
	log_say(LOG_INFO, "stopping", "signal %d", number);
	lead_stop(c);
}

static void heartbeat(void *who)
{
	struct coordinator *c = who;
	struct buf b;

	timer_set(c->loop, &c->heartbeat, loop_now_us(c->loop) + HEARTBEAT_US);
	buf_init(&b, 4096);
	buf_printf(&b,
		   "{\"name\":\"%s\",\"id\":\"%s\",\"pid\":%d,\"version\":\"%s\",\"at_us\":%lld,"
		   "\"up_s\":%lld,"
		   "\"leading\":%s,\"token\":%lld,\"hash\":\"%s\"}",
		   c->name, c->id, (int)getpid(), PACKAGE_VERSION,
		   (long long)store_now_us(&c->store),
		   (long long)((loop_now_us(c->loop) - c->started_us) / 1000000),
		   c->leading ? "true" : "false", (long long)c->lease.token, c->catalog->hash);
	if (buf_ok(&b))
		member_tell(&c->store, "coordinators", str_of(c->id), buf_str(&b));
	buf_release(&b);
}

static void redis_changed(void *who, bool up, const char *why)
{
	struct coordinator *c = who;

	if (up) {
		store_read_clock(&c->store);
		log_say(LOG_INFO, "redis_up", "%s", c->name);
		return;
	}
	log_say(LOG_WARN, "redis_down", "%s: %s", c->name, why);
}

/* the exit status, when it is not EXIT_FINE */
static int build(struct coordinator *c, struct fault *f)
{
	const struct settings *s = c->settings;

	fault_set(f, ERR_INTERNAL, "", "out of memory");
	c->started_us = clock_mono_us();
	config_process_name(c->name, s->coordinator_name, (unsigned)getpid());
	snprintf(c->id, sizeof(c->id), "%s-%08x", c->name, randombytes_random());
	if (s->redis_password &&
	    !(c->redis_password = secret_resolve(str_of(s->redis_password), f)))
		return EXIT_CONFIG;
	c->loop = loop_new();
	jobs_init(c);
	if (!c->loop || !store_open(&c->store, c->loop, s,
				    c->redis_password ? secret_text(c->redis_password) : NULL,
				    redis_changed, c, f))
		return EXIT_FAILED;
	return EXIT_FINE;
}

static void run(struct coordinator *c)
{
	signals_begin(&c->signals, c->loop, on_signal, c);
	lead_start(c);
	c->heartbeat = (struct timer){ .fire = heartbeat, .who = c };
	timer_set(c->loop, &c->heartbeat, 0);
	log_say(LOG_INFO, "standing_by", "%s", c->name);
	loop_run(c->loop);
	signals_end(&c->signals);
}

static void tear_down(struct coordinator *c)
{
	redis_free(c->news);
	store_close(&c->store);
	if (c->loop)
		loop_free(c->loop);
	secret_free(c->redis_password);
	catalog_unref(c->catalog);
	settings_unref(c->settings);
}

int cmd_coordinator(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct coordinator c = { 0 };
	struct fault f;
	int option, status;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c': c.config_path = optarg; break;
		case 'h': fputs(usage, stdout); return EXIT_FINE;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	signals_hold();
	if (sodium_init() < 0 || !config_load(c.config_path, &c.settings, &c.catalog))
		return EXIT_CONFIG;
	log_setup((enum log_level)c.settings->log_level, STDERR_FILENO);
	status = build(&c, &f);
	if (status == EXIT_FINE)
		run(&c);
	else
		fprintf(stderr, "smartrouter coordinator: %s\n", f.text);
	tear_down(&c);
	return status;
}
