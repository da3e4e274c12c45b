/*
 * gateway.c -- the gateway's process: start as a list, run, stop.
 */
#include "gate/gateway.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/commands.h"
#include "base/exits.h"
#include "base/log.h"
#include "gate/gauges.h"
#include "gate/request.h"
#include "io/config.h"
#include "io/inherited.h"
#include "store/fleet.h"

#define HEARTBEAT_US 1000000

static const char usage[] =
	"usage: smartrouter gateway [--config FILE] [--await-catalog]\n"
	"       smartrouter gateway --steps\n\n"
	"Serves clients. Prints http://HOST:PORT once it does.\n"
	"SIGTERM: refuse nobody until the load balancer has noticed, finish what is in flight, "
	"end;\n"
	"twice: end at once. SIGHUP: read the configuration again.\n\n"
	"  --config FILE   the configuration (default: $SMARTROUTER_CONFIG, then\n"
	"                  /etc/smartrouter/smartrouter.yaml)\n"
	"  --await-catalog print the address only when a coordinator has published the\n"
	"                  catalog of this very configuration\n"
	"  --steps         print the steps of a request as a dot graph\n"
	"  --help          this text\n";

void gateway_stats(const struct gateway *g, struct stats *sum_r, int64_t *in_flight_r)
{
	*sum_r = g->stats;
	*in_flight_r = 0;
	for (uint32_t i = 0; i < g->n_workers; i++) {
		stats_sum(sum_r, &g->workers[i]->stats);
		*in_flight_r += __atomic_load_n(&g->workers[i]->in_flight, __ATOMIC_RELAXED);
	}
}

/* --- memory --- */

/* The C library keeps what was freed, for the next who wants it. When thousands have gone, nobody
 * does: then the system gets it back. Whoever allocates meanwhile waits (a tenth of a second, after
 * thousands of streams), so it is done only when much less is going on than before. */
static void shrink_after_peak(struct gateway *g, int64_t in_flight)
{
	if (in_flight > g->peak)
		g->peak = in_flight;
	if (in_flight > g->peak / 4)
		return;
	if (g->peak > 0)
		malloc_trim(0);
	g->peak = in_flight;
}

/* --- signs of life --- */

static int64_t snapshot_age_s(const struct gateway *g)
{
	int64_t age_s = store_now_us(&g->store) / 1000000 - g->snapshot->at_s;

	return g->snapshot->version && age_s > 0 ? age_s : 0;
}

/* of this life: requests in flight keep the settings that they came under */
static int64_t longest_call(struct gateway *g)
{
	int64_t now_ms = longest_call_ms(g->settings);

	if (now_ms > g->longest_call_ms)
		g->longest_call_ms = now_ms;
	return g->longest_call_ms;
}

static void heartbeat(void *who)
{
	struct gateway *g = who;
	struct gauges gauges;
	struct stats sum;
	int64_t in_flight;
	struct buf b;

	timer_set(g->loop, &g->heartbeat, loop_now_us(g->loop) + HEARTBEAT_US);
	gateway_stats(g, &sum, &in_flight);
	shrink_after_peak(g, in_flight);
	gauges = gauges_read(g, in_flight);
	buf_init(&b, 16384);
	buf_printf(
		&b,
		"{\"name\":\"%s\",\"pid\":%d,\"version\":\"%s\",\"listen\":\"%s\","
		"\"at_us\":%lld,\"up_s\":%lld,\"hash\":\"%s\","
		"\"snapshot\":%lld,\"snapshot_hash\":\"%s\",\"snapshot_age_s\":%lld,\"workers\":%u,"
		"\"stopping\":%s,\"pepper\":\"%s\",\"longest_call_ms\":%lld,",
		g->name, (int)getpid(), PACKAGE_VERSION, g->address,
		(long long)store_now_us(&g->store),
		(long long)((loop_now_us(g->loop) - g->started_us) / 1000000),
		g->catalog->catalog->hash, (long long)gateway_version(g), g->snapshot->hash,
		(long long)snapshot_age_s(g), g->n_workers, gateway_stops(g) ? "true" : "false",
		g->pepper_mark, (long long)longest_call(g));
	gauges_json(&b, &gauges);
	buf_adds(&b, ",\"counters\":");
	stats_json(&b, &sum);
	buf_addc(&b, '}');
	if (buf_ok(&b))
		member_tell(&g->store, "gateways", str_of(g->name), buf_str(&b));
	buf_release(&b);
}

/* --- the start, step by step --- */

static bool lock_state(struct gateway *g, struct fault *f)
{
	const char *dir = g->settings->gateway_state_dir;
	char path[1100];

	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		fault_set(f, ERR_VALUE, "", "gateway.state_dir %s: %s", dir, strerror(errno));
		return false;
	}
	snprintf(path, sizeof(path), "%s/lock", dir);
	g->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (g->lock_fd < 0) {
		fault_set(f, ERR_VALUE, "", "%s: %s", path, strerror(errno));
		return false;
	}
	if (flock(g->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		fault_set(f, ERR_VALUE, "", "%s is in use by another gateway", dir);
		return false;
	}
	return true;
}

/* Names sort in the order of lives: milliseconds since 1970, then chance. */
static void name_this_life(struct gateway *g)
{
	snprintf(g->shared.incarnation, sizeof(g->shared.incarnation), "%011llx%06x",
		 (unsigned long long)(clock_wall_us() / 1000), randombytes_random() & 0xFFFFFF);
}

static bool resolve_secrets(struct gateway *g, struct fault *f)
{
	const struct settings *s = g->settings;

	g->pepper = secret_resolve(str_of(s->gateway_pepper), f);
	if (!g->pepper)
		return false;
	g->shared.pepper = str_of(secret_text(g->pepper));
	apikey_pepper_mark(g->pepper_mark, g->shared.pepper);
	if (!s->redis_password)
		return true;
	g->redis_password = secret_resolve(str_of(s->redis_password), f);
	if (!g->redis_password)
		return false;
	g->shared.redis_password = secret_text(g->redis_password);
	return true;
}

static void redis_changed(void *who, bool up, const char *why)
{
	struct gateway *g = who;

	g->redis_up = up;
	if (up) {
		store_read_clock(&g->store);
		follow_ask(g->follow);
		escrow_holder_again(g->escrow_holder);
		log_say(LOG_INFO, "redis_up", "control");
		return;
	}
	log_say(LOG_WARN, "redis_down", "control: %s", why);
	gateway_open(g); /* by what there is */
}

bool gateway_reaches_redis(const struct gateway *g)
{
	for (uint32_t i = 0; i < g->n_workers; i++)
		if (!__atomic_load_n(&g->workers[i]->redis_up, __ATOMIC_RELAXED))
			return false;
	return true;
}

/* the address with the port that the first worker got, so that the others join it */
static void fix_port(struct gateway *g)
{
	const char *configured = g->settings->gateway_listen;
	const char *colon = strrchr(configured, ':');
	size_t host = colon ? (size_t)(colon - configured) : 0;

	snprintf(g->address, sizeof(g->address), "%.*s:%u", (int)host, configured,
		 front_port(g->workers[0]->front));
	if (g->inherited < 0)
		str_copy(g->shared.listen, sizeof(g->shared.listen), str_of(g->address));
}

static bool find_place(struct gateway *g, struct fault *f)
{
	g->inherited = inherited_socket();
	if (g->inherited >= 0) {
		snprintf(g->shared.listen, sizeof(g->shared.listen), "fd:%d", g->inherited);
		return true;
	}
	str_copy(g->shared.listen, sizeof(g->shared.listen), str_of(g->settings->gateway_listen));
	return front_address_is_free(g->shared.listen, f);
}

static bool build_workers(struct gateway *g, struct fault *f)
{
	const struct in_use in_use = { g->catalog, g->snapshot, g->breakers };
	uint32_t want = (uint32_t)g->settings->gateway_workers;

	if (want == 0)
		want = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	if (want > MOST_WORKERS)
		want = MOST_WORKERS;
	if (!find_place(g, f))
		return false;
	for (uint32_t i = 0; i < want; i++) {
		g->workers[i] = worker_new(&g->shared, g->settings, i, &in_use, f);
		if (!g->workers[i])
			return false;
		g->n_workers = i + 1;
		if (i == 0)
			fix_port(g);
	}
	return true;
}

/* the exit status, when it is not EXIT_FINE */
static int build(struct gateway *g, struct catalog *local, struct fault *f)
{
	g->started_us = clock_mono_us();
	g->loop = loop_new();
	g->learned = learned_load(g->settings, f);
	g->shared.trust = g->learned ? trust_load(g->settings->gateway_ca_file, f) : NULL;
	if (!g->shared.trust) {
		catalog_unref(local);
		return EXIT_CONFIG;
	}
	fault_set(f, ERR_INTERNAL, "", "out of memory");
	if (!gateway_begin_with(g, local) || !g->loop || !lock_state(g, f))
		return EXIT_FAILED;
	if (!resolve_secrets(g, f))
		return EXIT_CONFIG;
	name_this_life(g);
	if (!store_open(&g->store, g->loop, g->settings, g->shared.redis_password, redis_changed, g,
			f) ||
	    !(g->recovery = recovery_read(g, f)) ||
	    !(g->shared.escrow = escrow_new(g->settings, g->shared.incarnation)) ||
	    !(g->escrow_holder = escrow_holder_start(g, f)) || !build_workers(g, f))
		return EXIT_FAILED;
	config_process_name(g->name, g->settings->gateway_name, front_port(g->workers[0]->front));
	g->admin = admin_start(g, f);
	if (!g->admin && f->code != ERR_OK)
		return EXIT_FAILED;
	g->follow = follow_start(g);
	g->watch = watch_start(g);
	g->report = report_start(g);
	return g->follow && g->watch && g->report ? EXIT_FINE : EXIT_FAILED;
}

static void tear_down(struct gateway *g)
{
	g->open = true; /* no worker is told of anything any more */
	for (uint32_t i = 0; i < g->n_workers; i++)
		worker_free(g->workers[i]);
	admin_free(g->admin);
	store_close(&g->store); /* first: those below are told that they get no answer */
	follow_free(g->follow);
	report_free(g->report);
	watch_free(g->watch);
	recovery_free(g->recovery);
	escrow_holder_free(g->escrow_holder);
	escrow_free(g->shared.escrow);
	trust_free(g->shared.trust);
	gateway_forget_in_use(g);
	if (g->loop)
		loop_free(g->loop);
	secret_free(g->pepper);
	secret_free(g->redis_password);
	settings_unref(g->settings);
}

/* --- running --- */

/* The control loop ends when the last worker has, and what was set aside is given back. The last
 * sign of life stays in Redis: it tells what became of the requests that it ended with. */
static void worker_ended(void *who)
{
	struct gateway *g = who;

	if (++g->n_ended < g->n_workers)
		return;
	heartbeat(g);
	escrow_holder_stop(g->escrow_holder);
}

static void run_worker(void *who)
{
	struct worker *w = who;
	struct gateway *g = CONTAINER_OF(w->shared, struct gateway, shared);

	worker_run(w);
	loop_post(g->loop, worker_ended, g);
}

void gateway_announce(struct gateway *g)
{
	const char *address = g->address;

	if (g->announced || (g->awaited[0] && (gateway_epoch(g) == 0 ||
					       strcmp(g->catalog->catalog->hash, g->awaited) != 0)))
		return;
	g->announced = true;
	/* an empty host is every address: this machine reaches it by loopback */
	printf("http://%s%s\n", address[0] == ':' ? "127.0.0.1" : "", address);
	fflush(stdout);
	log_say(LOG_INFO, "serving", "%s, %u workers, %u targets", address, g->n_workers,
		g->catalog->catalog->n_targets);
}

static void run(struct gateway *g)
{
	life_begin(g);
	for (uint32_t i = 0; i < g->n_workers; i++)
		uv_thread_create(&g->threads[i], run_worker, g->workers[i]);
	recovery_start(g->recovery);
	g->heartbeat = (struct timer){ .fire = heartbeat, .who = g };
	timer_set(g->loop, &g->heartbeat, 0);
	gateway_announce(g);
	loop_run(g->loop);
	for (uint32_t i = 0; i < g->n_workers; i++)
		uv_thread_join(&g->threads[i]);
	timer_cancel(g->loop, &g->heartbeat);
	life_end(g);
}

/* Many streams need many descriptors; memory with prompts and keys belongs in no core file. */
#define LARGE_BUFFER (1 << 20)

static void prepare_process(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#ifndef __SANITIZE_ADDRESS__ /* the leak checker must be able to look */
	prctl(PR_SET_DUMPABLE, 0);
#endif
	/* Large buffers are mapped and go back to the system when they are freed. Left alone, the C
	 * library takes the largest that was ever freed for the usual size, and keeps holes of it.
	 */
	mallopt(M_MMAP_THRESHOLD, LARGE_BUFFER);
	umask(077);
}

static int print_steps(void)
{
	struct buf b;

	buf_init(&b, 65536);
	steps_dot(&b);
	fwrite(b.p, 1, b.n, stdout);
	buf_release(&b);
	return 0;
}

int cmd_gateway(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "await-catalog", no_argument, NULL, 'a' },
		{ "steps", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct gateway g = { .lock_fd = -1 };
	struct catalog *local;
	struct fault f;
	bool await = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c': g.config_path = optarg; break;
		case 'a': await = true; break;
		case 's': return print_steps();
		case 'h': fputs(usage, stdout); return EXIT_FINE;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	signals_hold();
	if (sodium_init() < 0 || !config_load(g.config_path, &g.settings, &local))
		return EXIT_CONFIG;
	log_setup((enum log_level)g.settings->log_level, STDERR_FILENO);
	prepare_process();
	if (await)
		str_copy(g.awaited, sizeof(g.awaited), str_of(local->hash));
	status = build(&g, local, &f);
	if (status == EXIT_FINE)
		run(&g);
	else
		fprintf(stderr, "smartrouter gateway: %s\n", f.text);
	tear_down(&g);
	if (g.lock_fd >= 0)
		close(g.lock_fd);
	return status;
}
