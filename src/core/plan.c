/* plan.c -- from what was asked for to the candidates that can serve it. */
#include "core/plan.h"

#include "core/dialect.h"
#include "core/price.h"
#include "core/scrub.h"
#include "core/strategy.h"
#include "core/tokens.h"

struct planner {
	const struct plan_ask *ask;
	struct plan *plan;
	struct str asked_for; /* the name under which the model at hand was named */
	uint8_t rank;         /* of the models at hand */
	bool named;           /* so are they; else a strategy chooses among them */
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

/* why: NULL gives the reason's own words */
static void reject(struct planner *pl, const struct model *m, const struct target *t,
		   enum rejection reason, enum err code, const char *why)
{
	struct plan *p = pl->plan;

	if (p->n_rejected == REJECTED_MAX)
		return;
	struct rejected *r = &p->rejected[p->n_rejected++];
	*r = (struct rejected){ .target = t, .model = m, .reason = reason, .code = code };
	str_copy(r->why, sizeof(r->why), str_of(why ? why : rejection_text(reason)));
}

static void reject_plainly(struct planner *pl, const struct target *t, enum rejection reason)
{
	reject(pl, t->model, t, reason, rejection_error(reason), NULL);
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A tier without a price is not asked for (its dialect leaves it out), so it costs the plain price.
 */
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
static void fill_bounds(const struct planner *pl, struct candidate *c)
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
		int32_t permille = tier_permille(m->price, chat->service_tier);
		struct worst_price w = price_worst(m->price, c->input_bound, permille,
						   classes_of(chat));

		c->tier_permille = permille;
		c->fixed_nanos = w.fixed_nanos;
		c->output_picos = w.output_picos * chat->n;
	}
}

/* --- hard filters --- */

static bool names(const struct str *list, uint32_t n, const struct target *t)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_ieq(list[i], t->endpoint->vendor) || str_ieq(list[i], t->endpoint->name))
			return true;
	return false;
}

/* what the request says of vendors */
static bool vendor_may(const struct provider *p, const struct target *t)
{
	if (p->n_only && !names(p->only, p->n_only, t))
		return false;
	if (p->no_fallbacks && p->n_order && !names(p->order, p->n_order, t))
		return false;
	return !names(p->ignore, p->n_ignore, t);
}

static void consider(struct planner *pl, const struct target *t)
{
	const struct plan_ask *ask = pl->ask;
	const struct model *m = t->model;
	struct fault f;

	if (pl->plan->n == PLAN_MAX || already_looked_at(pl->plan, t))
		return;
	if (!ask->usable[t->endpoint->index]) {
		reject_plainly(pl, t, REJECTED_credential);
		return;
	}
	if (!payer_may_use(ask->payer, pl->asked_for, m->id, m->vendor)) {
		reject_plainly(pl, t, REJECTED_denied);
		return;
	}
	if (!vendor_may(&ask->chat->provider, t)) {
		reject_plainly(pl, t, REJECTED_provider);
		return;
	}
	if (!m->price && payer_has_budget(ask->payer)) {
		reject_plainly(pl, t, REJECTED_unpriced);
		return;
	}
	enum err e =
		dialect_of(t->endpoint->dialect)->check(ask->chat, t, ask->policy->unsupported, &f);
	if (e != ERR_OK) {
		reject(pl, m, t, e == ERR_CONTEXT ? REJECTED_context : REJECTED_ability, e, f.text);
		return;
	}
	struct candidate *c = &pl->plan->candidates[pl->plan->n++];
	*c = (struct candidate){ .target = t, .rank = pl->rank, .named = pl->named };
	fill_bounds(pl, c);
}

/* --- what names stand for --- */

static void add_model(struct planner *pl, const struct model *m)
{
	uint32_t n;
	const struct target *targets = catalog_targets(pl->ask->catalog, m, &n);

	if (n == 0)
		reject(pl, m, NULL, REJECTED_endpoint, ERR_MODEL_UNKNOWN, NULL);
	for (uint32_t i = 0; i < n; i++)
		consider(pl, &targets[i]);
}

/* in order: each of them is wanted before the next */
static void add_in_order(struct planner *pl, const struct model **models, uint32_t n)
{
	pl->named = true;
	for (uint32_t i = 0; i < n; i++) {
		add_model(pl, models[i]);
		pl->rank++;
	}
}

/* for a strategy to choose from */
static void add_to_choose(struct planner *pl, const struct model **models, uint32_t n)
{
	pl->named = false;
	for (uint32_t i = 0; i < n; i++)
		add_model(pl, models[i]);
	pl->plan->choosing = true;
	pl->rank++;
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

static bool add_plain_name(struct planner *pl, struct str name)
{
	const struct plan_ask *ask = pl->ask;
	const struct alias *alias = catalog_alias(ask->catalog, name);
	const struct model *m;

	pl->asked_for = name;
	if (str_is(name, "auto")) {
		pl->plan->strategy = STR("order");
		add_to_choose(pl, ask->policy->order, ask->policy->n_order);
		return true;
	}
	if (alias) {
		pl->plan->strategy = STR("alias");
		add_in_order(pl, alias->models, alias->n_models);
		return true;
	}
	m = catalog_model(ask->catalog, name);
	if (m)
		add_in_order(pl, &m, 1);
	return m != NULL;
}

/* OpenRouter's words for a strategy behind a name */
static struct str strategy_of_suffix(struct str suffix)
{
	if (str_is(suffix, "floor"))
		return STR("cost");
	return str_is(suffix, "nitro") ? STR("latency") : suffix;
}

/* "auto", a model, an alias; or one of these with a strategy behind it: "auto:cost", "gpt-4o:floor"
 */
static enum err add_name(struct planner *pl, struct str name, const char *param, struct fault *f)
{
	struct str rest = name, base = str_cut(&rest, ':');

	if (add_plain_name(pl, name))
		return ERR_OK;
	if (str_absent(rest) || !strategy_exists(pl->ask->catalog, strategy_of_suffix(rest)) ||
	    !add_plain_name(pl, base))
		return no_such_model(f, name, param);
	pl->plan->asked_strategy = strategy_of_suffix(rest);
	return ERR_OK;
}

/* --- ranks --- */

/* A strategy was asked for: it chooses among all that was named. */
static void choose_among_all(struct plan *p)
{
	p->choosing = true;
	for (uint32_t i = 0; i < p->n; i++) {
		p->candidates[i].rank = 0;
		p->candidates[i].named = false;
	}
}

static uint8_t place_in_order(const struct provider *p, const struct target *t)
{
	uint32_t i = 0;

	while (i < p->n_order && !names(&p->order[i], 1, t))
		i++;
	return (uint8_t)i;
}

/* The request's order of vendors comes before everything else; at one vendor what was asked for
 * first. */
static void order_by_vendor(struct plan *p, const struct provider *wanted)
{
	uint16_t keys[PLAN_MAX];

	for (uint32_t i = 0; i < p->n; i++) {
		struct candidate c = p->candidates[i];
		uint16_t key = (uint16_t)(place_in_order(wanted, c.target) << 8 | c.rank);
		uint32_t at = i;

		for (; at > 0 && keys[at - 1] > key; at--) {
			p->candidates[at] = p->candidates[at - 1];
			keys[at] = keys[at - 1];
		}
		p->candidates[at] = c;
		keys[at] = key;
	}
	for (uint32_t i = 0; i < p->n; i++)
		p->candidates[i].rank = i == 0 ? 0
					       : p->candidates[i - 1].rank +
							 (keys[i] != keys[i - 1]);
}

static void set_ranks(struct planner *pl)
{
	const struct provider *wanted = &pl->ask->chat->provider;

	if (pl->ask->reorder || !str_absent(pl->plan->asked_strategy))
		choose_among_all(pl->plan);
	if (wanted->n_order)
		order_by_vendor(pl->plan, wanted);
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

	plan_clear(plan_r);
	plan_r->strategy = STR("named");
	if (!str_absent(chat->model))
		e = add_name(&pl, chat->model, "model", fault_r);
	for (uint32_t i = 0; e == ERR_OK && i < chat->n_models; i++)
		e = add_name(&pl, chat->models[i], "models", fault_r);
	if (e != ERR_OK)
		return e;
	set_ranks(&pl);
	pl.asked_for = chat->model;
	pl.rank = RANK_FALLBACK;
	if (!chat->provider.no_fallbacks)
		add_in_order(&pl, ask->policy->fallbacks, ask->policy->n_fallbacks);
	return plan_r->n ? ERR_OK : nothing_left(plan_r, chat, fault_r);
}
