/*
 * snapshot_read.c -- a snapshot's text, checked member by member.
 *
 * It comes from Redis or from a file: nothing in it is trusted. A text with one wrong
 * member is refused whole; members and names that this catalog does not know are
 * passed over, because leader and gateway may be of different releases.
 */
#include "base/json.h"
#include "core/snapshot_parts.h"
#include "core/snapshot_text.h"

#define NUMBER_MAX 32
#define DEPTH_MAX  8
#define VALUES_MAX 4000000

/* what a member of "warm" holds, in this order */
enum { WARM_PREFIX, WARM_TARGET, WARM_TOKENS, WARM_UNTIL, WARM_MEMBERS };

struct reader {
	struct snapshot *s;
	struct arena scratch; /* names without escapes, places */
	struct json_doc doc;
	int64_t *places; /* of the text's targets in the catalog; -1: it has them not */
	uint32_t n_places;
	struct fault *fault;
};

static bool wrong(struct reader *r, const char *what, const char *why)
{
	fault_set(r->fault, ERR_VALUE, "", "snapshot: %s: %s", what, why);
	return false;
}

/* --- pieces --- */

static bool read_number(struct reader *r, struct json j, const char *name, double most,
			double *value_r)
{
	if (json_double(j, value_r) && *value_r >= 0 && *value_r <= most)
		return true;
	return wrong(r, name, "missing, no number, or out of range");
}

static bool read_count(struct reader *r, struct json j, const char *name, int64_t most,
		       int64_t *value_r)
{
	if (json_i64(j, value_r) && *value_r >= 0 && *value_r <= most)
		return true;
	return wrong(r, name, "missing, no whole number, or out of range");
}

static bool read_numbers(struct reader *r, struct json from, const struct snapshot_numbers *numbers,
			 void *to)
{
	for (size_t i = 0; i < numbers->n; i++) {
		const struct snapshot_number *n = &numbers->list[i];
		double value;

		if (!read_number(r, json_get(from, n->name), n->name, n->most, &value))
			return false;
		memcpy((char *)to + n->at, &value, sizeof(value));
	}
	return true;
}

/* What is known by task: as many items as the catalog has tasks. NULL in *items_r: nothing. */
static bool read_by_task(struct reader *r, struct json from, const struct snapshot_numbers *numbers,
			 size_t size, void **items_r)
{
	const struct catalog *c = r->s->catalog;
	char *items = NULL;

	if (json_present(from) && json_type(from) != JSON_OBJECT)
		return wrong(r, "a list by task", "no object");
	if (json_present(from) && !(items = arena_alloc(&r->s->arena, (c->n_tasks + 1) * size)))
		return wrong(r, "a list by task", "no memory");
	JSON_EACH (name, from) {
		struct str task = json_text(name, &r->scratch);
		uint32_t t = 0;

		while (t < c->n_tasks && !str_eq(c->tasks[t], task))
			t++;
		/* a task that nobody here knows goes to the place behind the last */
		if (!read_numbers(r, json_value(name), numbers, items + t * size))
			return false;
	}
	*items_r = items;
	return true;
}

static const struct model *read_model_name(struct reader *r, struct json from)
{
	struct str name = json_text(json_get(from, "model"), &r->scratch), id = name;
	const struct model *m;

	(void)str_cut(&id, '/'); /* the vendor */
	m = str_absent(id) ? NULL : catalog_model(r->s->catalog, name);
	/* not a model whose id has a slash in it */
	return m && str_eq(m->id, id) ? m : NULL;
}

/* --- targets --- */

static int64_t place_of(struct reader *r, struct json from)
{
	const struct catalog *c = r->s->catalog;
	struct str endpoint = json_text(json_get(from, "endpoint"), &r->scratch);
	const struct model *m = read_model_name(r, from);

	for (uint32_t i = 0; m && i < m->n_targets; i++)
		if (str_eq(c->targets[m->first_target + i].endpoint->name, endpoint))
			return m->first_target + i;
	return -1;
}

static bool read_latency(struct reader *r, struct json from, struct latency *latency)
{
	struct latency unknown;

	if (json_present(from) && json_type(from) != JSON_OBJECT)
		return wrong(r, "latency", "no object");
	JSON_EACH (name, from) {
		struct latency *to = &unknown;

		for (int size = 0; size < SIZE_BUCKET_COUNT; size++)
			if (json_is(name, size_bucket_name((enum size_bucket)size)))
				to = &latency[size];
		if (!read_numbers(r, json_value(name), &latency_numbers, to))
			return false;
	}
	return true;
}

static bool read_target(struct reader *r, struct json from)
{
	struct target_view unknown, *v = &unknown;
	struct json attempts = json_get(from, "attempts");
	int64_t place;

	if (json_type(json_get(from, "model")) != JSON_STRING ||
	    json_type(json_get(from, "endpoint")) != JSON_STRING)
		return wrong(r, "a target", "no model or no endpoint");
	place = place_of(r, from);
	r->places[r->n_places++] = place;
	if (place >= 0)
		v = &r->s->targets[place];
	if (json_present(attempts) &&
	    (!read_number(r, attempts, "attempts", 1e15, &v->attempts) ||
	     !read_number(r, json_get(from, "failure"), "failure", 1, &v->failure)))
		return false;
	return read_latency(r, json_get(from, "latency"), v->latency);
}

static bool read_targets(struct reader *r, struct json list)
{
	if (json_type(list) != JSON_ARRAY)
		return wrong(r, "targets", "missing, or no list");
	r->places = ARENA_ARRAY(&r->scratch, int64_t, json_count(list) + 1);
	if (!r->places)
		return wrong(r, "targets", "no memory");
	JSON_EACH (it, list)
		if (!read_target(r, it))
			return false;
	return true;
}

/* --- models --- */

static bool read_calibrations(struct reader *r, struct json from, struct model_view *v)
{
	if (json_present(from) && json_type(from) != JSON_OBJECT)
		return wrong(r, "calibrations", "no object");
	JSON_EACH (name, from) {
		int64_t kind;

		if (!str_i64(json_text(name, &r->scratch), &kind) || kind < 0 ||
		    kind >= PROMPT_KINDS)
			return wrong(r, "calibrations", "no such kind of prompt");
		if (!read_number(r, json_value(name), "calibrations", 1e6, &v->calibrations[kind]))
			return false;
	}
	return true;
}

static bool read_model(struct reader *r, struct json from)
{
	struct json calibration = json_get(from, "calibration"), length = json_get(from, "length");
	const struct model *m = read_model_name(r, from);
	struct model_view unknown, *v = m ? &r->s->models[m - r->s->catalog->models] : &unknown;
	void *lengths, *skills;

	if (json_type(json_get(from, "model")) != JSON_STRING)
		return wrong(r, "a model", "no name");
	if (json_present(calibration) &&
	    !read_number(r, calibration, "calibration", 1e6, &v->calibration))
		return false;
	if (json_present(length) && !read_numbers(r, length, &length_numbers, &v->length))
		return false;
	if (!read_by_task(r, json_get(from, "lengths"), &length_numbers, sizeof(struct length),
			  &lengths) ||
	    !read_by_task(r, json_get(from, "skills"), &skill_numbers, sizeof(struct skill),
			  &skills))
		return false;
	if (!read_calibrations(r, json_get(from, "calibrations"), v))
		return false;
	v->lengths = lengths;
	v->skills = skills;
	return true;
}

static bool read_models(struct reader *r, struct json list)
{
	if (json_type(list) != JSON_ARRAY)
		return wrong(r, "models", "missing, or no list");
	JSON_EACH (it, list)
		if (!read_model(r, it))
			return false;
	return true;
}

/* --- warm prefixes --- */

static bool read_prefix(struct json j, uint64_t *prefix_r)
{
	struct str hex = json_chars(j);

	*prefix_r = 0;
	for (size_t i = 0; i < hex.n; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = memchr(digits, hex.p[i], 16);

		if (!digit)
			return false;
		*prefix_r = *prefix_r << 4 | (uint64_t)(digit - digits);
	}
	return hex.n == 16;
}

static bool read_warm(struct reader *r, struct json from)
{
	struct warm *w = &r->s->warm[r->s->n_warm];
	int64_t target;

	if (json_type(from) != JSON_ARRAY || json_count(from) != WARM_MEMBERS)
		return wrong(r, "a warm prefix", "no list of four");
	if (!read_prefix(json_at(from, WARM_PREFIX), &w->prefix))
		return wrong(r, "a warm prefix", "not 16 digits of hex");
	if (!read_count(r, json_at(from, WARM_TARGET), "target", (int64_t)r->n_places - 1,
			&target) ||
	    !read_count(r, json_at(from, WARM_TOKENS), "tokens", WARM_TOKENS_MAX, &w->tokens) ||
	    !read_count(r, json_at(from, WARM_UNTIL), "until", WARM_UNTIL_MAX_S, &w->until_s))
		return false;
	if (r->places[target] < 0)
		return true;
	w->target = (uint32_t)r->places[target];
	r->s->n_warm++;
	return true;
}

static bool read_warms(struct reader *r, struct json list)
{
	if (json_type(list) != JSON_ARRAY)
		return wrong(r, "warm", "missing, or no list");
	r->s->warm = ARENA_ARRAY(&r->s->arena, struct warm, json_count(list) + 1);
	if (!r->s->warm)
		return wrong(r, "warm", "no memory");
	JSON_EACH (it, list)
		if (!read_warm(r, it))
			return false;
	snapshot_sort(r->s);
	return true;
}

/* --- the whole --- */

static bool read_all(struct reader *r, struct json root)
{
	struct json length = json_get(root, "length");

	if (json_type(root) != JSON_OBJECT)
		return wrong(r, "the text", "no object");
	if (json_present(length) && !read_numbers(r, length, &length_numbers, &r->s->length))
		return false;
	return read_targets(r, json_get(root, "targets")) &&
	       read_models(r, json_get(root, "models")) && read_warms(r, json_get(root, "warm"));
}

static bool parse(struct reader *r, struct str text)
{
	static const struct json_limits limits = { DEPTH_MAX, VALUES_MAX, NUMBER_MAX };
	enum json_fail fail;
	size_t at;

	if (text.n > SNAPSHOT_TEXT_MAX)
		return wrong(r, "the text", "too long");
	fail = json_parse(&r->doc, &r->scratch, text, &limits, &at);
	if (fail == JSON_FINE)
		return true;
	fault_set(r->fault, ERR_VALUE, "", "snapshot: %s at byte %zu", json_fail_text(fail), at);
	return false;
}

struct snapshot *snapshot_read(struct str text, struct catalog *c, struct fault *fault_r)
{
	struct reader r = { .s = snapshot_new(c, SNAPSHOT_MEMORY_MAX), .fault = fault_r };
	bool ok;

	arena_init(&r.scratch, SNAPSHOT_MEMORY_MAX);
	if (r.s)
		ok = parse(&r, text) && read_all(&r, json_root(&r.doc));
	else
		ok = wrong(&r, "the text", "no memory");
	if (ok) {
		snapshot_hash(text, r.s->hash);
	} else {
		snapshot_unref(r.s);
		r.s = NULL;
	}
	arena_release(&r.scratch);
	return r.s;
}
