/* snapshot_text.c -- a snapshot to its text, and its tables of numbers. */
#include "core/snapshot_text.h"

#include <inttypes.h>

#include "base/hash.h"
#include "base/json.h"
#include "core/snapshot_parts.h"

#define HASH_SEED 0x534E4150u /* "SNAP" */

#define NUMBER(type, member, most)                           \
	{                                                    \
#member, offsetof(struct type, member), most \
	}

#define MOST_COUNT 1e15
#define MOST_MS    1e9
#define MOST_LN    40 /* more than any number of tokens has */

static const struct snapshot_number latency_list[] = {
	NUMBER(latency, n, MOST_COUNT),         NUMBER(latency, first_p50_ms, MOST_MS),
	NUMBER(latency, first_p95_ms, MOST_MS), NUMBER(latency, first_mean_ms, MOST_MS),
	NUMBER(latency, first_var, MOST_COUNT), NUMBER(latency, token_mean_ms, MOST_MS),
	NUMBER(latency, token_var, MOST_COUNT),
};
static const struct snapshot_number length_list[] = {
	NUMBER(length, n, MOST_COUNT),
	NUMBER(length, q50, MOST_LN),
	NUMBER(length, q90, MOST_LN),
};
static const struct snapshot_number skill_list[] = {
	NUMBER(skill, mean, 1),
	NUMBER(skill, mass, MOST_COUNT),
};

const struct snapshot_numbers latency_numbers = { latency_list, COUNT_OF(latency_list) };
const struct snapshot_numbers length_numbers = { length_list, COUNT_OF(length_list) };
const struct snapshot_numbers skill_numbers = { skill_list, COUNT_OF(skill_list) };

void snapshot_hash(struct str text, char hash_r[17])
{
	snprintf(hash_r, 17, "%016" PRIx64, hash_bytes(HASH_SEED, text));
}

/* --- pieces --- */

/* four digits are more than these figures are worth, and what changes less does not change the text
 */
static void add_number(struct buf *out, const char *name, double value)
{
	buf_printf(out, "\"%s\":%.4g", name, value);
}

static void add_numbers(struct buf *out, const void *from, const struct snapshot_numbers *numbers)
{
	for (size_t i = 0; i < numbers->n; i++) {
		double value;

		memcpy(&value, (const char *)from + numbers->list[i].at, sizeof(value));
		buf_addc(out, i ? ',' : '{');
		add_number(out, numbers->list[i].name, value);
	}
	buf_addc(out, '}');
}

static void add_name(struct buf *out, const char *member, struct str name)
{
	buf_printf(out, "\"%s\":", member);
	json_quote(out, name);
}

static void add_model_name(struct buf *out, const struct model *m)
{
	buf_adds(out, "\"model\":\"");
	json_escape(out, m->vendor);
	buf_addc(out, '/');
	json_escape(out, m->id);
	buf_addc(out, '"');
}

/* what is known by task: {"code":{...},...} under the name of a member */
struct by_task {
	const char *member;
	const void *items; /* NULL = nothing */
	size_t size;
	size_t weight_at; /* of the number that is 0 where nothing is known */
	const struct snapshot_numbers *numbers;
};

static struct by_task lengths_of(const struct model_view *v)
{
	return (struct by_task){ "lengths", v->lengths, sizeof(*v->lengths),
				 offsetof(struct length, n), &length_numbers };
}

static struct by_task skills_of(const struct model_view *v)
{
	return (struct by_task){ "skills", v->skills, sizeof(*v->skills),
				 offsetof(struct skill, mass), &skill_numbers };
}

/* NULL: nothing is known of this task */
static const void *item_of(const struct by_task *what, uint32_t task)
{
	const char *item;
	double weight;

	if (!what->items)
		return NULL;
	item = (const char *)what->items + task * what->size;
	memcpy(&weight, item + what->weight_at, sizeof(weight));
	return weight > 0 ? item : NULL;
}

static bool has_any(const struct catalog *c, struct by_task what)
{
	for (uint32_t t = 0; t < c->n_tasks; t++)
		if (item_of(&what, t))
			return true;
	return false;
}

static void add_by_task(struct buf *out, const struct catalog *c, struct by_task what)
{
	bool first = true;

	if (!has_any(c, what))
		return;
	buf_printf(out, ",\"%s\":{", what.member);
	for (uint32_t t = 0; t < c->n_tasks; t++) {
		const void *item = item_of(&what, t);

		if (!item)
			continue;
		if (!first)
			buf_addc(out, ',');
		json_quote(out, c->tasks[t]);
		buf_addc(out, ':');
		add_numbers(out, item, what.numbers);
		first = false;
	}
	buf_addc(out, '}');
}

/* --- targets --- */

static void add_latencies(struct buf *out, const struct latency *latency)
{
	bool any = false;

	for (int size = 0; size < SIZE_BUCKET_COUNT; size++) {
		if (!(latency[size].n > 0))
			continue;
		buf_printf(out, "%s\"%s\":", any ? "," : ",\"latency\":{",
			   size_bucket_name((enum size_bucket)size));
		add_numbers(out, &latency[size], &latency_numbers);
		any = true;
	}
	if (any)
		buf_addc(out, '}');
}

static void add_target(struct buf *out, const struct target *t, const struct target_view *v)
{
	buf_addc(out, '{');
	add_model_name(out, t->model);
	buf_addc(out, ',');
	add_name(out, "endpoint", t->endpoint->name);
	if (v->attempts > 0) {
		buf_addc(out, ',');
		add_number(out, "attempts", v->attempts);
		buf_addc(out, ',');
		add_number(out, "failure", v->failure);
	}
	add_latencies(out, v->latency);
	buf_addc(out, '}');
}

static bool is_seen(const struct snapshot *s, uint32_t target)
{
	const struct target_view *v = &s->targets[target];
	bool seen = v->attempts > 0;

	for (int size = 0; size < SIZE_BUCKET_COUNT && !seen; size++)
		seen = v->latency[size].n > 0;
	for (uint32_t i = 0; i < s->n_warm && !seen; i++)
		seen = s->warm[i].target == target;
	return seen;
}

/* place_r: where each target stands in the list, which the warm prefixes refer to */
static void add_targets(struct buf *out, const struct snapshot *s, uint32_t *place_r)
{
	uint32_t n = 0;

	buf_adds(out, "\"targets\":[");
	for (uint32_t t = 0; t < s->catalog->n_targets; t++) {
		if (!is_seen(s, t))
			continue;
		buf_adds(out, n ? ",\n" : "\n");
		add_target(out, &s->catalog->targets[t], &s->targets[t]);
		place_r[t] = n++;
	}
	buf_addc(out, ']');
}

static void add_warm(struct buf *out, const struct snapshot *s, const uint32_t *place)
{
	buf_adds(out, "\"warm\":[");
	for (uint32_t i = 0; i < s->n_warm; i++) {
		const struct warm *w = &s->warm[i];

		buf_printf(out, "%s[\"%016" PRIx64 "\",%u,%lld,%lld]", i ? ",\n" : "\n", w->prefix,
			   place[w->target], (long long)w->tokens, (long long)w->until_s);
	}
	buf_addc(out, ']');
}

/* --- models --- */

/* of the kinds of prompts that are known, by their numbers */
static void add_calibrations(struct buf *out, const double *calibrations)
{
	char name[12];
	bool any = false;

	for (int k = 0; k < PROMPT_KINDS; k++) {
		if (!(calibrations[k] > 0))
			continue;
		snprintf(name, sizeof(name), "%d", k);
		buf_adds(out, any ? "," : ",\"calibrations\":{");
		add_number(out, name, calibrations[k]);
		any = true;
	}
	if (any)
		buf_addc(out, '}');
}

static void add_model(struct buf *out, const struct catalog *c, const struct model *m,
		      const struct model_view *v)
{
	buf_addc(out, '{');
	add_model_name(out, m);
	if (v->calibration > 0) {
		buf_addc(out, ',');
		add_number(out, "calibration", v->calibration);
	}
	add_calibrations(out, v->calibrations);
	if (v->length.n > 0) {
		buf_adds(out, ",\"length\":");
		add_numbers(out, &v->length, &length_numbers);
	}
	add_by_task(out, c, lengths_of(v));
	add_by_task(out, c, skills_of(v));
	buf_addc(out, '}');
}

static bool is_known(const struct catalog *c, const struct model_view *v)
{
	return v->calibration > 0 || v->length.n > 0 || has_any(c, lengths_of(v)) ||
	       has_any(c, skills_of(v));
}

static void add_models(struct buf *out, const struct snapshot *s)
{
	bool any = false;

	buf_adds(out, "\"models\":[");
	for (uint32_t i = 0; i < s->catalog->n_models; i++) {
		const struct model_view *v = &s->models[i];

		if (!is_known(s->catalog, v))
			continue;
		buf_adds(out, any ? ",\n" : "\n");
		add_model(out, s->catalog, &s->catalog->models[i], v);
		any = true;
	}
	buf_addc(out, ']');
}

void snapshot_write(const struct snapshot *s, struct buf *out)
{
	uint32_t *place = calloc(s->catalog->n_targets + 1, sizeof(*place));

	if (!place) {
		out->overflow = true;
		return;
	}
	buf_addc(out, '{');
	add_targets(out, s, place);
	buf_adds(out, ",\n");
	add_models(out, s);
	if (s->length.n > 0) {
		buf_adds(out, ",\n\"length\":");
		add_numbers(out, &s->length, &length_numbers);
	}
	buf_adds(out, ",\n");
	add_warm(out, s, place);
	buf_adds(out, "}\n");
	free(place);
}
