/*
 * report_breakers.c -- what the workers observed, summed up for breakers: failures are told the
 * fleet at once, and good calls with them, or when the tallies go.
 */
#include <uthash.h>

#include "core/breaker.h"
#include "gate/gateway.h"
#include "store/breakers.h"

#define MEMORY_MAX (16u << 20) /* of what is not sent yet */

struct breaker_sum {
	UT_hash_handle hh;
	struct str vendor;
	struct breaker_item item;
	int64_t worst; /* what the worst of it added */
};

struct breaker_sums {
	struct gateway *gateway;
	struct arena arena; /* of the sums */
	struct breaker_sum *sums;
	struct rnd rnd;
	bool urgent;
};

struct breaker_sums *breaker_sums_new(struct gateway *g)
{
	struct breaker_sums *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->gateway = g;
	b->rnd = rnd_seed((uint64_t)g->started_us);
	arena_init(&b->arena, MEMORY_MAX);
	return b;
}

void breaker_sums_free(struct breaker_sums *b)
{
	if (!b)
		return;
	HASH_CLEAR(hh, b->sums);
	arena_release(&b->arena);
	free(b);
}

/* --- adding up --- */

/* the sum of an endpoint, or of a model there, or of a credential for these; NULL: no memory */
static struct breaker_sum *sum_of(struct breaker_sums *b, const struct endpoint *e,
				  const struct model *m, uint32_t digest)
{
	struct breaker_sum *sum;
	struct buf name;

	buf_init(&name, BREAKER_NAME_MAX);
	breaker_name(e, m, digest, &name);
	HASH_FIND(hh, b->sums, name.p, name.n, sum);
	if (!sum && buf_ok(&name) && (sum = ARENA_NEW(&b->arena, struct breaker_sum))) {
		sum->vendor = arena_str(&b->arena, e->vendor);
		sum->item.name = arena_str(&b->arena, buf_str(&name));
		HASH_ADD_KEYPTR(hh, b->sums, sum->item.name.p, sum->item.name.n, sum);
	}
	buf_release(&name);
	return sum;
}

static void add(struct breaker_sums *b, struct breaker_sum *sum, int64_t score,
		enum breaker_cause cause)
{
	if (!sum)
		return;
	sum->item.add += score;
	if (score > sum->worst) {
		sum->worst = score;
		sum->item.cause = cause;
	}
	b->urgent |= score > 0;
}

/* Whoever answers at all can be reached. */
static void add_to_endpoint(struct breaker_sums *b, const struct observation *o)
{
	struct breaker_sum *sum = sum_of(b, o->catalog->targets[o->target].endpoint, NULL, 0);

	add(b, sum, o->unreached ? BREAKER_FAILURE : BREAKER_GOOD, CAUSE_failed);
}

static void add_to_target(struct breaker_sums *b, const struct observation *o)
{
	const struct target *t = &o->catalog->targets[o->target];
	struct breaker_sum *sum = sum_of(b, t->endpoint, t->model, 0);

	if (o->slow)
		add(b, sum, BREAKER_FAILURE, CAUSE_slow);
	else if (o->throttled)
		add(b, sum, BREAKER_THROTTLED, CAUSE_throttled);
	else if (o->failed && !o->unreached && !o->was_slow)
		add(b, sum, BREAKER_FAILURE, CAUSE_failed);
	else if (o->good_call && !o->was_slow)
		add(b, sum, BREAKER_GOOD, CAUSE_failed);
}

static void add_block(struct breaker_sums *b, const struct observation *o)
{
	const struct target *t = &o->catalog->targets[o->target];
	struct breaker_sum *sum = sum_of(b, t->endpoint, t->model, 0);

	stats_count(&b->gateway->stats, COUNT_blocks);
	if (!sum)
		return;
	sum->item.block_us = o->block_ms * 1000;
	b->urgent = true;
}

static void add_out(struct breaker_sums *b, const struct observation *o)
{
	const struct target *t = &o->catalog->targets[o->target];
	struct breaker_sum *sum = sum_of(b, t->endpoint, o->out_target ? t->model : NULL,
					 o->digest);

	if (!sum)
		return;
	sum->item.what = BREAKER_OUT;
	b->urgent = true;
}

void breaker_sums_add(struct breaker_sums *b, const struct observation *o)
{
	if (o->judged)
		add_to_endpoint(b, o);
	if (o->judged || o->slow)
		add_to_target(b, o);
	if (o->block_ms > 0)
		add_block(b, o);
	if (o->out || o->out_target)
		add_out(b, o);
}

/* --- telling --- */

static void reported(void *who, bool ok, struct str changes)
{
	struct gateway *g = who;

	if (ok)
		stats_breakers_changed(&g->stats, changes);
}

static void send_items(struct breaker_sums *b, struct str vendor, const struct breaker_item *items,
		       size_t n)
{
	struct gateway *g = b->gateway;
	const struct breaker_report report = {
		.vendor = vendor,
		.rules = breaker_rules_of(g->settings),
		.chance = rnd_below(&b->rnd, 1001),
		.items = items,
		.n = n,
	};

	if (n)
		breakers_report(&g->store, &report, reported, g);
}

/* those of the first one's vendor; they are taken out */
static void send_vendor(struct breaker_sums *b)
{
	struct breaker_item items[BREAKER_ITEMS_MAX];
	struct str vendor = b->sums->vendor;
	struct breaker_sum *sum, *next;
	size_t n = 0;

	HASH_ITER (hh, b->sums, sum, next) {
		if (!str_eq(sum->vendor, vendor))
			continue;
		items[n++] = sum->item;
		HASH_DEL(b->sums, sum);
		if (n == COUNT_OF(items)) {
			send_items(b, vendor, items, n);
			n = 0;
		}
	}
	send_items(b, vendor, items, n);
}

void breaker_sums_send(struct breaker_sums *b, bool all)
{
	if (!all && !b->urgent)
		return;
	while (b->sums)
		send_vendor(b);
	b->urgent = false;
	arena_reset(&b->arena);
}
