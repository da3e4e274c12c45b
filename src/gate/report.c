/*
 * report.c -- what the workers observed is told to the fleet, once every report_interval:
 * summed up to tallies (core/tally.h), vendor by vendor.
 *
 * What Redis does not take is lost: it would be old when Redis is back.
 */
#include <uthash.h>

#include "core/calibration.h"
#include "core/snapshot_build.h"
#include "gate/gateway.h"
#include "gate/observe.h"
#include "store/health.h"

#define MEMORY_MAX (64u << 20) /* of one round */

/* a token's time is told by so many of them at least */
#define TOKENS_TIMED_MIN 8

/* An answer that came at once tells only the sum of its times. It is divided as the target's other
 * answers are; when none was seen, as if the first token took as long as so many others. */
#define FIRST_IN_TOKENS 32

struct sum {
	UT_hash_handle hh;
	enum tally_kind kind;
	struct sketch counters;
	struct str name;
};

struct warm_sum {
	UT_hash_handle hh;
	int64_t until_s;
	struct str entry;
};

struct vendor_sums {
	struct vendor_sums *next;
	struct str vendor;
	struct sum *sums;
	struct warm_sum *warm;
};

struct report {
	struct gateway *gateway;
	struct timer next;
	int64_t tallies_us; /* when they go next */
	struct breaker_sums *breakers;
	struct arena arena; /* of one round: all the sums */
	struct vendor_sums *vendors;
};

/* --- sums --- */

static struct vendor_sums *sums_of(struct report *r, struct str vendor)
{
	struct vendor_sums *v = r->vendors;

	while (v && !str_eq(v->vendor, vendor))
		v = v->next;
	if (v || !(v = ARENA_NEW(&r->arena, struct vendor_sums)))
		return v;
	v->vendor = arena_str(&r->arena, vendor);
	v->next = r->vendors;
	r->vendors = v;
	return v;
}

/* NULL: no memory */
static struct sketch *counters_of(struct report *r, struct vendor_sums *v,
				  const struct tally_name *name)
{
	struct sum *sum;
	struct buf b;

	buf_init(&b, TALLY_NAME_MAX);
	tally_name_write(name, &b);
	HASH_FIND(hh, v->sums, b.p, b.n, sum);
	if (!sum && buf_ok(&b) && (sum = ARENA_NEW(&r->arena, struct sum))) {
		sum->kind = name->kind;
		sum->name = arena_str(&r->arena, buf_str(&b));
		HASH_ADD_KEYPTR(hh, v->sums, sum->name.p, sum->name.n, sum);
	}
	buf_release(&b);
	return sum ? &sum->counters : NULL;
}

static void count(struct sketch *counters, int64_t counter, double by)
{
	bool counted = counters && sketch_add_count(counters, counter, by);

	(void)counted; /* where it is not, nobody could count it */
}

static void measure(struct sketch *counters, double value)
{
	if (counters)
		sketch_add(counters, value);
}

/* --- one observation --- */

struct times {
	double first_ms, token_ms; /* 0: not known */
};

static struct times divide(const struct latency *seen, double whole_ms, int64_t tokens)
{
	double ratio = FIRST_IN_TOKENS, token_ms;

	if (seen->n > 0 && seen->token_mean_ms > 0)
		ratio = seen->first_mean_ms / seen->token_mean_ms;
	token_ms = whole_ms / (ratio + (double)tokens);
	return (struct times){ token_ms * ratio, token_ms };
}

static struct times times_of(const struct report *r, const struct observation *o)
{
	const struct snapshot *s = r->gateway->snapshot;
	static const struct latency nothing;
	const struct latency *seen = s->catalog == o->catalog
					     ? &s->targets[o->target].latency[o->size]
					     : &nothing;
	struct times t = { .first_ms = o->first_ms };

	if (o->at_once)
		return o->output > 0 ? divide(seen, o->first_ms, o->output) : (struct times){ 0 };
	if (o->rest_ms > 0 && o->rest_tokens >= TOKENS_TIMED_MIN)
		t.token_ms = o->rest_ms / (o->rest_tokens - 1);
	return t;
}

static void add_latency(struct report *r, struct vendor_sums *v, const struct observation *o)
{
	const struct target *t = &o->catalog->targets[o->target];
	struct tally_name name = { .endpoint = t->endpoint->name,
				   .model = t->model->id,
				   .size = str_of(size_bucket_name(o->size)) };
	struct times times = times_of(r, o);

	name.kind = TALLY_first;
	if (times.first_ms > 0)
		measure(counters_of(r, v, &name), times.first_ms);
	name.kind = TALLY_token;
	if (times.token_ms > 0)
		measure(counters_of(r, v, &name), times.token_ms * TOKEN_UNITS_PER_MS);
}

static void add_attempt(struct report *r, struct vendor_sums *v, const struct observation *o)
{
	const struct target *t = &o->catalog->targets[o->target];
	const struct tally_name name = { .kind = TALLY_attempts,
					 .endpoint = t->endpoint->name,
					 .model = t->model->id };
	struct sketch *counters = counters_of(r, v, &name);

	count(counters, ATTEMPTS_ALL, 1);
	if (o->failed)
		count(counters, ATTEMPTS_FAILED, 1);
}

static void calibrate(struct sketch *counters, const struct observation *o)
{
	if (counters)
		calibration_add(counters, o->kind, (double)o->input, o->expected_input);
}

static void add_tokens(struct report *r, struct vendor_sums *v, const struct observation *o)
{
	const struct catalog *c = o->catalog;
	struct tally_name name = { .kind = TALLY_length,
				   .model = c->targets[o->target].model->id,
				   .task = c->n_tasks ? c->tasks[o->task] : STR(TASK_OTHER) };

	if (o->output > 0)
		measure(counters_of(r, v, &name), (double)o->output + 1);
	name.kind = TALLY_input;
	if (o->input > 0)
		calibrate(counters_of(r, v, &name), o);
}

static void add_rating(struct report *r, struct vendor_sums *v, const struct observation *o)
{
	const struct catalog *c = o->catalog;
	const struct tally_name name = { .kind = TALLY_rating,
					 .model = c->targets[o->target].model->id,
					 .task = c->n_tasks ? c->tasks[o->task] : STR(TASK_OTHER) };
	struct sketch *counters = counters_of(r, v, &name);

	count(counters, RATING_GOOD, o->good);
	count(counters, RATING_BAD, o->bad);
}

static void add_warm(struct report *r, struct vendor_sums *v, const struct observation *o,
		     const struct prefix *prefix)
{
	struct warm_sum *warm;
	struct buf b;

	buf_init(&b, WARM_ENTRY_MAX);
	warm_entry_write(prefix, &o->catalog->targets[o->target], &b);
	HASH_FIND(hh, v->warm, b.p, b.n, warm);
	if (!warm && buf_ok(&b) && (warm = ARENA_NEW(&r->arena, struct warm_sum))) {
		warm->entry = arena_str(&r->arena, buf_str(&b));
		HASH_ADD_KEYPTR(hh, v->warm, warm->entry.p, warm->entry.n, warm);
	}
	if (warm && o->warm_until_s > warm->until_s)
		warm->until_s = o->warm_until_s;
	buf_release(&b);
}

static void add(struct report *r, const struct observation *o)
{
	struct vendor_sums *v = sums_of(r, o->catalog->targets[o->target].model->vendor);

	if (!v)
		return;
	if (o->judged)
		add_attempt(r, v, o);
	if (o->good + o->bad > 0)
		add_rating(r, v, o);
	add_latency(r, v, o);
	add_tokens(r, v, o);
	for (uint32_t i = 0; i < o->n_warm; i++)
		add_warm(r, v, o, &o->warm[i]);
}

/* --- one round --- */

static void reported(void *who, bool ok)
{
	(void)who, (void)ok;
}

static void send_part(struct report *r, struct health_report *part)
{
	if (part->n_tallies || part->n_warm)
		health_report(&r->gateway->store, part, reported, NULL);
	part->n_tallies = part->n_warm = 0;
}

static void send_vendor(struct report *r, struct vendor_sums *v)
{
	struct health_report part = { .vendor = v->vendor,
				      .most_warm = r->gateway->settings->gateway_warm_prefixes };
	struct warm_sum *warm, *next_warm;
	struct sum *sum, *next;
	struct buf b;

	buf_init(&b, TALLY_TEXT_MAX);
	HASH_ITER (hh, v->sums, sum, next) {
		buf_reset(&b);
		tally_write(&sum->counters, &b);
		part.tallies[part.n_tallies++] = (struct health_tally){
			sum->kind, sum->name, arena_str(&r->arena, buf_str(&b))
		};
		if (part.n_tallies == HEALTH_TALLIES_MAX)
			send_part(r, &part);
	}
	HASH_ITER (hh, v->warm, warm, next_warm) {
		part.warm[part.n_warm++] = (struct health_warm){ warm->entry, warm->until_s };
		if (part.n_warm == HEALTH_WARM_MAX)
			send_part(r, &part);
	}
	send_part(r, &part);
	buf_release(&b);
}

static void forget_sums(struct report *r)
{
	for (struct vendor_sums *v = r->vendors; v; v = v->next) {
		HASH_CLEAR(hh, v->sums);
		HASH_CLEAR(hh, v->warm);
	}
	r->vendors = NULL;
	arena_reset(&r->arena);
}

static void take_all(struct report *r)
{
	const struct gateway *g = r->gateway;
	struct observation o;

	for (uint32_t i = 0; i < g->n_workers; i++) {
		while (observations_take(g->workers[i]->observations, &o)) {
			if (g->settings->breakers_keep)
				breaker_sums_add(r->breakers, &o);
			if (!o.slow)
				add(r, &o);
			catalog_unref(o.catalog);
		}
	}
}

static void send_tallies(struct report *r)
{
	for (struct vendor_sums *v = r->vendors; v; v = v->next)
		send_vendor(r, v);
	forget_sums(r);
}

/* failures cannot wait for the tallies */
static void begin_round(void *who)
{
	struct report *r = who;
	struct gateway *g = r->gateway;
	const struct settings *s = g->settings;
	int64_t now_us = loop_now_us(g->loop);
	int64_t ms = s->gateway_report_interval_ms;
	bool all = now_us >= r->tallies_us;

	if (s->breakers_report_interval_ms < ms)
		ms = s->breakers_report_interval_ms;
	timer_set(g->loop, &r->next, now_us + ms * 1000);
	take_all(r);
	breaker_sums_send(r->breakers, all);
	if (!all)
		return;
	r->tallies_us = now_us + s->gateway_report_interval_ms * 1000;
	send_tallies(r);
}

struct report *report_start(struct gateway *g)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->gateway = g;
	if (!(r->breakers = breaker_sums_new(g))) {
		free(r);
		return NULL;
	}
	arena_init(&r->arena, MEMORY_MAX);
	r->next = (struct timer){ .fire = begin_round, .who = r };
	timer_set(g->loop, &r->next, 0);
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	timer_cancel(r->gateway->loop, &r->next);
	breaker_sums_free(r->breakers);
	forget_sums(r);
	arena_release(&r->arena);
	free(r);
}
