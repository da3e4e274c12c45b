/*
 * quality.c -- `quality:` to what is known of models before anybody has judged their answers.
 *
 * The tasks of the fleet are those that have figures, and "other". A model has the figures
 * of its own name, those that it names, or those of the model that it is a snapshot of.
 */
#include "conf/models.h"

#include <stdlib.h>

#include "conf/value.h"
#include "core/quality.h"
#include "model/task.h"

#define TASKS_MAX    32
#define PERMILLE_MAX 1000

struct figure_list {
	struct figure *items;
	size_t n, cap;
};

/* --- figures --- */

static bool is_there(const struct figure_list *list, struct str task)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->items[i].task, task))
			return true;
	return false;
}

/* Whatever is wrong with a figure is a fault, and it is left out. */
static bool check_figure(struct fleet *f, const struct node *key, const struct node *value,
			 const char *path, int32_t *permille_r)
{
	struct conf_faults *faults = f->reader.faults;

	if (!value_is_name(key->text) || key->text.n >= TASK_NAME_MAX)
		fault_at(faults, key, "%s: \"%.60s\" is not %s, of at most %d bytes", path,
			 key->text.p, kind_text(KIND_NAME), TASK_NAME_MAX - 1);
	else if (!expect_scalar(&f->reader, value, path))
		;
	else if (!value_permille(value->text, permille_r) || *permille_r > PERMILLE_MAX)
		fault_at(faults, value,
			 "%s.%s: \"%.60s\" is no quality from 0 to 1, of at most three decimals",
			 path, key->text.p, value->text.p);
	else
		return true;
	return false;
}

static void read_tasks(struct fleet *f, const struct quality_fields *in, const char *path,
		       struct figure_list *list)
{
	const struct node *map = in->tasks;
	char name[FIELD_PATH_MAX];

	path_write(name, "%s.tasks", path);
	if (!expect_map(&f->reader, map, name))
		return;
	for (uint32_t i = 0; i < map->n; i++) {
		struct figure figure = { .source = str_of(in->source),
					 .date = str_of(in->date),
					 .mass = (int32_t)in->mass },
			      *slot;

		if (!check_figure(f, map->keys[i], map->items[i], name, &figure.permille))
			continue;
		if (is_there(list, map->keys[i]->text)) {
			fault_at(f->reader.faults, map->keys[i], "%s: \"%s\" has a figure already",
				 name, map->keys[i]->text.p);
			continue;
		}
		figure.task = arena_str(f->reader.a, map->keys[i]->text);
		slot = ARENA_PUSH(f->reader.a, list->items, list->n, list->cap);
		if (slot)
			*slot = figure;
	}
}

/* the figures of one source */
static void read_source(struct fleet *f, const struct node *node, const char *path,
			struct figure_list *list)
{
	struct quality_fields in;

	fleet_default(ENTITY_QUALITY, &in);
	fleet_read(f, ENTITY_QUALITY, node, path, &in);
	if (in.tasks)
		read_tasks(f, &in, path, list);
}

static void read_figures(struct fleet *f, const struct entry *entry, struct figures *figures)
{
	const struct node *value = entry->value;
	struct figure_list list = { 0 };
	char path[FIELD_PATH_MAX];

	path_write(path, "quality.%.*s.%.*s", STR_ARG(entry->group), STR_ARG(entry->name));
	if (value->type != NODE_LIST)
		read_source(f, value, path, &list);
	for (uint32_t i = 0; value->type == NODE_LIST && i < value->n; i++) {
		char name[FIELD_PATH_MAX];

		path_write(name, "%s[%u]", path, i + 1);
		read_source(f, value->items[i], name, &list);
	}
	*figures = (struct figures){ .vendor = arena_str(f->reader.a, entry->group),
				     .model = arena_str(f->reader.a, entry->name),
				     .list = list.items,
				     .n = (uint32_t)list.n };
}

/* --- tasks --- */

static int by_text(const void *left, const void *right)
{
	return str_cmp(*(const struct str *)left, *(const struct str *)right);
}

static bool is_task(const struct catalog *c, struct str name)
{
	for (uint32_t i = 0; i < c->n_tasks; i++)
		if (str_eq(c->tasks[i], name))
			return true;
	return false;
}

static void add_task(struct fleet *f, struct str name)
{
	struct catalog *c = f->c;

	if (str_is(name, TASK_OTHER) || is_task(c, name))
		return;
	if (c->n_tasks < TASKS_MAX - 1)
		c->tasks[c->n_tasks++] = name;
	else
		fault_at(f->reader.faults, NULL, "quality: more than %d tasks", TASKS_MAX - 1);
}

static void collect_tasks(struct fleet *f)
{
	struct catalog *c = f->c;

	c->tasks = ARENA_ARRAY(f->reader.a, struct str, TASKS_MAX);
	if (!c->tasks)
		return;
	for (uint32_t i = 0; i < c->n_figures; i++)
		for (uint32_t k = 0; k < c->figures[i].n; k++)
			add_task(f, c->figures[i].list[k].task);
	qsort(c->tasks, c->n_tasks, sizeof(c->tasks[0]), by_text);
	c->tasks[c->n_tasks++] = STR(TASK_OTHER);
}

/* A task without a figure has that of "other", which is the last and says less of it than of itself. */
static void take_others(struct skill *skills, uint32_t n)
{
	const struct skill other = { skills[n - 1].mean, skills[n - 1].mass / 2 };

	for (uint32_t i = 0; i + 1 < n; i++)
		if (skills[i].mass <= 0)
			skills[i] = other;
}

static void add_skills(struct fleet *f, struct figures *figures)
{
	struct skill *skills = ARENA_ARRAY(f->reader.a, struct skill, f->c->n_tasks);

	for (uint32_t i = 0; skills && i < figures->n; i++) {
		const struct figure *figure = &figures->list[i];

		skills[catalog_task(f->c, figure->task)] = (struct skill){
			(double)figure->permille / PERMILLE_MAX, figure->mass
		};
	}
	if (skills)
		take_others(skills, f->c->n_tasks);
	figures->skills = skills;
}

/* What is assumed of a model without a figure: less than of those that have one, and not surely. */
static void add_unknown(struct fleet *f)
{
	struct catalog *c = f->c;
	struct skill *unknown = ARENA_ARRAY(f->reader.a, struct skill, c->n_tasks);

	for (uint32_t task = 0; unknown && task < c->n_tasks; task++) {
		double sum = 0;
		uint32_t n = 0;

		for (uint32_t i = 0; i < c->n_figures; i++) {
			const struct skill *s = c->figures[i].skills;

			if (!s || s[task].mass <= 0)
				continue;
			sum += s[task].mean;
			n++;
		}
		unknown[task].mean = QUALITY_UNKNOWN_MEAN;
		if (n == 0)
			continue;
		unknown[task].mean = sum / n > QUALITY_UNKNOWN_MARGIN
					     ? sum / n - QUALITY_UNKNOWN_MARGIN
					     : 0;
		unknown[task].mass = QUALITY_UNKNOWN_MASS;
	}
	c->unknown = unknown;
}

/* --- who has which --- */

static int by_model(const void *left, const void *right)
{
	const struct figures *a = left, *b = right;
	int order = str_cmp(a->vendor, b->vendor);

	return order ? order : str_cmp(a->model, b->model);
}

static const struct figures *find_figures(const struct catalog *c, struct str vendor,
					  struct str model)
{
	const struct figures key = { .vendor = vendor, .model = model };

	return c->n_figures ? bsearch(&key, c->figures, c->n_figures, sizeof(key), by_model) : NULL;
}

static const struct figures *figures_for(struct fleet *f, const struct model_item *item)
{
	const struct figures *figures;

	if (!str_absent(item->quality)) {
		figures = find_figures(f->c, item->m.vendor, item->quality);
		/* a configuration may do without figures, though its models name some */
		if (!figures && f->c->n_figures && !f->incomplete)
			fault_at(f->reader.faults, item->at,
				 "models.%.*s.%.*s.quality: vendor \"%.*s\" has no figures of a "
				 "model \"%.*s\"",
				 STR_ARG(item->m.vendor), STR_ARG(item->m.id),
				 STR_ARG(item->m.vendor), STR_ARG(item->quality));
		return figures;
	}
	figures = find_figures(f->c, item->m.vendor, item->m.id);
	return figures || str_absent(item->base) ? figures
						 : find_figures(f->c, item->m.vendor, item->base);
}

static void give_figures(struct fleet *f, bool *used)
{
	struct catalog *c = f->c;

	for (uint32_t i = 0; i < c->n_models; i++) {
		struct model *m = &c->models[i];

		m->figures = figures_for(f, &f->models[i]);
		if (m->figures) {
			m->skills = m->figures->skills;
			used[m->figures - c->figures] = true;
		} else if (c->n_figures && str_absent(f->models[i].quality)) {
			note_at(f->reader.faults, f->models[i].at,
				"models.%.*s.%.*s has no quality: less is assumed of it than of "
				"others",
				STR_ARG(m->vendor), STR_ARG(m->id));
		}
	}
}

void fleet_quality(struct fleet *f)
{
	struct catalog *c = f->c;
	struct entries entries;
	bool *used;

	fleet_entries(f, "quality", true, &entries);
	used = ARENA_ARRAY(f->scratch, bool, entries.n + 1);
	c->figures = ARENA_ARRAY(f->reader.a, struct figures, entries.n + 1);
	if (!c->figures || !used)
		return;
	for (size_t i = 0; i < entries.n; i++)
		read_figures(f, &entries.list[i], &c->figures[i]);
	c->n_figures = (uint32_t)entries.n;
	qsort(c->figures, c->n_figures, sizeof(c->figures[0]), by_model);
	collect_tasks(f);
	for (uint32_t i = 0; c->tasks && i < c->n_figures; i++)
		add_skills(f, &c->figures[i]);
	if (c->tasks)
		add_unknown(f);
	give_figures(f, used);
	for (size_t i = 0; i < entries.n; i++) {
		const struct entry *e = &entries.list[i];
		const struct figures *figures = find_figures(c, e->group, e->name);

		if (figures && !used[figures - c->figures])
			note_at(f->reader.faults, e->key, "quality.%.*s.%.*s belongs to no model",
				STR_ARG(e->group), STR_ARG(e->name));
	}
}
