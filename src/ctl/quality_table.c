/* quality_table.c -- tables of prompts that several models have answered, as samples. */
#include "ctl/quality_table.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "core/quality_model.h"
#include "ctl/json_lines.h"

#define MEMORY_MAX ((size_t)4 << 30)
#define TAIL       300 /* bytes of a prompt that tell it apart */

struct table_reader {
	struct samples *samples;
	struct json_line *at;
};

void samples_init(struct samples *s)
{
	*s = (struct samples){ .n = 0 };
	arena_init(&s->arena, MEMORY_MAX);
}

void samples_release(struct samples *s)
{
	arena_release(&s->arena);
}

/* --- names --- */

/* the number of a name in a list, which gets it when it is new; -1: no memory */
static int64_t number_of(struct samples *s, struct str **list, size_t *n, size_t *cap,
			 struct str name)
{
	struct str *slot;

	for (size_t i = 0; i < *n; i++)
		if (str_eq((*list)[i], name))
			return (int64_t)i;
	slot = ARENA_PUSH(&s->arena, *list, *n, *cap);
	if (!slot)
		return -1;
	*slot = arena_str(&s->arena, name);
	return (int64_t)*n - 1;
}

/* likewise of a group */
static int64_t group_of(struct samples *s, uint32_t dataset, struct str label)
{
	struct str name = arena_printf(&s->arena, "%.*s%s%.*s", STR_ARG(s->datasets[dataset]),
				       label.n ? "/" : "", STR_ARG(label));
	struct sample_group *slot;

	for (size_t i = 0; i < s->n_groups; i++)
		if (str_eq(s->groups[i].name, name))
			return (int64_t)i;
	slot = ARENA_PUSH(&s->arena, s->groups, s->n_groups, s->cap_groups);
	if (!slot)
		return -1;
	*slot = (struct sample_group){ name, dataset };
	return (int64_t)s->n_groups - 1;
}

int samples_model(const struct samples *s, struct str name)
{
	for (size_t i = 0; i < s->n_models; i++)
		if (str_eq(s->models[i], name))
			return (int)i;
	return -1;
}

const struct cell *sample_cell(const struct sample *s, uint32_t model)
{
	for (uint32_t i = 0; i < s->n_cells; i++)
		if (s->cells[i].model == model)
			return &s->cells[i];
	return NULL;
}

/* --- one line --- */

static int by_model(const void *a, const void *b)
{
	const struct cell *p = a, *q = b;

	return (p->model > q->model) - (p->model < q->model);
}

/* what the object says of the name; -1: nothing; NAN: nonsense */
static double figure_of(struct json object, const char *name)
{
	struct json j = json_get(object, name);
	double value;

	if (json_unset(j))
		return -1;
	return json_double(j, &value) && value >= 0 && value < 1e9 ? value : NAN;
}

static bool read_cell(struct table_reader *r, struct json root, struct json name, struct cell *cell)
{
	struct samples *s = r->samples;
	struct str text = json_text(name, &r->at->arena);
	const char *label = arena_cstr(&r->at->arena, text);
	int64_t model = number_of(s, &s->models, &s->n_models, &s->cap_models, text);

	if (model < 0 || !label)
		return json_line_bad(r->at, "no memory for it");
	if (model >= QUALITY_MODELS_MAX)
		return json_line_bad(r->at,
				     "scores: %.60s is one model too many: the tables may have %d",
				     label, QUALITY_MODELS_MAX);
	*cell = (struct cell){ .model = (uint32_t)model,
			       .tokens_out = figure_of(json_get(root, "tokens_out"), label),
			       .cost = figure_of(json_get(root, "cost"), label) };
	if (!json_double(json_value(name), &cell->score) || cell->score < 0 || cell->score > 1)
		return json_line_bad(r->at, "scores: that of %.60s must be a number from 0 to 1",
				     label);
	if (isnan(cell->tokens_out) || isnan(cell->cost))
		return json_line_bad(r->at, "tokens_out or cost of %.60s is no number from 0 on",
				     label);
	return true;
}

static bool read_cells(struct table_reader *r, struct json root, struct sample *sample)
{
	struct json scores = json_get(root, "scores");

	if (json_type(scores) != JSON_OBJECT || json_count(scores) == 0)
		return json_line_bad(r->at, "scores must be an object with a score for each model");
	if (json_count(scores) > QUALITY_MODELS_MAX)
		return json_line_bad(r->at, "scores: at most 128 models");
	sample->cells = ARENA_ARRAY(&r->samples->arena, struct cell, json_count(scores));
	if (!sample->cells)
		return json_line_bad(r->at, "no memory for it");
	JSON_EACH (name, scores)
		if (!read_cell(r, root, name, &sample->cells[sample->n_cells++]))
			return false;
	qsort(sample->cells, sample->n_cells, sizeof(*sample->cells), by_model);
	return true;
}

static bool read_names(struct table_reader *r, struct json root, struct sample *sample)
{
	static const char *const members[] = { "task", "subject", "category", "source" };
	struct samples *s = r->samples;
	struct str dataset = json_text(json_get(root, "dataset"), &r->at->arena), label = STR("");
	int64_t number, group;

	if (dataset.n == 0)
		return json_line_bad(r->at, "dataset must be a name");
	for (size_t i = 0; i < COUNT_OF(members) && label.n == 0; i++)
		label = json_text(json_get(root, members[i]), &r->at->arena);
	number = number_of(s, &s->datasets, &s->n_datasets, &s->cap_datasets, dataset);
	if (number < 0)
		return json_line_bad(r->at, "no memory for it");
	group = group_of(s, (uint32_t)number, label);
	if (group < 0)
		return json_line_bad(r->at, "no memory for it");
	sample->dataset = (uint32_t)number;
	sample->group = (uint32_t)group;
	return true;
}

/* Of the text's last letters and digits, so that a question that is asked twice in two guises stays
 * on one side of a split. */
static uint64_t likeness_of(struct str text)
{
	uint64_t hash = 0;
	size_t left = TAIL;

	for (size_t i = text.n; i-- > 0 && left > 0;) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x80 && !isalnum(c))
			continue;
		hash = hash_word(hash, c < 0x80 ? (unsigned char)tolower(c) : c);
		left--;
	}
	return hash;
}

/* what models look at; only what must last is copied out of the line's memory */
static bool read_prompt(struct table_reader *r, struct json root, struct sample *sample)
{
	struct json prompt = json_get(root, "prompt");
	struct str text = json_text(prompt, &r->at->arena);
	struct questions questions;
	uint32_t *at;

	if (json_type(prompt) != JSON_STRING)
		return json_line_bad(r->at, "prompt must be a text");
	if (!features_of_text(text, &r->at->arena, &sample->features, &questions))
		return json_line_bad(r->at, "no memory for its prompt");
	if (questions.n) {
		sample->question = questions.list[questions.n - 1];
		at = ARENA_ARRAY(&r->samples->arena, uint32_t, sample->question.n + 1);
		if (!at)
			return json_line_bad(r->at, "no memory for its prompt");
		memcpy(at, sample->question.at, sample->question.n * sizeof(*at));
		sample->question.at = at;
	}
	sample->likeness = likeness_of(text);
	sample->tokens_in = figure_of(root, "tokens_in");
	if (isnan(sample->tokens_in))
		return json_line_bad(r->at, "tokens_in must be a number from 0 on");
	quality_counts(&sample->features, &sample->question, sample->counts);
	return true;
}

static bool read_line(void *who, struct json_line *at, struct json root)
{
	struct table_reader *r = who;
	struct samples *s = r->samples;
	struct sample *sample = ARENA_PUSH(&s->arena, s->list, s->n, s->cap);

	r->at = at;
	if (!sample)
		return json_line_bad(at, "no memory for it");
	*sample = (struct sample){ .dataset = 0 };
	return read_names(r, root, sample) && read_cells(r, root, sample) &&
	       read_prompt(r, root, sample);
}

bool samples_read(struct samples *s, const char *path, struct fault *fault_r)
{
	struct table_reader r = { .samples = s };

	return json_lines_read(path, read_line, &r, fault_r);
}
