/* snapshot_build.c -- tallies of the whole fleet to what decisions read. */
#include "core/snapshot_build.h"

#include <inttypes.h>
#include <math.h>

#include "core/calibration.h"

/* Fewer counts than this are nothing: one count after seven half-lives. */
#define LEAST 0.01

bool snapshot_build_init(struct snapshot_build *b, struct snapshot *s, int64_t now_us)
{
	*b = (struct snapshot_build){ .s = s, .now_us = now_us };
	b->models = ARENA_ARRAY(&s->arena, struct sketch *, s->catalog->n_models + 1);
	return b->models != NULL;
}

/* --- whom it is about --- */

static const struct model *model_of(const struct catalog *c, struct str vendor, struct str id)
{
	for (uint32_t i = 0; i < c->n_models; i++)
		if (str_eq(c->models[i].id, id) && str_eq(c->models[i].vendor, vendor))
			return &c->models[i];
	return NULL;
}

/* -1: the catalog has it not */
static int64_t target_of(const struct catalog *c, struct str vendor, struct str endpoint,
			 struct str model)
{
	const struct model *m = model_of(c, vendor, model);

	for (uint32_t i = 0; m && i < m->n_targets; i++)
		if (str_eq(c->targets[m->first_target + i].endpoint->name, endpoint))
			return m->first_target + i;
	return -1;
}

/* --- targets --- */

static void see_attempts(struct target_view *v, const struct sketch *counters)
{
	v->attempts = counters->counts[ATTEMPTS_ALL];
	if (v->attempts > 0)
		v->failure = fmin(counters->counts[ATTEMPTS_FAILED] / v->attempts, 1);
}

static void see_first(struct latency *l, const struct sketch *counters)
{
	l->n = counters->n;
	l->first_p50_ms = sketch_quantile(counters, 0.50);
	l->first_p95_ms = sketch_quantile(counters, 0.95);
	sketch_moments(counters, &l->first_mean_ms, &l->first_var);
}

static void see_token(struct latency *l, const struct sketch *counters)
{
	double mean, var;

	sketch_moments(counters, &mean, &var);
	l->token_mean_ms = mean / TOKEN_UNITS_PER_MS;
	l->token_var = var / (TOKEN_UNITS_PER_MS * TOKEN_UNITS_PER_MS);
}

static struct latency *latency_of(struct target_view *v, struct str size)
{
	for (int i = 0; i < SIZE_BUCKET_COUNT; i++)
		if (str_is(size, size_bucket_name((enum size_bucket)i)))
			return &v->latency[i];
	return NULL;
}

static void see_target(struct target_view *v, const struct tally_name *name,
		       const struct sketch *counters)
{
	struct latency *l = str_absent(name->size) ? NULL : latency_of(v, name->size);

	if (name->kind == TALLY_attempts)
		see_attempts(v, counters);
	else if (l && name->kind == TALLY_first)
		see_first(l, counters);
	else if (l && name->kind == TALLY_token)
		see_token(l, counters);
}

/* --- models --- */

static struct length length_of(const struct sketch *counters)
{
	return (struct length){
		.n = counters->n,
		.q50 = log(sketch_quantile(counters, 0.50)),
		.q90 = log(sketch_quantile(counters, 0.90)),
	};
}

/* a task that the catalog does not know counts with the others */
static void see_length(struct snapshot_build *b, uint32_t model, struct str task,
		       const struct sketch *counters)
{
	struct snapshot *s = b->s;
	struct model_view *v = &s->models[model];

	if (!v->lengths)
		v->lengths = ARENA_ARRAY(&s->arena, struct length, s->catalog->n_tasks + 1);
	if (!b->models[model])
		b->models[model] = ARENA_NEW(&s->arena, struct sketch);
	if (!v->lengths || !b->models[model])
		return;
	for (uint32_t t = 0; t < s->catalog->n_tasks; t++)
		if (str_eq(s->catalog->tasks[t], task))
			v->lengths[t] = length_of(counters);
	sketch_merge(b->models[model], counters, 1);
	sketch_merge(&b->all, counters, 1);
}

/* a task that the catalog does not know is none to decide by */
static void see_rating(struct snapshot_build *b, uint32_t model, struct str task,
		       const struct sketch *counters)
{
	double good = counters->counts[RATING_GOOD], all = good + counters->counts[RATING_BAD];
	struct snapshot *s = b->s;
	struct model_view *v = &s->models[model];

	if (!v->skills)
		v->skills = ARENA_ARRAY(&s->arena, struct skill, s->catalog->n_tasks + 1);
	for (uint32_t t = 0; v->skills && all > 0 && t < s->catalog->n_tasks; t++)
		if (str_eq(s->catalog->tasks[t], task))
			v->skills[t] = (struct skill){ good / all, all };
}

static void see_model(struct snapshot_build *b, const struct model *m,
		      const struct tally_name *name, const struct sketch *counters)
{
	uint32_t index = (uint32_t)(m - b->s->catalog->models);

	if (name->kind == TALLY_input)
		calibration_read(counters, &b->s->models[index]);
	else if (name->kind == TALLY_rating)
		see_rating(b, index, name->task, counters);
	else
		see_length(b, index, name->task, counters);
}

bool snapshot_build_tally(struct snapshot_build *b, struct str vendor, struct str name,
			  struct str text)
{
	const struct catalog *c = b->s->catalog;
	const struct model *m;
	struct tally_name of;
	struct sketch counters;
	int64_t target;

	if (!tally_name_read(name, &of) || !tally_read(text, of.kind, b->now_us, &counters) ||
	    counters.n < LEAST)
		return false;
	m = model_of(c, vendor, of.model);
	target = str_absent(of.endpoint) ? -1 : target_of(c, vendor, of.endpoint, of.model);
	if (target >= 0)
		see_target(&b->s->targets[target], &of, &counters);
	else if (m && str_absent(of.endpoint))
		see_model(b, m, &of, &counters);
	return true;
}

/* --- warm prefixes --- */

void warm_entry_write(const struct prefix *prefix, const struct target *target, struct buf *out)
{
	buf_printf(out, "%016" PRIx64 " %lld %.*s %.*s", prefix->hash, (long long)prefix->tokens,
		   STR_ARG(target->endpoint->name), STR_ARG(target->model->id));
}

static bool hex_read(struct str text, uint64_t *value_r)
{
	char digits[17], *end;

	if (text.n != 16 || !str_copy(digits, sizeof(digits), text))
		return false;
	*value_r = strtoull(digits, &end, 16);
	return end == digits + 16;
}

void snapshot_build_warm(struct snapshot_build *b, struct str vendor, struct str entry,
			 int64_t until_s)
{
	struct snapshot *s = b->s;
	struct str rest = entry, hash = str_cut(&rest, ' '), tokens = str_cut(&rest, ' ');
	struct str endpoint = str_cut(&rest, ' ');
	size_t n = s->n_warm, cap = b->warm_cap;
	struct warm w = { .until_s = until_s };
	struct warm *place;
	int64_t target;

	if (str_absent(rest) || !hex_read(hash, &w.prefix) || !str_i64(tokens, &w.tokens) ||
	    w.tokens < 0 || w.tokens > WARM_TOKENS_MAX || until_s > WARM_UNTIL_MAX_S ||
	    until_s * 1000000 <= b->now_us)
		return;
	target = target_of(s->catalog, vendor, endpoint, rest);
	place = target < 0 ? NULL : ARENA_PUSH(&s->arena, s->warm, n, cap);
	if (!place)
		return;
	w.target = (uint32_t)target;
	*place = w;
	s->n_warm = (uint32_t)n;
	b->warm_cap = (uint32_t)cap;
}

/* --- the whole --- */

bool snapshot_build_finish(struct snapshot_build *b)
{
	struct snapshot *s = b->s;

	for (uint32_t m = 0; m < s->catalog->n_models; m++)
		if (b->models[m])
			s->models[m].length = length_of(b->models[m]);
	if (b->all.n > 0)
		s->length = length_of(&b->all);
	snapshot_sort(s);
	return !s->arena.full;
}
