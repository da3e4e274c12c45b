/* replay_other.c -- recorded requests under another policy: figures and who would move where. */
#include "core/strategy.h"
#include "ctl/replay.h"

/* --- figures --- */

static void add_figures(struct arena *a, struct replay_figures *f, const struct terms *t)
{
	size_t n = f->n, cap = f->cap;

	if (n == cap) { /* three arrays of one length */
		size_t caps[3] = { cap, cap, cap };

		if (!arena_grow(a, (void **)&f->quality, sizeof(double), n, &caps[0]) ||
		    !arena_grow(a, (void **)&f->cost_nanos, sizeof(double), n, &caps[1]) ||
		    !arena_grow(a, (void **)&f->total_ms, sizeof(double), n, &caps[2]))
			return;
		f->cap = caps[0];
	}
	f->quality[n] = t->quality;
	f->cost_nanos[n] = t->cost_nanos;
	f->total_ms[n] = t->total_ms;
	f->n++;
}

/* --- moves --- */

static struct replay_move *move_of(struct replay_other *r, struct str task, struct str from,
				   struct str to)
{
	bool refused = str_absent(to); /* a copy of what is absent is a text */
	struct replay_move *m;

	for (size_t i = 0; i < r->n_moves; i++) {
		m = &r->moves[i];
		if (str_eq(m->task, task) && str_eq(m->from, from) && str_eq(m->to, to))
			return m;
	}
	m = ARENA_PUSH(r->arena, r->moves, r->n_moves, r->cap_moves);
	if (m)
		*m = (struct replay_move){ .task = arena_str(r->arena, task),
					   .from = arena_str(r->arena, from),
					   .to = refused ? STR_NONE : arena_str(r->arena, to) };
	return m;
}

static void add_move(struct replay_other *r, const struct decision *d, const struct considered *was,
		     const struct candidate *is)
{
	struct str to = is ? is->target->model->id : STR_NONE;
	struct replay_move *m = move_of(r, d->facts.task.name, was->model, to);

	if (!m)
		return;
	m->n++;
	if (!is)
		return;
	m->quality += is->terms.quality - was->candidate.terms.quality;
	m->cost_nanos += is->terms.cost_nanos - was->candidate.terms.cost_nanos;
}

/* --- a record --- */

static bool is_known(const struct decision_other *ask)
{
	return !ask->snapshot || str_absent(ask->wish->strategy) ||
	       strategy_exists(ask->snapshot->catalog, ask->wish->strategy);
}

void replay_other_take(void *who, const struct decision_found *found)
{
	struct replay_other *r = who;
	const struct considered *was = decision_at(found->decision, 1);
	struct decision_other ask = r->ask;
	struct facts facts;
	struct plan plan;
	struct fault f;
	bool served;

	ask.snapshot = r->other_catalog ? found->other : found->snapshot;
	ask.custom = r->other_catalog ? r->custom : found->custom;
	if (!is_known(&ask)) {
		strategy_unknown(ask.snapshot->catalog, ask.wish->strategy, "--strategy",
				 &r->unknown);
		return;
	}
	plan.custom_failed = false;
	served = ask.snapshot &&
		 decision_otherwise(found->decision, &ask, &facts, &plan, &f) == ERR_OK;
	r->custom_failed += plan.custom_failed;
	r->custom_failed_before += !str_absent(found->decision->custom_failed);
	r->refused += !served;
	r->refused_before += !was;
	if (!was)
		return;
	add_move(r, found->decision, was, served ? &plan.candidates[0] : NULL);
	if (!served)
		return;
	add_figures(r->arena, &r->before, &was->candidate.terms);
	add_figures(r->arena, &r->after, &plan.candidates[0].terms);
}
