/* expr_strategy.c -- rules, filters and scores, in this order. */
#include "core/expr_strategy.h"

#include <math.h>

#include "core/wish.h"

bool expr_strategy_rule(const struct expr_strategy *s, const struct facts *facts, struct wish *wish,
			struct fault *fault_r)
{
	const struct expr_scope scope = { .facts = facts };

	for (uint32_t i = 0; i < s->n_rules; i++) {
		struct custom_value holds;

		if (!expr_run(&s->rules[i].when, &scope, &holds)) {
			fault_set(fault_r, ERR_INTERNAL, "", "rule %u: a number is not finite",
				  i + 1);
			return false;
		}
		if (!holds.truth)
			continue;
		wish_join(wish, &s->rules[i].wish);
		return true;
	}
	return true;
}

static bool run(const struct expr *e, const char *name, const struct expr_scope *scope,
		struct custom_value *value_r, struct fault *fault_r)
{
	if (!e || expr_run(e, scope, value_r))
		return true;
	fault_set(fault_r, ERR_INTERNAL, "", "%s of %.*s: a number is not finite", name,
		  STR_ARG(scope->candidate->target->model->id));
	return false;
}

bool expr_strategy_score(const struct expr_strategy *s, const struct choice *choice,
			 double *score_r, struct fault *fault_r)
{
	for (uint32_t i = 0; i < choice->n + choice->n_fallbacks; i++) {
		const struct expr_scope scope = { choice->facts, &choice->candidates[i],
						  choice->first };
		struct custom_value stays = { .truth = true }, score = { .number = 0 };

		if (!run(s->filter, "filter", &scope, &stays, fault_r))
			return false;
		if (i < choice->n && stays.truth &&
		    !run(s->score, "score", &scope, &score, fault_r))
			return false;
		score_r[i] = stays.truth ? score.number : NAN;
	}
	return true;
}
