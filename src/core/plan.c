/* plan.c -- from what was asked for to candidates in order of preference. */
#include "core/plan.h"

#include "core/dialect.h"
#include "core/price.h"
#include "core/scrub.h"
#include "core/tokens.h"

struct planner {
	const struct plan_ask *ask;
	struct plan *plan;
	struct str asked_for; /* the name under which the model at hand was named */
};

static bool already_looked_at(const struct plan *p, const struct target *t)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (p->candidates[i].target == t)
			return true;
	for (uint32_t i = 0; i < p->n_rejected; i++)
		if (p->rejected[i].target == t)
			return true;
	return false;
}

static void reject(struct planner *pl, const struct model *m, const struct target *t, enum err code,
		   const char *why)
{
	struct plan *p = pl->plan;

	if (p->n_rejected == PLAN_MAX)
		return;
	struct rejected *r = &p->rejected[p->n_rejected++];
	*r = (struct rejected){ .target = t, .model = m, .code = code };
	str_copy(r->why, sizeof(r->why), str_of(why));
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A tier without a price is not asked for (its dialect leaves it out), so it costs the plain price. */
static int32_t tier_permille(const struct price *price, struct str tier)
{
	int32_t permille = price_tier(price, tier);

	return permille < 0 ? 1000 : permille;
}

/* Dearer classes that a request must ask for: without that they are not held against its budget. */
static uint32_t classes_of(const struct chat *chat)
{
	uint32_t classes = USAGE_ALL;

	if (!chat->marks_long_cache)
		classes &= ~USAGE_BIT(USAGE_cache_write_long);
	if (!chat->has_unbounded_parts)
		classes &= ~USAGE_BIT(USAGE_input_audio);
	if (!chat->n_images)
		classes &= ~USAGE_BIT(USAGE_input_image);
	if (!(chat->features & NEEDS_AUDIO_OUT))
		classes &= ~USAGE_BIT(USAGE_output_audio);
	return classes;
}

/* what the candidate would cost at worst, and how far its answer may be cut to fit a budget */
static void fill_terms(const struct planner *pl, struct candidate *c)
{
	const struct policy *policy = pl->ask->policy;
	const struct chat *chat = pl->ask->chat;
	const struct model *m = c->target->model;
	int64_t wanted = chat->max_tokens >= 0 ? chat->max_tokens : policy->default_max_tokens;

	c->max_tokens = smaller(wanted, m->max_output);
	c->min_tokens = c->max_tokens;
	if (policy->min_max_tokens > 0)
		c->min_tokens = smaller(policy->min_max_tokens, c->max_tokens);
	c->input_bound = tokens_bound(chat, m);
	c->choices = chat->n;
	if (m->price) {
		struct worst_price w =
			price_worst(m->price, c->input_bound,
				    tier_permille(m->price, chat->service_tier), classes_of(chat));

		c->fixed_nanos = w.fixed_nanos;
		c->output_picos = w.output_picos * chat->n;
	}
}

static void consider(struct planner *pl, const struct target *t)
{
	const struct plan_ask *ask = pl->ask;
	const struct model *m = t->model;
	struct fault f;

	if (pl->plan->n == PLAN_MAX || already_looked_at(pl->plan, t))
		return;
	if (!ask->usable[t->endpoint->index]) {
		reject(pl, m, t, ERR_VENDOR_KEY, "this gateway has no credential for the endpoint");
		return;
	}
	if (!payer_may_use(ask->payer, pl->asked_for, m->id, m->vendor)) {
		reject(pl, m, t, ERR_MODEL_DENIED, "the key may not use it");
		return;
	}
	if (!m->price && payer_has_budget(ask->payer)) {
		reject(pl, m, t, ERR_MODEL_UNPRICED, "it has no price, and the key has a budget");
		return;
	}
	enum err e = dialect_of(t->endpoint->dialect)->check(ask->chat, t, ask->policy->unsupported,
							     &f);
	if (e != ERR_OK) {
		reject(pl, m, t, e, f.text);
		return;
	}
	struct candidate *c = &pl->plan->candidates[pl->plan->n++];
	*c = (struct candidate){ .target = t };
	fill_terms(pl, c);
}

static void add_model(struct planner *pl, const struct model *m)
{
	uint32_t n;
	const struct target *targets = catalog_targets(pl->ask->catalog, m, &n);

	if (n == 0)
		reject(pl, m, NULL, ERR_MODEL_UNKNOWN, "no endpoint serves it");
	for (uint32_t i = 0; i < n; i++)
		consider(pl, &targets[i]);
}

static void add_models(struct planner *pl, const struct model **models, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		add_model(pl, models[i]);
}

static enum err no_such_model(struct fault *f, struct str name, const char *param)
{
	if (!scrub_may_tell(name))
		return fault_set(f, ERR_MODEL_UNKNOWN, param,
				 "The model does not exist. GET /v1/models lists those that do.");
	return fault_set(f, ERR_MODEL_UNKNOWN, param,
			 "The model `%.*s` does not exist. GET /v1/models lists those that do.",
			 STR_ARG(name));
}

static enum err add_name(struct planner *pl, struct str name, const char *param, struct fault *f)
{
	const struct plan_ask *ask = pl->ask;
	const struct alias *alias = catalog_alias(ask->catalog, name);
	const struct model *m;

	pl->asked_for = name;
	if (str_is(name, "auto")) {
		pl->plan->strategy = "order";
		add_models(pl, ask->policy->order, ask->policy->n_order);
		return ERR_OK;
	}
	if (alias) {
		pl->plan->strategy = "alias";
		add_models(pl, alias->models, alias->n_models);
		return ERR_OK;
	}
	m = catalog_model(ask->catalog, name);
	if (!m)
		return no_such_model(f, name, param);
	add_model(pl, m);
	return ERR_OK;
}

/* Nothing can serve: tell the reason of the one that was wanted most. */
static enum err nothing_left(const struct plan *p, const struct chat *chat, struct fault *f)
{
	const struct rejected *r = &p->rejected[0];

	if (p->n_rejected == 0)
		return fault_set(f, ERR_MODEL_UNKNOWN, "model",
				 "`%.*s` stands for no model in this configuration.",
				 (int)smaller((int64_t)chat->model.n, 128), chat->model.p);
	return fault_set(f, r->code, "model", "%.*s cannot serve this request: %s%s",
			 STR_ARG(r->model->id), r->why,
			 p->n_rejected > 1 ? " (and so for every other candidate)" : "");
}

enum err plan_make(const struct plan_ask *ask, struct plan *plan_r, struct fault *fault_r)
{
	struct planner pl = { .ask = ask, .plan = plan_r };
	const struct chat *chat = ask->chat;
	enum err e = ERR_OK;

	*plan_r = (struct plan){ .strategy = "named" };
	if (!str_absent(chat->model))
		e = add_name(&pl, chat->model, "model", fault_r);
	for (uint32_t i = 0; e == ERR_OK && i < chat->n_models; i++)
		e = add_name(&pl, chat->models[i], "models", fault_r);
	if (e != ERR_OK)
		return e;
	pl.asked_for = chat->model;
	add_models(&pl, ask->policy->fallbacks, ask->policy->n_fallbacks);
	return plan_r->n ? ERR_OK : nothing_left(plan_r, chat, fault_r);
}
