/* decided.c -- a request becomes a decision record. */
#include "gate/decided.h"

#include "base/clock.h"
#include "store/decision_log.h"

/* one with as many candidates, reasons and attempts as there can be is smaller */
#define RECORD_BYTES (256 << 10)

#define MEMBER "\"smartrouter\":"

/* A request that was refused before has nothing to tell. */
static bool was_decided(const struct request *r)
{
	return r->facts.at_s > 0;
}

/* --- attempts --- */

/* how the vendor's part ended, or why it was broken off */
static enum err end_of(const struct request *r, const struct attempt *a)
{
	if (a->failed)
		return a->fault.code;
	if (a->over)
		return ERR_OK;
	return r->gone ? ERR_GONE : r->fault.code;
}

static struct str end_name(enum err e)
{
	return e == ERR_OK ? STR("ok") : str_of(err_info(e)->code);
}

static double ms_between(int64_t from_us, int64_t to_us)
{
	return to_us > from_us ? (double)(to_us - from_us) / 1000 : 0;
}

void decided_tried(struct request *r, const struct attempt *a, const struct usage *usage)
{
	if (r->n_tried == COUNT_OF(r->tried))
		return;
	r->tried[r->n_tried++] = (struct tried){
		.place = a->index + 1,
		.status = (uint32_t)a->head.status,
		.end = end_name(end_of(r, a)),
		.first_ms = ms_between(a->began_us, a->first_content_us),
		.total_ms = ms_between(a->began_us, clock_mono_us()),
		.usage = *usage,
	};
}

/* --- the record --- */

/* A name that nobody knows may be anything, and is not told. */
static struct str asked_for(struct request *r)
{
	bool known = r->plan->n_given + r->plan->n_rejected > 0;

	if (!known || r->fault.code == ERR_MODEL_UNKNOWN)
		return STR_NONE;
	return decision_asked(&r->chat, &r->arena);
}

static struct versions versions_of(const struct request *r)
{
	const struct learned *learned = r->catalog->learned;

	return (struct versions){
		.program = STR(PACKAGE_VERSION),
		.catalog = str_of(r->snapshot->catalog->hash),
		.epoch = r->snapshot->catalog->epoch,
		.snapshot = str_of(r->snapshot->hash),
		.snapshot_version = (int64_t)r->snapshot->version,
		.task_model = str_of(learned_task_hash(learned)),
		.quality_model = learned->quality ? str_of(learned_quality_hash(learned))
						  : STR_NONE,
	};
}

static void fill_outcome(const struct request *r, struct outcome *o)
{
	if (r->held.attempts > 0 && r->verdict.kind == VERDICT_OK) {
		o->admitted = r->verdict.chosen + 1;
		o->max_tokens = r->verdict.max_tokens;
	}
	memcpy(o->tried, r->tried, r->n_tried * sizeof(*o->tried));
	o->n_tried = r->n_tried;
	o->cost_nanos = r->cost_nanos;
	o->unknown_cost = r->unknown_cost;
	o->total_ms = ms_between(r->arrived_us, clock_mono_us());
	o->end = end_name(r->gone ? ERR_GONE : r->fault.code);
}

static const struct plan *whole_plan(const struct request *r, struct plan *room)
{
	if (!r->packed)
		return r->plan;
	plan_unpack(r->plan, room);
	return room;
}

/* plan: the request's, unpacked; the record's texts are there */
static void fill(struct request *r, const struct plan *plan, struct decision *d)
{
	decision_clear(d);
	d->id = str_of(r->rid);
	d->at_us = clock_wall_us() - (clock_mono_us() - r->arrived_us);
	d->org = str_of(r->org);
	d->team = str_of(r->payer.scope[SCOPE_team].id);
	d->key = str_of(r->key);
	d->policy = r->policy->name;
	d->asked = asked_for(r);
	d->versions = versions_of(r);
	d->facts = r->facts;
	fill_outcome(r, &d->outcome);
	decision_of_plan(d, plan);
}

void decided_write(struct request *r)
{
	struct worker *w = r->worker;
	UNSET struct decision d; /* fill() sets all of it that means something */
	UNSET struct plan room;

	if (!w->decisions || !r->settings->decisions_keep || !was_decided(r))
		return;
	fill(r, whole_plan(r, &room), &d);
	decision_log_add(w->decisions, &d, r->snapshot);
	stats_count(&w->stats, COUNT_decisions);
	stats_add(&w->stats, COUNT_decisions_lost, decision_log_lost(w->decisions));
}

/* --- for the client --- */

bool decided_is_wanted(const struct request *r)
{
	return r->explain && was_decided(r);
}

static struct str write_member(struct request *r)
{
	struct str member = STR_NONE;
	UNSET struct decision d;
	UNSET struct plan room;
	struct buf b;

	buf_init(&b, RECORD_BYTES);
	fill(r, whole_plan(r, &room), &d);
	buf_adds(&b, MEMBER);
	decision_write_object(&b, &d);
	if (buf_ok(&b))
		member = arena_str(&r->arena, buf_str(&b));
	buf_release(&b);
	return member;
}

struct str decided_member(struct request *r)
{
	return decided_is_wanted(r) ? write_member(r) : STR_NONE;
}

void decided_add(struct request *r, struct buf *object, size_t behind)
{
	struct str member = decided_member(r);
	char tail[8];

	if (member.n == 0 || object->n <= behind || behind >= sizeof(tail))
		return;
	memcpy(tail, object->p + object->n - behind - 1, behind + 1);
	object->n -= behind + 1;
	buf_addc(object, ',');
	buf_add(object, member);
	buf_add(object, (struct str){ tail, behind + 1 });
}
