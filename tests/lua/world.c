/* world.c -- begin, end, time and trouble. */
#include "lua/world.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "base/clock.h"

#define START_US    4000000000000000LL
#define PATIENCE_US 20000000

struct world world;

void world_trouble(const char *format, ...)
{
	va_list ap;

	if (!world_ok())
		return;
	va_start(ap, format);
	vsnprintf(world.trouble, sizeof(world.trouble), format, ap);
	va_end(ap);
}

bool world_ok(void)
{
	return world.trouble[0] == '\0';
}

void world_advance(int64_t us)
{
	world.oracle.now_us += us;
	world.store.test_now_us = world.oracle.now_us;
}

/* --- the loop --- */

static void stop(void *who)
{
	loop_stop(who);
}

void world_await(const bool *done)
{
	struct timer soon = { .fire = stop, .who = world.loop };
	int64_t until_us = clock_mono_us() + PATIENCE_US;

	timer_set(world.loop, &soon, until_us);
	while (!*done && clock_mono_us() < until_us)
		loop_run(world.loop);
	timer_cancel(world.loop, &soon);
	if (!*done)
		world_trouble("no answer from Redis");
}

void world_turn(void)
{
	loop_wake(world.loop);
	uv_run(loop_uv(world.loop), UV_RUN_NOWAIT);
}

/* --- the payers --- */

static bool is_up;

static void on_state(void *who, bool up, const char *why)
{
	(void)who, (void)why;
	is_up = up;
	loop_stop(world.loop);
}

static void on_put(void *who, enum put_end end, int64_t ver)
{
	(void)ver;
	if (end != PUT_OK)
		world_trouble("a record cannot be created");
	world_done(who);
}

static void create(struct str org, enum scope s, const char *id, struct str team)
{
	const struct field active = { STR("status"), STR("active") };
	struct oracle_record *r = oracle_record(&world.oracle, org, s, str_of(id));
	bool done = false;

	limits_none(&r->limits);
	oracle_changed(&world.oracle, r);
	record_put(&world.store, PUT_CREATE, org, s, str_of(id), team, &active, 1, on_put, &done);
	world_await(&done);
}

static void create_org(int o)
{
	char org[16], id[16], team[16];

	snprintf(org, sizeof(org), "o%d", o);
	create(str_of(org), SCOPE_org, org, STR_NONE);
	for (int t = 0; t < ORACLE_TEAMS; t++) {
		snprintf(id, sizeof(id), "t%d", t);
		create(str_of(org), SCOPE_team, id, STR_NONE);
	}
	for (int k = 0; k < ORACLE_KEYS; k++) {
		snprintf(id, sizeof(id), "k%d", k);
		snprintf(team, sizeof(team), "t%d", k % ORACLE_TEAMS);
		create(str_of(org), SCOPE_key, id, str_of(team));
	}
}

/* --- its life --- */

void gateway_begin_life(struct gateway *g)
{
	int i = (int)(g - world.gateway);

	g->lives++;
	snprintf(g->name, sizeof(g->name), "g%d-%u", i, g->lives);
	snprintf(g->dir, sizeof(g->dir), "%.40s/%s", world.server.dir, g->name);
	if (mkdir(g->dir, 0700) != 0)
		world_trouble("cannot make %s", g->dir);
}

void gateway_open_journal(struct gateway *g)
{
	const struct journal_conf conf = { .dir = g->dir, .name = g->name, .segment_bytes = 65536 };
	struct fault f;

	g->journal = journal_open(world.loop, &conf, &f);
	if (!g->journal)
		world_trouble("%s", f.text);
}

static void begin_gateway(struct gateway *g)
{
	gateway_begin_life(g);
	gateway_open_journal(g);
}

bool world_begin(uint64_t seed, enum rule off)
{
	struct redis_conf conf = { .connect_ms = 5000,
				   .command_ms = 15000,
				   .retry_min_ms = 5,
				   .retry_max_ms = 50,
				   .check_ms = 1000,
				   .max_pending = 10000 };
	struct fault f;

	is_up = false;
	world = (struct world){ .seed = seed, .off = off, .rnd = rnd_seed(seed), .faults = true };
	redis_server_start(&world.server, NULL);
	conf.url = world.server.url;
	world.raw = redis_server_connect(&world.server);
	world.loop = loop_new();
	world.store = (struct store){ .loop = world.loop,
				      .admit_window_us = 1000000,
				      .tombstone_ms = 900000,
				      .estimate_ms = 40 * 86400000LL,
				      .feedback_ms = 604800000,
				      .ledger_entries = 100000000 };
	world.store.redis = redis_new(world.loop, &conf, on_state, NULL, &f);
	if (!world.loop || !world.store.redis)
		return false;
	world_await(&is_up);
	oracle_init(&world.oracle);
	world.oracle.tombstone_us = world.store.tombstone_ms * 1000;
	world.oracle.feedback_us = world.store.feedback_ms * 1000;
	world.oracle.estimate_us = 40 * 86400 * 1000000LL;
	world_advance(START_US);
	for (int o = 0; o < ORACLE_ORGS; o++)
		create_org(o);
	for (int i = 0; i < WORLD_GATEWAYS; i++)
		begin_gateway(&world.gateway[i]);
	return world_ok();
}

void world_end(void)
{
	struct bill *b, *next;

	HASH_ITER (hh, world.bills, b, next) {
		HASH_DEL(world.bills, b);
		free(b);
	}
	for (int i = 0; i < WORLD_GATEWAYS; i++)
		journal_close(world.gateway[i].journal);
	command_free_zombies();
	oracle_release(&world.oracle);
	redis_free(world.store.redis);
	loop_free(world.loop);
	redisFree(world.raw);
	redis_server_end(&world.server);
}

/* --- vendors --- */

static void bill_id(char *dst, size_t cap, struct str org, const char *rid, int32_t attempt)
{
	snprintf(dst, cap, "%.*s/%s/%d", STR_ARG(org), rid, attempt);
}

void vendor_bill(const struct held *h, int32_t attempt, int64_t nanos)
{
	struct bill *b = calloc(1, sizeof(*b)), *known;

	bill_id(b->id, sizeof(b->id), held_org(h), h->rid, attempt);
	b->nanos = nanos;
	HASH_FIND_STR(world.bills, b->id, known);
	if (known)
		world_trouble("attempt %s was sent to a vendor twice", b->id);
	HASH_ADD_STR(world.bills, id, b);
	oracle_billed(&world.oracle, h, nanos);
}

int64_t vendor_record(struct str org, const char *rid, int32_t attempt)
{
	char id[sizeof(((struct bill *)0)->id)];
	struct bill *b;

	bill_id(id, sizeof(id), org, rid, attempt);
	HASH_FIND_STR(world.bills, id, b);
	return b ? b->nanos : 0;
}
