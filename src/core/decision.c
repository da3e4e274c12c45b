/* decision.c -- a plan becomes a record, and a record a plan again. */
#include "core/decision.h"

#include <assert.h>

#include "core/decision_form.h"
#include "core/wish.h"
#include "model/chat.h"

/* --- from a request and its plan --- */

struct str decision_asked(const struct chat *chat, struct arena *a)
{
	struct str all = chat->model;

	for (uint32_t i = 0; i < chat->n_models; i++)
		all = str_absent(all) ? chat->models[i]
				      : arena_printf(a, "%.*s,%.*s", STR_ARG(all),
						     STR_ARG(chat->models[i]));
	return all;
}

static struct considered *considered_of(struct decision *d, const struct target *t)
{
	for (uint32_t i = 0; i < d->n_considered; i++)
		if (d->considered[i].candidate.target == t)
			return &d->considered[i];
	return NULL;
}

static void take_given(struct decision *d, const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n_given; i++) {
		const struct target *t = plan->given[i].target;

		d->considered[i] = (struct considered){ .model = t->model->id,
							.vendor = t->model->vendor,
							.endpoint = t->endpoint->name,
							.candidate = plan->given[i] };
	}
	d->n_considered = plan->n_given;
}

static void take_order(struct decision *d, const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n; i++) {
		struct considered *c = considered_of(d, plan->candidates[i].target);

		if (!c)
			continue;
		c->place = i + 1;
		c->candidate.terms = plan->candidates[i].terms;
		c->candidate.score = plan->candidates[i].score;
	}
}

static void take_rejected(struct decision *d, const struct rejected *r)
{
	struct considered *c = r->target ? considered_of(d, r->target) : NULL;
	struct str reason = str_of(rejection_name(r->reason));

	if (c) {
		c->left_out = reason;
		c->candidate.terms = r->terms;
		return;
	}
	d->declined[d->n_declined++] = (struct declined){
		.model = r->model->id,
		.vendor = r->model->vendor,
		.endpoint = r->target ? r->target->endpoint->name : STR_NONE,
		.reason = reason,
		.why = str_of(r->why)
	};
}

void decision_of_plan(struct decision *d, const struct plan *plan)
{
	assert(!plan->packed);
	take_given(d, plan);
	take_order(d, plan);
	d->n_declined = 0;
	for (uint32_t i = 0; i < plan->n_rejected; i++)
		take_rejected(d, &plan->rejected[i]);
	d->choosing = plan->choosing;
	d->strategy = plan->strategy;
	wish_unsaid(&d->ruled);
	if (plan->ruled)
		d->ruled = plan->wish;
	d->custom_failed = plan->custom_failed ? str_of(plan->custom_fault) : STR_NONE;
	d->guard = plan->guard;
	d->relaxed = plan->relaxed;
	d->floor_unmet = plan->floor_unmet;
	d->panic = plan->panic;
}

/* --- as text --- */

void decision_write_object(struct buf *b, const struct decision *d)
{
	form_write(b, &decision_form, d);
}

void decision_write(struct buf *b, const struct decision *d)
{
	buf_adds(b, "{\"decision\":");
	decision_write_object(b, d);
	buf_adds(b, "}\n");
}

enum err decision_read_json(struct json record, struct arena *a, struct decision *d_r,
			    struct fault *fault_r)
{
	enum err e;

	if (!json_present(record))
		return fault_set(fault_r, ERR_VALUE, "", "it is no decision record");
	e = form_read(record, &decision_form, a, d_r, fault_r);
	wish_fill(&d_r->facts.wish); /* parameters that were not known then */
	return e;
}

enum err decision_read(struct str line, struct arena *a, struct decision *d_r,
		       struct fault *fault_r)
{
	struct json_doc doc;
	size_t at;
	enum json_fail fail = json_parse(&doc, a, line, &json_limits_default, &at);

	if (fail != JSON_FINE)
		return fault_set(fault_r, ERR_VALUE, "", "byte %zu: %s", at, json_fail_text(fail));
	return decision_read_json(json_get(json_root(&doc), "decision"), a, d_r, fault_r);
}

/* --- again --- */

static const struct target *target_of(const struct catalog *c, const struct considered *it)
{
	for (uint32_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];

		if (str_eq(t->model->id, it->model) && str_eq(t->model->vendor, it->vendor) &&
		    str_eq(t->endpoint->name, it->endpoint))
			return t;
	}
	return NULL;
}

bool decision_bind(struct decision *d, const struct catalog *c)
{
	bool all = true;

	for (uint32_t i = 0; i < d->n_considered; i++) {
		struct candidate *it = &d->considered[i].candidate;

		it->target = target_of(c, &d->considered[i]);
		all &= it->target != NULL;
	}
	return all;
}

void decision_given(const struct decision *d, struct plan *plan_r)
{
	*plan_r = (struct plan){ .choosing = d->choosing, .strategy = d->strategy };
	for (uint32_t i = 0; i < d->n_considered; i++) {
		struct candidate *c = &plan_r->candidates[plan_r->n++];

		*c = d->considered[i].candidate;
		c->terms = (struct terms){ 0 };
		c->score = 0;
	}
}

void decision_again(const struct decision *d, const struct snapshot *snapshot,
		    const struct custom_runner *custom, struct plan *plan_r)
{
	const struct decide_ask ask = {
		.facts = &d->facts,
		.policy = catalog_policy(snapshot->catalog, d->policy),
		.snapshot = snapshot,
		.custom = custom,
		.panic = d->panic,
		.custom_failed = d->custom_failed,
	};
	struct fault f;

	decision_given(d, plan_r);
	if (plan_r->n && decide(&ask, plan_r, &f) != ERR_OK)
		plan_r->n = 0;
}

/* --- is it the same? --- */

static bool differs(struct fault *f, const struct considered *c, const char *what)
{
	fault_set(f, ERR_VALUE, "", "%.*s at %.*s: another %s", STR_ARG(c->model),
		  STR_ARG(c->endpoint), what);
	return false;
}

static bool same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static bool same_terms(const struct considered *was, const struct considered *is, struct fault *f)
{
	const struct terms *a = &was->candidate.terms, *b = &is->candidate.terms;

	for (size_t i = 0; i < terms_form.n; i++) {
		const struct form_field *row = &terms_form.fields[i];

		if (row->kind == FORM_REAL &&
		    memcmp((const char *)a + row->at, (const char *)b + row->at, sizeof(double)) !=
			    0)
			return differs(f, was, row->name);
	}
	return a->known == b->known || differs(f, was, "known");
}

static bool same_candidate(const struct considered *was, const struct considered *is,
			   struct fault *f)
{
	if (was->place != is->place)
		return differs(f, was, "place");
	if (!str_eq(was->left_out, is->left_out))
		return differs(f, was, "reason to leave it out");
	if (!same_bits(was->candidate.score, is->candidate.score))
		return differs(f, was, "score");
	return same_terms(was, is, f);
}

bool decision_equal(const struct decision *d, const struct plan *plan, struct fault *fault_r)
{
	struct decision is = { .n_considered = 0 };

	decision_of_plan(&is, plan);
	for (uint32_t i = 0; i < d->n_considered; i++)
		if (i >= is.n_considered ||
		    !same_candidate(&d->considered[i], &is.considered[i], fault_r))
			return false;
	if (str_eq(d->strategy, is.strategy) && d->guard == is.guard && d->relaxed == is.relaxed &&
	    d->floor_unmet == is.floor_unmet && d->panic == is.panic &&
	    str_absent(d->custom_failed) == str_absent(is.custom_failed))
		return true;
	fault_set(fault_r, ERR_VALUE, "", "another strategy, or another word of its guard");
	return false;
}

const struct considered *decision_at(const struct decision *d, uint32_t place)
{
	for (uint32_t i = 0; i < d->n_considered && place > 0; i++)
		if (d->considered[i].place == place)
			return &d->considered[i];
	return NULL;
}
