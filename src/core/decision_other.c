/* decision_other.c -- candidates by facts alone, then the same decide(). */
#include "core/decision_other.h"

#include "core/plan.h"
#include "core/wish.h"

#define NAMES_MAX 16

/* --- candidates of another catalog --- */

/* what is known of the request without its words */
static struct chat chat_of(const struct decision *d, struct str *names)
{
	const struct features *f = &d->facts.features;
	struct chat chat = {
		.features = d->facts.needs,
		.max_tokens = d->facts.max_tokens,
		.n = (int32_t)d->facts.choices,
		.stream = d->facts.stream,
		.text_bytes = f->text_bytes,
		.n_images = f->images,
		.models = names,
	};
	struct str rest = d->asked;

	while (!str_absent(rest) && chat.n_models < NAMES_MAX)
		names[chat.n_models++] = str_cut(&rest, ',');
	return chat;
}

static bool is_target(const struct target *t, struct str model, struct str vendor,
		      struct str endpoint)
{
	return str_eq(t->model->id, model) && str_eq(t->model->vendor, vendor) &&
	       str_eq(t->endpoint->name, endpoint);
}

/* for a reason that another configuration does not take away */
static bool stays_declined(const struct decision *d, const struct target *t)
{
	static const enum rejection reasons[] = { REJECTED_denied, REJECTED_ability,
						  REJECTED_context, REJECTED_provider };

	for (uint32_t i = 0; i < d->n_declined; i++) {
		const struct declined *it = &d->declined[i];

		if (!is_target(t, it->model, it->vendor, it->endpoint))
			continue;
		for (size_t k = 0; k < COUNT_OF(reasons); k++)
			if (str_is(it->reason, rejection_name(reasons[k])))
				return true;
	}
	return false;
}

/* what the record knows of the target, or else of its model at another endpoint */
static struct evidence evidence_of(const struct decision *d, const struct target *t)
{
	struct evidence of_model = { .payer_mass = 0 };

	for (uint32_t i = 0; i < d->n_considered; i++) {
		const struct considered *c = &d->considered[i];

		if (is_target(t, c->model, c->vendor, c->endpoint))
			return c->candidate.evidence;
		if (str_eq(t->model->id, c->model) && str_eq(t->model->vendor, c->vendor))
			of_model = c->candidate.evidence;
	}
	return of_model;
}

/* one that was not looked at stands well */
static void stand_as_recorded(const struct decision *d, struct candidate *c)
{
	for (uint32_t i = 0; i < d->n_considered; i++) {
		const struct considered *it = &d->considered[i];

		if (!is_target(c->target, it->model, it->vendor, it->endpoint))
			continue;
		c->standing = it->candidate.standing;
		c->blocked_ms = it->candidate.blocked_ms;
	}
}

static void keep_what_is_known(const struct decision *d, struct plan *p)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->n; i++) {
		struct candidate *c = &p->candidates[i];

		if (stays_declined(d, c->target))
			continue;
		c->evidence = evidence_of(d, c->target);
		stand_as_recorded(d, c);
		p->candidates[kept++] = *c;
	}
	p->n = kept;
}

static enum err plan_anew(const struct decision *d, const struct catalog *c,
			  const struct policy *policy, struct plan *plan_r, struct fault *f)
{
	struct payer payer = { .models = "" };
	struct str names[NAMES_MAX];
	struct chat chat = chat_of(d, names);
	bool *usable = malloc(c->n_endpoints + 1);
	const struct plan_ask ask = { .catalog = c,
				      .policy = policy,
				      .payer = &payer,
				      .chat = &chat,
				      .usable = usable,
				      .reorder = !str_absent(d->facts.said.strategy) };
	enum err e;

	if (!usable)
		return fault_set(f, ERR_INTERNAL, "", "out of memory");
	memset(usable, true, c->n_endpoints + 1);
	for (int s = 0; s < SCOPE_COUNT; s++)
		limits_none(&payer.scope[s].limits);
	e = plan_make(&ask, plan_r, f);
	free(usable);
	if (e != ERR_OK)
		return e;
	keep_what_is_known(d, plan_r);
	return plan_r->n ? ERR_OK
			 : fault_set(f, ERR_UNSUPPORTED, "model", "no candidate can serve it");
}

/* --- the decision --- */

enum err decision_otherwise(const struct decision *d, const struct decision_other *other,
			    struct facts *facts_r, struct plan *plan_r, struct fault *fault_r)
{
	const struct catalog *c = other->snapshot->catalog;
	const struct policy *policy = catalog_policy(c, d->policy);
	const struct decide_ask ask = { .facts = facts_r,
					.policy = policy,
					.snapshot = other->snapshot,
					.custom = other->custom };
	enum err e = ERR_OK;

	*facts_r = d->facts;
	facts_r->wish = policy->wish;
	if (other->wish)
		wish_join(&facts_r->wish, other->wish);
	wish_join(&facts_r->wish, &d->facts.said);
	if (str_is(d->versions.catalog, c->hash))
		decision_given(d, plan_r);
	else
		e = plan_anew(d, c, policy, plan_r, fault_r);
	if (e == ERR_OK && plan_r->n == 0)
		e = fault_set(fault_r, ERR_UNSUPPORTED, "model", "no candidate can serve it");
	return e ? e : decide(&ask, plan_r, fault_r);
}
