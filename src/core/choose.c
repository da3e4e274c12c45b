/* choose.c -- from a request to the plan of where to send it: the whole decision. */
#include "core/choose.h"

#include "base/hash.h"
#include "core/calibration.h"
#include "core/pace.h"
#include "core/prefix.h"
#include "core/strategy.h"
#include "core/wish.h"

#define HEADER "x-smartrouter-strategy"

/* so much of a body tells it from others */
#define SEED_BYTES 65536

uint64_t choose_seed(struct str body)
{
	return hash_bytes(body.n, str_sub(body, 0, SEED_BYTES));
}

/* --- what is wished --- */

/* What the request's own members ask for; its header is read over it. */
static void wish_of_provider(const struct provider *p, struct wish *w)
{
	w->strategy = p->strategy;
	if (p->max_price_input >= 0)
		w->max_price_input = p->max_price_input;
	if (p->max_price_output >= 0)
		w->max_price_output = p->max_price_output;
}

static enum err wish_of_request(const struct choose_ask *ask, struct wish *w, struct fault *f)
{
	const char *param = ask->wanted_by ? ask->wanted_by : HEADER;
	enum err e;

	wish_unsaid(w);
	wish_of_provider(&ask->chat->provider, w);
	e = wish_read(ask->wanted, param, w, f);
	if (e != ERR_OK || str_absent(w->strategy) || strategy_exists(ask->catalog, w->strategy))
		return e;
	return strategy_unknown(ask->catalog, w->strategy, param, f);
}

/* The key's was checked when it was set; a strategy that the configuration has lost since, or words
 * of a newer version, are passed over. */
static void wish_of_key(const struct choose_ask *ask, struct wish *w)
{
	struct fault f;

	wish_unsaid(w);
	if (wish_read(str_of(ask->payer->strategy), "strategy", w, &f) != ERR_OK)
		wish_unsaid(w);
	if (!str_absent(w->strategy) && !strategy_exists(ask->catalog, w->strategy))
		w->strategy = STR_NONE;
}

/* --- the facts --- */

static void facts_of_chat(const struct choose_ask *ask, struct facts *f)
{
	const struct chat *chat = ask->chat;

	f->needs = chat->features;
	f->max_tokens = chat->max_tokens;
	f->choices = chat->n;
	f->stream = chat->stream;
	f->thinks = chat->effort != EFFORT_NONE;
	f->effort = chat->effort;
	f->kind = calibration_kind(chat);
	f->seed = ask->seed;
	f->at_s = ask->now_s;
	f->pace = ask->payer->pace_micros > 0 ? (double)ask->payer->pace_micros / PACE_MICROS : 0;
	f->n_prefixes = prefixes_of_chat(chat, f->prefixes);
}

static enum err read_prompt(const struct choose_ask *ask, struct arena *a, struct facts *f,
			    struct questions *questions_r, struct fault *fault_r)
{
	uint32_t models = (ask->task_model ? FOR_TASK : 0) | (ask->quality_model ? FOR_QUALITY : 0);

	if (!features_of_chat(ask->chat, models, ask->scratch, &f->features, questions_r))
		return fault_set(fault_r, ERR_OVERLOAD, "",
				 "The request needs more memory than it may have.");
	f->task = task_recognise(ask->task_model, questions_r);
	f->task.name = arena_str(a, f->task.name);
	return ERR_OK;
}

/* what is known of each candidate for this request alone */
static void add_evidence(const struct choose_ask *ask, const struct facts *f, struct plan *plan)
{
	const struct catalog *c = ask->catalog;
	struct str task = c->n_tasks ? c->tasks[catalog_task(c, f->task.name)] : f->task.name;

	for (uint32_t i = 0; i < plan->n; i++) {
		struct candidate *candidate = &plan->candidates[i];

		payer_evidence(ask->skills, task, candidate->target->model, &candidate->evidence);
	}
}

/* what the quality model says of the last question */
static void add_guess(const struct choose_ask *ask, const struct facts *f,
		      const struct questions *questions, struct plan *plan)
{
	const struct quality_model *m = ask->quality_model;
	struct quality_guess guess;

	if (!m || questions->n == 0)
		return;
	quality_model_guess(m, &f->features, &questions->list[questions->n - 1], &guess);
	for (uint32_t i = 0; i < plan->n; i++) {
		struct candidate *c = &plan->candidates[i];
		int at = quality_model_find(m, c->target->model->id);

		if (at < 0)
			continue;
		c->evidence.prompt_mean = guess.skills[at].mean;
		c->evidence.prompt_mass = guess.skills[at].mass;
	}
}

static void add_standing(const struct choose_ask *ask, struct plan *plan)
{
	for (uint32_t i = 0; ask->standing && i < plan->n; i++) {
		struct candidate *c = &plan->candidates[i];

		c->standing = standing_of(ask->standing, c->target, &c->blocked_ms);
	}
}

enum err choose(const struct choose_ask *ask, struct arena *a, struct facts *facts_r,
		struct plan *plan_r, struct fault *fault_r)
{
	struct plan_ask can = { .catalog = ask->catalog,
				.policy = ask->policy,
				.payer = ask->payer,
				.chat = ask->chat,
				.usable = ask->usable };
	const struct decide_ask want = { .facts = facts_r,
					 .policy = ask->policy,
					 .snapshot = ask->snapshot,
					 .custom = ask->custom,
					 .panic = ask->panic };
	struct wish of_request, of_key;
	struct questions questions;
	enum err e;

	*facts_r = (struct facts){ .task = { .name = STR(TASK_OTHER) } };
	plan_clear(plan_r);
	facts_of_chat(ask, facts_r);
	if ((e = wish_of_request(ask, &of_request, fault_r)) ||
	    (e = read_prompt(ask, a, facts_r, &questions, fault_r)))
		return e;
	wish_of_key(ask, &of_key);
	can.reorder = !str_absent(of_request.strategy);
	e = plan_make(&can, plan_r, fault_r);
	add_evidence(ask, facts_r, plan_r);
	add_guess(ask, facts_r, &questions, plan_r);
	add_standing(ask, plan_r);
	if (!str_absent(plan_r->asked_strategy) && str_absent(of_request.strategy))
		of_request.strategy = plan_r->asked_strategy;
	facts_r->wish = ask->policy->wish;
	facts_r->said = of_key;
	wish_join(&facts_r->said, &of_request);
	wish_join(&facts_r->wish, &facts_r->said);
	if (e != ERR_OK && plan_r->choosing)
		plan_r->strategy = facts_r->wish.strategy;
	return e ? e : decide(&want, plan_r, fault_r);
}
